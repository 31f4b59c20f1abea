"""What a loss is held against: what it is before the first step, and what it is for one answer to all examples."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.objective.compile import Objective
from cnnspec.backend.objective.criterion import Term
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.graph.heads import Head
from cnnspec.language.training import Training

_SAMPLE = 1024
"""Targets that are looked at, spread over the training split."""
_NUMBERS = 2**20
"""Numbers that they hold together."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Losses, as they are told: `start` is that of the weights before the first step on a few examples.

    `guess` is that of always saying the mean of the targets, or 0, whichever is worse; of classes, that all are as
    likely. `targets` is how far numbers to learn lie from 0 (root mean square), the furthest of all outputs; 0 where
    there are none. What is no finite number is 0.
    """

    start: float
    guess: float
    targets: float = 0.0


UNKNOWN = Yardstick(0.0, 0.0)
"""Nothing to hold a loss against."""


def yardstick(
    learner: Any, objective: Objective, train: Split, labels: Any, outputs: Any, training: Training
) -> Yardstick:
    """That of a network as it is, whose outputs for the first examples these are, and their labels."""
    learner.criterion.add(learner.criterion.cost(labels, outputs, learner.losses), labels)
    start = learner.criterion.figures()["loss"]
    learner.criterion.reset()
    weights = training.loss_weights or {}
    targets = {name: _sampled(train.labels[name]) for name, form in objective.forms.items() if form == "values"}
    guess = 0.0
    for head in objective.heads:
        if head.name in targets:
            found = _of_numbers(head, objective, training, targets[head.name])
        else:
            found = _of_classes(head, objective, training, _of(labels, head), _of(outputs, head).shape)
        guess += abs(found * weights.get(head.name, 1.0))
    furthest = max((_size(each) for each in targets.values()), default=0.0)
    return Yardstick(*(abs(each) if np.isfinite(each) else 0.0 for each in (start, guess, furthest)))


def _of(values: Any, head: Head) -> Any:
    return values[head.name] if isinstance(values, dict) else values


def _size(targets: Array) -> float:
    return float(np.sqrt(np.mean(np.square(targets, dtype=np.float64))))


def _sampled(labels: Array) -> Array:
    most = max(1, min(_SAMPLE, _NUMBERS // max(1, labels[0].size)))
    rows = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), most)).astype(np.int64))
    return np.asarray(labels[rows], np.float32)


def _of_numbers(head: Head, objective: Objective, training: Training, targets: Array) -> float:
    answers = (np.broadcast_to(targets.mean(axis=0), targets.shape), np.zeros_like(targets))
    return max(_told(head, objective, training, targets, answer) for answer in answers)


def _of_classes(head: Head, objective: Objective, training: Training, labels: Any, shape: Any) -> float:
    return _told(head, objective, training, np.asarray(labels), np.full(shape, _even(head), np.float32))


def _even(head: Head) -> float:
    """What a unit gives that says all classes alike."""
    if head.scale == "logits":
        return 0.0
    return 1 / head.units if head.form == "class" and head.units > 1 else 0.5


def _told(head: Head, objective: Objective, training: Training, labels: Array, answer: Array) -> float:
    assert head.loss is not None
    loss = build_loss(head.loss, training.label_smoothing, head.name in objective.rows)
    return float(Term(head.name, head.loss, loss).cost(labels, answer, None, training.batch_size)[1])
