"""What a training program does before the first step: data as the model takes it, and what is learnt of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from cnnspec.layers.preprocessing import Normalization
from cnnspec.reports.code.calls import assigned, keywords
from cnnspec.reports.code.loading_functions import CLASS_WEIGHTS
from cnnspec.reports.code.objectives import Objectives
from cnnspec.reports.code.rates import Rate, rate_of
from cnnspec.reports.code.syntax import (
    Call,
    Keyword,
    Line,
    Listed,
    Literal,
    Loop,
    Name,
    Statement,
)


class Preparing(Objectives):
    """Loads the splits, and changes them as the spec's data and training say."""

    def prepared(self) -> list[Statement]:
        """Data as the model takes it, and what is learnt of it before the first step."""
        names = ", ".join(self._pair(split) for split in self.loading.splits)
        lines: list[Statement] = []
        if self.training.precision != "float32":
            self._precision(lines)
        lines.append(Line(f"{names}{',' if len(self.loading.splits) == 1 else ''} = load_data()"))
        lines += self._statistics()
        lines += self._class_weights()
        lines += self._one_hot()
        lines += self._augmented()
        if self._needs_steps:
            self.imports |= set() if self.loading.batched else {"import math"}
            count = "len(train)" if self.loading.batched else "math.ceil(len(y_train) / BATCH_SIZE)"
            lines.append(Line(f"steps = {count}"))
        if self.training.phases:
            lines.append(Line("learning = [layer for layer in model.layers if layer.trainable]"))
        return lines

    def _pair(self, split: str) -> str:
        short = {"validation": "val"}.get(split, split)
        return split if self.loading.batched else f"(x_{short}, y_{short})"

    @property
    def batched(self) -> bool:
        """Whether examples come in batches, and not as whole arrays."""
        return self.loading.batched or bool(self._augmentations())

    @property
    def _needs_steps(self) -> bool:
        return any(self.rate(each).needs_steps for each in self._phases())

    def _phases(self) -> Sequence[Any]:
        return [each.training for each in self.spec.each_phase()]

    def rate(self, phase: Any) -> Rate:
        """The learning rate of a phase."""
        epochs = "EPOCHS" if not self.training.phases else str(phase.epochs)
        written = phase.optimizer.learning_rate if "learning_rate" in phase.optimizer.written() else None
        return rate_of(written, epochs, phase.epochs)

    def _precision(self, lines: list[Statement]) -> None:
        if self.training.precision == "auto":
            self.left_out.append("precision: auto, which goes by the machine, is float32")
            return
        kind = self.training.precision
        self.left_out.append(f"all layers compute in {kind}, also those that cnnspec leaves in float32")
        lines.append(Line(f'keras.config.set_dtype_policy("{self.training.precision}")'))

    def _statistics(self) -> list[Statement]:
        """Means and variances that layers take from the training split."""
        names = [node.name for node in self.graph.nodes if isinstance(node.layer, Normalization) and node.facts.weights]
        if not names:
            return []
        given = "train.map(lambda x, y: x)" if self.loading.batched else "x_train"
        body = (
            Line("layer = model.get_layer(name)"),
            Line("read = keras.Model(model.inputs, layer.input)"),
            Line(f"layer.adapt(read.predict({given}, verbose=0))"),
        )
        return [Loop("name", Literal(tuple(names)), body)]

    def _class_weights(self) -> list[Statement]:
        weights = self.training.class_weight
        if weights is None:
            return []
        if len(self.heads) > 1 or self.heads[0].form != "class":
            self.left_out.append("class_weight: Keras' fit weighs one output of classes alone")
            return []
        if weights == "balanced":
            self.functions.append(CLASS_WEIGHTS)
            self.imports.add("import numpy as np")
            labels = "np.concatenate([labels for _, labels in train])" if self.loading.batched else "y_train"
            return [Line(f"class_weight = balanced({labels})")]
        if not isinstance(weights, Mapping) or not all(str(name).isdigit() for name in weights):
            self.left_out.append("class_weight: Keras' fit takes numbers of classes, and not their names")
            return []
        return [assigned("class_weight", Literal({int(str(name)): float(value) for name, value in weights.items()}))]

    @property
    def weighs(self) -> bool:
        """Whether classes have weights that Keras' fit takes."""
        weights = self.training.class_weight
        known = weights == "balanced" or (isinstance(weights, Mapping) and all(str(each).isdigit() for each in weights))
        return known and len(self.heads) == 1 and self.heads[0].form == "class"

    def _one_hot(self) -> list[Statement]:
        """Class numbers as rows, where a loss or a metric reads rows."""
        if not self.rows:
            return []
        units = self.heads[0].units
        if self.loading.batched:
            change = f"lambda x, y: (x, keras.ops.one_hot(y, {units}))"
            return [Line(f"{each} = {each}.map({change})") for each in self.loading.splits]
        short = [{"validation": "val"}.get(each, each) for each in self.loading.splits]
        return [Line(f"y_{each} = keras.utils.to_categorical(y_{each}, {units})") for each in short]

    def _augmentations(self) -> tuple[Any, ...]:
        return tuple(self.spec.data.augmentations()) if self.spec.data is not None else ()

    def _augmented(self) -> list[Statement]:
        changes = self._augmentations()
        if not changes:
            return []
        items = tuple(
            Call(Name(f"layers.{each.stock}"), (), (*keywords(each.written()), *self._seeded(each))) for each in changes
        )
        lines: list[Statement] = [assigned("augment", Call(Name("keras.Sequential"), (Listed(items),)))]
        if not self.loading.batched:
            self.imports.add("import tensorflow as tf")
            lines.append(Line("train = tf.data.Dataset.from_tensor_slices((x_train, y_train))"))
            lines.append(Line(f"train = train.shuffle(len(y_train), seed={self.seed}).batch(BATCH_SIZE)"))
        return [*lines, Line("train = train.map(lambda x, y: (augment(x, training=True), y))")]

    def _seeded(self, change: Any) -> tuple[Keyword, ...]:
        takes = "seed" in type(change).model_fields and "seed" not in change.written() and self.seed == "SEED"
        return (Keyword("seed", Name("SEED")),) if takes else ()
