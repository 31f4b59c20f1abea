"""A model with what it learns by: Keras' compile, from a spec's training section."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import keras

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.class_weights import weighs_apart
from cnnspec.backend.objective.criterion import criterion_of
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.label_forms import become_rows
from cnnspec.backend.objective.loss import check_labels, choose_loss, describe_loss
from cnnspec.backend.objective.metric_fit import form_of
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.backend.objective.optimizer import training_optimizer
from cnnspec.backend.objective.rates import take_rates
from cnnspec.backend.objective.smoothing import check_smoothing
from cnnspec.graph.heads import Form, Head
from cnnspec.language.figures import Direction, directions
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.objective import AUTO
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import OutputAt


@dataclass(frozen=True, slots=True)
class Objective:
    """What is made small and what is measured, by output; `auto` is what was chosen here.

    `heads` are the outputs that are learnt, each under its loss, and `forms` what each says of an example; the labels
    of those among `rows` are class numbers where the loss compares rows.
    """

    heads: tuple[Head, ...]
    metrics: Mapping[str, tuple[Metric, ...]]
    auto: Mapping[str, str]
    directions: Mapping[str, Direction]
    forms: Mapping[str, Form]
    rows: frozenset[str] = frozenset()

    @property
    def losses(self) -> dict[str, Loss]:
        """The loss of each output that is learnt."""
        return {head.name: head.loss for head in self.heads if head.loss is not None}


def choose_objective(training: Training, outputs: tuple[Head, ...], splits: tuple[Split, ...]) -> Objective:
    """Losses and metrics for each output that is learnt, checked against the labels of all splits; raises Rejected."""
    if training.loss is None:
        help = "write loss: auto, or a loss such as mean_squared_error"
        raise rejected("no-loss", "training without a loss", "what to make small", help, at=("training",))
    heads = tuple(_chosen(head, training, splits) for head in outputs)
    check_smoothing(training.label_smoothing, [head.loss for head in heads if head.loss is not None])
    metrics = {head.name: training.metrics_of(head.name) for head in heads}
    labels = {head.name: splits[0].labels[head.name] for head in heads}
    return Objective(
        heads,
        metrics,
        {
            _auto_key(head, len(heads)): describe_loss(head.loss)
            for head in heads
            if head.loss and _is_auto(head, training)
        },
        directions(metrics),
        {head.name: form_of(head, labels[head.name]) for head in heads},
        frozenset(head.name for head in heads if become_rows(labels[head.name], head)),
    )


def _chosen(head: Head, training: Training, splits: tuple[Split, ...]) -> Head:
    """An output under its loss, once that is chosen; raises Rejected where labels do not fit it."""
    written = training.loss_of(head.name)
    assert written is not None
    loss = choose_loss(written, head, splits[0].labels[head.name], splits[0].source_of(head.name))
    for split in splits:
        check_labels(loss, head, split)
    return head.under(loss)


def _is_auto(head: Head, training: Training) -> bool:
    return training.loss_of(head.name) == AUTO


def _auto_key(head: Head, count: int) -> str:
    return "loss" if count == 1 else f"loss.{head.name}"


def compile_model(
    model: Any,
    training: Training,
    objective: Objective,
    train: Split,
    named: bool,
    rates: Mapping[str, float] = MappingProxyType({}),
    begun: int = 0,
) -> Any:
    """A model that shares `model`'s layers and is compiled to learn, as Keras' fit would, with what steps make small.

    That is its `criterion`. `rates` are what the learning rate of a layer is multiplied by, `begun` the step of the
    optimizer from which its schedule counts. It has the outputs that are learnt, and no others; `model` itself stays
    plain.
    """
    learner = _learner(model, objective, named)
    if not learner.trainable_variables:
        received = f"{model.name} has no weights that training changes"
        help, output = "leave out trainable: false somewhere", next(iter(objective.metrics))
        raise rejected("nothing-to-learn", received, "at least one", help, at=OutputAt(output))
    losses = {head.name: _loss(head, training, objective) for head in objective.heads}
    metrics = {head.name: _metrics(head, objective, train) for head in objective.heads}
    given = training.loss_weights or {}
    steps = -(-train.count // training.batch_size)
    optimizer = training_optimizer(training, steps, begun=begun, by_layer=bool(rates))
    if rates:
        take_rates(optimizer, learner, rates)
    learner.compile(
        optimizer=optimizer,
        loss=losses if named else next(iter(losses.values())),
        loss_weights={name: given.get(name, 1.0) for name in losses} if given and named else None,
        metrics=metrics if named else next(iter(metrics.values())),
        jit_compile=False,
    )
    learner.criterion = criterion_of(objective.losses, training, losses)
    return learner


def _learner(model: Any, objective: Objective, named: bool) -> Any:
    outputs = {head.name: model.output[head.name] for head in objective.heads} if named else model.output
    return keras.Model(model.input, outputs, name=model.name)


def _loss(head: Head, training: Training, objective: Objective) -> Any:
    assert head.loss is not None
    apart = weighs_apart(training.class_weight, head.name, objective.forms)
    return build_loss(head.loss, training.label_smoothing, head.name in objective.rows, apart)


def _metrics(head: Head, objective: Objective, train: Split) -> list[Any]:
    label = train.labels[head.name].shape[1:]
    return build_metrics(objective.metrics[head.name], head, label, objective.forms[head.name])
