"""How a network is trained without cnnspec: Keras' compile and fit with what the spec's training says."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import directions, names_of
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.optimizers import keras_arguments
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.reports.code.loading import Loading, loading
from cnnspec.reports.code.loading_functions import CLASS_WEIGHTS
from cnnspec.reports.code.rates import Rate, rate_of
from cnnspec.reports.code.syntax import (
    Assign,
    Call,
    Comment,
    Do,
    Expression,
    Keyword,
    Line,
    Listed,
    Literal,
    Loop,
    Mapped,
    Name,
    Statement,
    Variable,
)
from cnnspec.source.frozen import frozen

_FITTED = frozenset({"accuracy", "acc", "crossentropy", "ce"})


@frozen
class Fitting:
    """What training adds to a program: constants, functions as they stand, those that load and train, imports."""

    constants: tuple[tuple[str, Any], ...]
    functions: tuple[str, ...]
    load: Loading
    statements: tuple[Statement, ...]
    imports: tuple[str, ...]
    left_out: tuple[str, ...]


def fitting(spec: Spec, graph: Graph) -> Fitting:
    """The training of a spec that has data and training."""
    assert spec.training is not None and spec.data is not None
    return _Writer(spec, graph, spec.training).written()


class _Writer:
    def __init__(self, spec: Spec, graph: Graph, training: Training) -> None:
        self.spec, self.graph, self.training = spec, graph, training
        self.heads = learnt_heads(graph)
        self.seed = "SEED" if training.seed is not None else "0"
        self.loading = loading(spec.data, graph, self.heads, self.seed)
        self.rows = self._rows()
        self.left_out = list(self.loading.left_out)
        self.functions = list(self.loading.functions)
        self.imports = {each for each in self.loading.imports if each}

    def written(self) -> Fitting:
        """All of it."""
        statements = [*self._prepared(), *self._each_phase(), *self._scored()]
        self._tell()
        constants: list[tuple[str, Any]] = [("BATCH_SIZE", self.training.batch_size)]
        constants += [] if self.training.phases else [("EPOCHS", self.training.epochs)]
        constants += [] if self.training.seed is None else [("SEED", self.training.seed)]
        said = (line for each in self.left_out for line in wrap(f"Not as in cnnspec train: {each}.", 80))
        comments = tuple(Comment(line, apart=False) for line in said)
        return Fitting(
            tuple(constants),
            tuple(self.functions),
            self.loading,
            (*comments, *statements),
            tuple(sorted(self.imports)),
            tuple(self.left_out),
        )

    # Before

    def _prepared(self) -> list[Statement]:
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
    def _batched(self) -> bool:
        return self.loading.batched or bool(self._augmentations())

    @property
    def _needs_steps(self) -> bool:
        return any(self._rate(each).needs_steps for each in self._phases())

    def _phases(self) -> Sequence[Any]:
        return [each.training for each in self.spec.each_phase()]

    def _rate(self, phase: Any) -> Rate:
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
        names = [
            node.name
            for node in self.graph.nodes
            if node.layer is not None and node.kind == "normalization" and node.facts.weights
        ]
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
        return [_set("class_weight", Literal({int(str(name)): float(value) for name, value in weights.items()}))]

    @property
    def _weighs(self) -> bool:
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
            Call(Name(f"layers.{each.stock}"), (), (*_keywords(each.written()), *self._seeded(each)))
            for each in changes
        )
        lines: list[Statement] = [_set("augment", Call(Name("keras.Sequential"), (Listed(items),)))]
        if not self.loading.batched:
            self.imports.add("import tensorflow as tf")
            lines.append(Line("train = tf.data.Dataset.from_tensor_slices((x_train, y_train))"))
            lines.append(Line(f"train = train.shuffle(len(y_train), seed={self.seed}).batch(BATCH_SIZE)"))
        return [*lines, Line("train = train.map(lambda x, y: (augment(x, training=True), y))")]

    def _seeded(self, change: Any) -> tuple[Keyword, ...]:
        takes = "seed" in type(change).model_fields and "seed" not in change.written() and self.seed == "SEED"
        return (Keyword("seed", Name("SEED")),) if takes else ()

    # Compiling and fitting

    def _each_phase(self) -> list[Statement]:
        statements: list[Statement] = []
        for number, (spec, graph) in enumerate(zip(self.spec.each_phase(), self.graph.each_phase(), strict=True)):
            phase = spec.training
            assert phase is not None
            if self.training.phases:
                name = self.training.phases[number].name or str(number + 1)
                statements.append(Comment(f"The phase {name}"))
                statements += _frozen(self.graph, graph)
                if self.training.phases[number].augment is not None:
                    self.left_out.append(f"the phase {name} augments as data says")
            statements += self._fit(phase)
        return statements

    def _fit(self, phase: Training) -> list[Statement]:
        rate = self._rate(phase)
        self.functions += [each for each in rate.functions if each not in self.functions]
        self.imports |= set(rate.imports)
        statements: list[Statement] = []
        given: tuple[Keyword, ...] = ()
        if rate.value is not None:
            simple = isinstance(rate.value, Literal)
            given = (Keyword("learning_rate", rate.value if simple else Name("learning_rate")),)
            statements += [] if simple else [_set("learning_rate", rate.value)]
        arguments = (*given, *_keywords(keras_arguments(phase.optimizer)), *self._shared(phase))
        optimizer: Expression = Call(Name(f"keras.optimizers.{phase.optimizer.stock}"), (), arguments)
        if phase.precision == "mixed_float16":
            optimizer = Call(Name("keras.optimizers.LossScaleOptimizer"), (optimizer,))
        compiled = [Keyword("optimizer", optimizer), Keyword("loss", self._by_output(self._loss))]
        if phase.loss_weights:
            compiled.append(Keyword("loss_weights", Literal(dict(phase.loss_weights))))
        if any(phase.metrics_of(head.name) for head in self.heads):
            compiled.append(Keyword("metrics", self._by_output(self._metrics)))
        compiled.append(Keyword("jit_compile", Literal(phase.xla if isinstance(phase.xla, bool) else "auto")))
        statements.append(Do(Call(Name("model.compile"), (), tuple(compiled))))
        callbacks = self._callbacks(phase)
        statements.append(_set("callbacks", Listed(callbacks)))
        statements.append(Do(self._fitted(phase)))
        return statements

    def _fitted(self, phase: Training) -> Expression:
        validated = "validation" in self.loading.splits
        epochs = Literal(phase.epochs) if self.training.phases else Name("EPOCHS")
        keywords = [Keyword("epochs", epochs)]
        if self._batched:
            keywords.append(Keyword("shuffle", Literal(False)))
        else:
            keywords.append(Keyword("batch_size", Name("BATCH_SIZE")))
        if validated:
            held = "validation" if self.loading.batched else "(x_val, y_val)"
            keywords.append(Keyword("validation_data", Name(held)))
        keywords.append(Keyword("callbacks", Name("callbacks")))
        if self._weighs:
            keywords.append(Keyword("class_weight", Name("class_weight")))
        positional = (Name("train"),) if self._batched else (Name("x_train"), Name("y_train"))
        return Call(Name("model.fit"), positional, tuple(keywords))

    def _shared(self, phase: Training) -> tuple[Keyword, ...]:
        clip, ema = phase.gradient_clip, phase.ema
        found: dict[str, Any] = {}
        if clip is not None:
            limits = {"global_clipnorm": clip.global_norm, "clipnorm": clip.norm, "clipvalue": clip.value}
            found |= {name: float(limit) for name, limit in limits.items() if limit is not None}
        if phase.gradient_accumulation > 1:
            found["gradient_accumulation_steps"] = phase.gradient_accumulation
        if ema is not None:
            found |= {"use_ema": True, "ema_momentum": float(ema.momentum)}
            frequency = ema.overwrite_frequency
            found |= {} if frequency is None else {"ema_overwrite_frequency": frequency}
        return _keywords(found)

    def _callbacks(self, phase: Training) -> tuple[Expression, ...]:
        best = phase.judged_by("validation" in self.loading.splits)
        found: list[Expression] = []
        if phase.ema is not None:
            found.append(_call("keras.callbacks.SwapEMAWeights", swap_on_epoch=True))
        found.append(
            _call(
                "keras.callbacks.ModelCheckpoint",
                "best.keras",
                monitor=best,
                mode=self._mode(best),
                save_best_only=True,
            )
        )
        if phase.early_stopping is not None:
            found.append(
                Call(
                    Name("keras.callbacks.EarlyStopping"),
                    (),
                    _keywords(phase.early_stopping.arguments(), phase.early_stopping),
                )
            )
        if phase.reduce_on_plateau is not None:
            plateau = phase.reduce_on_plateau
            found.append(Call(Name("keras.callbacks.ReduceLROnPlateau"), (), _keywords(plateau.arguments(), plateau)))
        return tuple(found)

    def _mode(self, figure: str) -> str:
        metrics = {head.name: self.training.metrics_of(head.name) for head in self.heads}
        return dict(directions(metrics)).get(figure.removeprefix("val_"), "auto")

    def _by_output(self, of: Any) -> Expression:
        if not self.graph.named_outputs:
            found: Expression = of(self.heads[0])
            return found
        return Mapped(tuple((head.name, of(head)) for head in self.heads))

    # Objectives

    def _rows(self) -> bool:
        """Whether class numbers have to be rows: for smoothed labels, and for metrics that compare rows."""
        if len(self.heads) != 1 or not self._numbers(self.heads[0]):
            return False
        metrics = self.training.metrics_of(self.heads[0].name)
        return self.training.label_smoothing > 0 or any(_reads_rows(each) for each in metrics)

    def _numbers(self, head: Head) -> bool:
        """Whether labels are class numbers."""
        loss = self.training.loss_of(head.name)
        if isinstance(loss, Loss):
            return loss.compares == "numbers"
        return head.of_shares or (head.activation == "linear" and head.units > 1 and head.form == "class")

    def _loss(self, head: Head) -> Expression:
        loss = self.training.loss_of(head.name)
        smoothing = self.training.label_smoothing
        if isinstance(loss, Loss):
            written = dict(loss.written())
            stock = loss.stock
        else:
            stock, written = self._auto(head)
        if self.rows and stock == "SparseCategoricalCrossentropy":
            stock = "CategoricalCrossentropy"
        if smoothing and stock.endswith("Crossentropy") and not stock.startswith("Sparse"):
            written["label_smoothing"] = float(smoothing)
        if not written:
            return Literal(_snake(stock)) if stock in _PLAIN else Call(Name(f"keras.losses.{stock}"))
        return Call(Name(f"keras.losses.{stock}"), (), _keywords(written))

    def _auto(self, head: Head) -> tuple[str, dict[str, Any]]:
        """What `auto` comes to, as far as the network tells; the labels that are loaded here are of this form."""
        if head.of_shares:
            return "SparseCategoricalCrossentropy", {}
        if head.of_chances:
            return "BinaryCrossentropy", {}
        if (
            head.activation == "linear"
            and head.units > 1
            and self.spec.data is not None
            and self.spec.data.source != "table"
        ):
            return "SparseCategoricalCrossentropy", {"from_logits": True}
        return "MeanSquaredError", {}

    def _metrics(self, head: Head) -> Expression:
        listed = self.training.metrics_of(head.name)
        items = [self._metric(metric, name, head) for metric, name in zip(listed, names_of(listed), strict=True)]
        return Listed(tuple(items))

    def _metric(self, metric: Metric, name: str, head: Head) -> Expression:
        written = {key: value for key, value in metric.written().items() if key != "name"}
        if metric.kind in _FITTED and not written and name == metric.kind:
            return Literal(name)
        if head.function and metric.kind not in _FITTED:
            self.left_out.append(f"{metric.kind} reads logits, and not the probabilities made of them")
        if metric.stock in ("FBetaScore", "F1Score") and head.form == "labels":
            written.setdefault("threshold", 0.5)
        return Call(Name(f"keras.metrics.{metric.stock}"), (), (*_keywords(written), Keyword("name", Literal(name))))

    # After

    def _scored(self) -> list[Statement]:
        if "test" not in self.loading.splits:
            return []
        given = "test" if self.loading.batched else "x_test, y_test"
        return [
            Line('best = keras.saving.load_model("best.keras")'),
            Line(f"print(best.evaluate({given}, return_dict=True))"),
        ]

    def _tell(self) -> None:
        """What a program with Keras alone does not do."""
        training = self.training
        said = {
            "start_from": "start_from: no weights are loaded, which model.load_weights may do before train",
            "rates": "rates: all layers have one learning rate",
            "watch": "watch: nothing is recorded",
            "distribute": f"distribute: {training.distribute} is one device",
        }
        written = training.model_fields_set
        for key, words in said.items():
            value = getattr(training, key)
            if key in written and value not in (None, (), "none"):
                self.left_out.append(words)
        kept = training.checkpoint.model_fields_set & {"every", "keep"}
        if kept:
            self.left_out.append(f"checkpoint: {', '.join(sorted(kept))}: the best epoch alone is kept")
        if training.xla == "auto":
            self.left_out.append("xla: auto is Keras' own, without a trial")


def _frozen(whole: Graph, graph: Graph) -> list[Statement]:
    """Which of the layers that learn keep their weights in a phase: by the beginnings of their names."""
    names = {
        node.name: bool(now.layer and now.layer.trainable)
        for node, now in zip(whole.nodes, graph.nodes, strict=True)
        if node.layer is not None and node.layer.trainable and node.facts.weights and node.shared is None
    }
    stages = tuple(f"{stage.slug}." for stage in graph.stages)
    learning = [stage for stage in stages if any(now and name.startswith(stage) for name, now in names.items())]
    still = [stage for stage in stages if stage not in learning and any(name.startswith(stage) for name in names)]
    alone = [name for name, now in names.items() if not now and not name.startswith(tuple(still))]
    body = (Line("layer.trainable = not layer.name.startswith(frozen)"),)
    return [_set("frozen", Literal((*still, *alone))), Loop("layer", Name("learning"), body)]


_PLAIN = frozenset(
    {"SparseCategoricalCrossentropy", "CategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError"}
    | {"MeanAbsoluteError", "Huber", "Poisson"}
)


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)[1:]


def _reads_rows(metric: Metric) -> bool:
    return not (metric.takes_numbers or metric.kind in _FITTED)


def _set(name: str, value: Expression) -> Assign:
    return Assign((Variable(name=name),), value)


def _call(function: str, *positional: Any, **keywords: Any) -> Call:
    return Call(Name(function), tuple(Literal(each) for each in positional), _keywords(keywords))


def _keywords(written: Mapping[str, Any], of: Any = None) -> tuple[Keyword, ...]:
    """Arguments by name; of a section those that are not its default."""
    defaults = {name: info.default for name, info in type(of).model_fields.items()} if of is not None else {}
    return tuple(
        Keyword(name, Literal(value))
        for name, value in written.items()
        if name not in defaults or defaults[name] != value
    )
