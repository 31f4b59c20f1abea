"""A model with what it learns by: Keras' compile, from a spec's training section."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.criterion import criterion_of
from cnnspec.backend.objective.loss import build_loss, check_labels, choose_loss, describe_loss
from cnnspec.backend.objective.metrics import Direction, build_metrics, directions
from cnnspec.backend.objective.optimizer import training_optimizer
from cnnspec.backend.objective.smoothing import check_smoothing
from cnnspec.graph.heads import Head
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import OutputAt


@dataclass(frozen=True, slots=True)
class Objective:
    """What is made small and what is measured, by output; `auto` is what was chosen here."""

    losses: Mapping[str, Loss]
    metrics: Mapping[str, tuple[Metric, ...]]
    auto: Mapping[str, str]
    directions: Mapping[str, Direction]


def choose_objective(training: Training, outputs: tuple[Head, ...], splits: tuple[Split, ...]) -> Objective:
    """Losses and metrics for each output, checked against the labels of all splits; raises Rejected."""
    if training.loss is None:
        help = "write loss: auto, or a loss such as mean_squared_error"
        raise rejected("no-loss", "training without a loss", "what to make small", help, at=("training",))
    losses: dict[str, Loss] = {}
    auto: dict[str, str] = {}
    for head in outputs:
        written = training.loss.get(head.name) if isinstance(training.loss, dict) else training.loss
        if written is None:
            continue
        loss = choose_loss(written, head, splits[0].labels[head.name], splits[0].source_of(head.name))
        losses[head.name] = loss
        if written == "auto":
            auto["loss" if len(outputs) == 1 else f"loss.{head.name}"] = describe_loss(loss)
        for split in splits:
            check_labels(loss, head, split)
    check_smoothing(training.label_smoothing, losses.values())
    metrics = {head.name: _metrics(training, head.name) for head in outputs}
    return Objective(losses, metrics, auto, directions(metrics, len(outputs) > 1))


def compile_model(model: Any, training: Training, objective: Objective, train: Split, named: bool) -> Any:
    """A model that shares `model`'s layers and is compiled to learn, as Keras' fit would, with what steps make small.

    That is its `criterion`. `model` itself stays plain.
    """
    if not model.trainable_variables:
        received = f"{model.name} has no weights that training changes"
        help, output = "leave out trainable: false somewhere", next(iter(objective.metrics))
        raise rejected("nothing-to-learn", received, "at least one", help, at=OutputAt(output))
    learner = keras.Model(model.input, model.output, name=model.name)
    steps = -(-train.count // training.batch_size)
    losses = {name: build_loss(loss, training.label_smoothing) for name, loss in objective.losses.items()}
    metrics = {
        name: build_metrics(listed, train.labels[name].shape[1:], _output(model, name, named))
        for name, listed in objective.metrics.items()
    }
    learner.compile(
        optimizer=training_optimizer(training, steps),
        loss=losses if named else next(iter(losses.values())),
        loss_weights=training.loss_weights if named else None,
        metrics=metrics if named else next(iter(metrics.values())),
        jit_compile=False,
    )
    learner.criterion = criterion_of(objective.losses, training)
    return learner


def _metrics(training: Training, output: str) -> tuple[Metric, ...]:
    return training.metrics.get(output, ()) if isinstance(training.metrics, dict) else training.metrics


def _output(model: Any, name: str, named: bool) -> tuple[int | None, ...]:
    output = model.output[name] if named else model.output
    return tuple(output.shape[1:])
