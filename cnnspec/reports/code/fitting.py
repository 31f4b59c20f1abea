"""How a network is trained without cnnspec: Keras' compile and fit with what the spec's training says."""

from textwrap import wrap
from typing import Any

from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import directions
from cnnspec.language.optimizers import keras_arguments
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.reports.code.calls import assigned, call, keywords
from cnnspec.reports.code.loading import Loading
from cnnspec.reports.code.preparing import Preparing
from cnnspec.reports.code.syntax import (
    Call,
    Comment,
    Do,
    Expression,
    Keyword,
    Line,
    Listed,
    Literal,
    Loop,
    Name,
    Statement,
)
from cnnspec.source.frozen import frozen


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


class _Writer(Preparing):
    def written(self) -> Fitting:
        """All of it."""
        statements = [*self.prepared(), *self._each_phase(), *self._scored()]
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
        rate = self.rate(phase)
        self.functions += [each for each in rate.functions if each not in self.functions]
        self.imports |= set(rate.imports)
        statements: list[Statement] = []
        given: tuple[Keyword, ...] = ()
        if rate.value is not None:
            simple = isinstance(rate.value, Literal)
            given = (Keyword("learning_rate", rate.value if simple else Name("learning_rate")),)
            statements += [] if simple else [assigned("learning_rate", rate.value)]
        arguments = (*given, *keywords(keras_arguments(phase.optimizer)), *self._shared(phase))
        optimizer: Expression = Call(Name(f"keras.optimizers.{phase.optimizer.stock}"), (), arguments)
        if phase.precision == "mixed_float16":
            optimizer = Call(Name("keras.optimizers.LossScaleOptimizer"), (optimizer,))
        compiled = [Keyword("optimizer", optimizer), Keyword("loss", self.by_output(self.loss))]
        if phase.loss_weights:
            compiled.append(Keyword("loss_weights", Literal(dict(phase.loss_weights))))
        if any(phase.metrics_of(head.name) for head in self.heads):
            compiled.append(Keyword("metrics", self.by_output(self.metrics)))
        compiled.append(Keyword("jit_compile", Literal(phase.xla if isinstance(phase.xla, bool) else "auto")))
        statements.append(Do(Call(Name("model.compile"), (), tuple(compiled))))
        callbacks = self._callbacks(phase)
        statements.append(assigned("callbacks", Listed(callbacks)))
        statements.append(Do(self._fitted(phase)))
        return statements

    def _fitted(self, phase: Training) -> Expression:
        validated = "validation" in self.loading.splits
        epochs = Literal(phase.epochs) if self.training.phases else Name("EPOCHS")
        keywords = [Keyword("epochs", epochs)]
        if self.batched:
            keywords.append(Keyword("shuffle", Literal(False)))
        else:
            keywords.append(Keyword("batch_size", Name("BATCH_SIZE")))
        if validated:
            held = "validation" if self.loading.batched else "(x_val, y_val)"
            keywords.append(Keyword("validation_data", Name(held)))
        keywords.append(Keyword("callbacks", Name("callbacks")))
        if self.weighs:
            keywords.append(Keyword("class_weight", Name("class_weight")))
        positional = (Name("train"),) if self.batched else (Name("x_train"), Name("y_train"))
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
        return keywords(found)

    def _callbacks(self, phase: Training) -> tuple[Expression, ...]:
        best = phase.judged_by("validation" in self.loading.splits)
        found: list[Expression] = []
        if phase.ema is not None:
            found.append(call("keras.callbacks.SwapEMAWeights", swap_on_epoch=True))
        found.append(
            call(
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
                    keywords(phase.early_stopping.arguments(), phase.early_stopping),
                )
            )
        if phase.reduce_on_plateau is not None:
            plateau = phase.reduce_on_plateau
            found.append(Call(Name("keras.callbacks.ReduceLROnPlateau"), (), keywords(plateau.arguments(), plateau)))
        return tuple(found)

    def _mode(self, figure: str) -> str:
        metrics = {head.name: self.training.metrics_of(head.name) for head in self.heads}
        return dict(directions(metrics)).get(figure.removeprefix("val_"), "auto")

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
    return [assigned("frozen", Literal((*still, *alone))), Loop("layer", Name("learning"), body)]
