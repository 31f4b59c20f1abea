"""What a training makes small, and what is told of it: the losses of the outputs, and what regularisation adds.

A step makes the loss of its batch small. Of a split the mean over all that counts in it is told, the same however it
was cut into batches: for each output the sum of its losses, by how much they are of. `loss` is the weighted sum of
these means and the mean of what regularisation adds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.language.losses import Dice, Loss, Tversky
from cnnspec.language.training import Training

_EXACT = "float64"
"""Sums over millions of examples need more digits than a loss has."""
MASK = "_keras_mask"
"""Where Keras keeps which places of a tensor count."""


Sums = tuple[float, float]
"""A sum, and by how much it is to be divided."""


class Cost(NamedTuple):
    """What a batch costs, as tensors; a tuple, since functions of TensorFlow give nothing else back.

    `total` is what a step makes small: the `losses` of the outputs, weighted, and the `penalty` of regularisation. Each
    loss is told as so many times itself: `shares` say how much it is the mean of.
    """

    total: Any
    losses: tuple[Any, ...]
    shares: tuple[Any, ...]
    penalty: Any

    def raised(self, penalty: Any) -> "Cost":
        """With what more the activities cost, in total and penalty."""
        return self._replace(total=self.total + penalty, penalty=self.penalty + penalty)


@dataclass(frozen=True, slots=True)
class Term:
    """The loss of an output, as it is written and as Keras has it, and how much it counts; None is 1, as in Keras."""

    output: str
    written: Loss
    loss: Any
    weight: float | None = None

    def cost(self, labels: Any, outputs: Any, weights: Any, batch_size: int) -> tuple[Any, Any, Any]:
        """What a batch costs; that as it is told, and how much it counts there."""
        loss = ops.cast(self.loss(labels, outputs, weights), self.loss.dtype)
        examples = tf.cast(tf.shape(labels)[0], _EXACT)
        exact = tf.cast(loss, _EXACT)
        if self._whole_batch:
            return loss, exact, examples
        if self.written.reduction == "sum":
            return loss, tf.math.divide_no_nan(exact * batch_size, examples), examples
        return loss, exact, self._counted(labels, outputs, weights, examples)

    @property
    def _whole_batch(self) -> bool:
        """Whether it compares whole batches, and knows no loss of an example."""
        if not isinstance(self.written, (Dice, Tversky)):
            return False
        axes = self.written.axis
        return axes is None or 0 in ((axes,) if isinstance(axes, int) else axes)

    def _counted(self, labels: Any, outputs: Any, weights: Any, examples: Any) -> Any:
        """The examples, or the places that a mask leaves; of `mean_with_sample_weight` their weights."""
        mask = _both(getattr(outputs, MASK, None), self._known(labels, outputs))
        weighed = weights if self.written.reduction == "mean_with_sample_weight" else None
        if mask is None and weighed is None:
            return examples
        parts = [tf.cast(part, _EXACT) for part in (mask, weighed) if part is not None]
        return tf.reduce_sum(parts[0] if len(parts) == 1 else parts[0] * parts[1])

    def _known(self, labels: Any, outputs: Any) -> Any:
        """Which labels are not of the class that is ignored; None where there is no such class."""
        ignored = getattr(self.written, "ignore_class", None)
        if ignored is None:
            return None
        alone = len(labels.shape) == len(outputs.shape) and labels.shape[-1] == 1
        numbers = tf.cast(tf.squeeze(labels, -1) if alone else labels, _EXACT)
        return tf.not_equal(numbers, tf.constant(ignored, _EXACT))


class Criterion:
    """The losses of a network's outputs, and their means since they began.

    `batch_size` is what a loss with the reduction `sum` is told for: the sum over so many examples.
    """

    def __init__(self, terms: tuple[Term, ...], batch_size: int) -> None:
        self._terms, self._batch_size = terms, batch_size
        sums = tf.zeros((len(terms) + 1, 2), _EXACT)
        self._sums = keras.Variable(sums, trainable=False, dtype=_EXACT, name="sums")

    @property
    def variables(self) -> list[Any]:
        """What it knows of the running epoch, which belongs to the state of a training."""
        return [self._sums]

    def cost(self, labels: Any, outputs: Any, penalties: list[Any], weights: Any = None) -> Cost:
        """What a batch costs, in TensorFlow's graph; labels and outputs are tensors, or dictionaries of them.

        `penalties` are what regularisation adds; `weights` say how much each example counts, or each of its
        labels.
        """
        found = [
            term.cost(_of(labels, name), _of(outputs, name), _of(weights, name), self._batch_size)
            for term in self._terms
            for name in (term.output,)
        ]
        parts = [_times(loss, term.weight) for (loss, _, _), term in zip(found, self._terms, strict=True)]
        added = [ops.cast(ops.sum(penalty), keras.config.floatx()) for penalty in penalties]
        total = ops.sum([sum(parts), *added]) if added else sum(parts)
        _, told, shares = zip(*found, strict=True)
        return Cost(total, told, shares, sum(added, ops.zeros(())))

    def add(self, cost: Cost, labels: Any) -> None:
        """Add a batch to the means, in TensorFlow's graph."""
        examples = tf.cast(tf.shape(tf.nest.flatten(labels)[0])[0], _EXACT)
        rows = [*zip(cost.losses, cost.shares, strict=True), (tf.cast(cost.penalty, _EXACT), examples)]
        self._sums.assign_add(tf.stack([tf.stack((mean * count, count)) for mean, count in rows]))

    def reset(self) -> None:
        """Nothing has been seen."""
        self._sums.assign(tf.zeros_like(self._sums.value))

    def figures(self) -> dict[str, float]:
        """The loss, and that of each output where several have one, under Keras' names; 0 where nothing counted."""
        *means, penalty = _means(np.asarray(self._sums).tolist())
        weighted = [mean * _weight(term) for mean, term in zip(means, self._terms, strict=True)]
        each = {f"{term.output}_loss": mean for term, mean in zip(self._terms, means, strict=True)}
        return {"loss": sum(weighted) + penalty, **(each if len(each) > 1 else {})}

    def sums_of(self, total: Sums, each: list[Sums]) -> Array:
        """What it would know, of what Keras' own means hold: those of the loss and, if there are several, of outputs.

        The means of the outputs are over batches. What they leave of the loss is what regularisation adds.
        """
        whole, count = total
        if not each:
            return np.array([total, (0.0, count)])
        means = _means(each)
        weighted = sum(mean * _weight(term) for mean, term in zip(means, self._terms, strict=True))
        return np.array([*((mean * count, count) for mean in means), (whole - weighted * count, count)])


def criterion_of(losses: Mapping[str, Loss], training: Training, made: Mapping[str, Any] | None = None) -> Criterion:
    """The criterion of a training whose outputs have these losses; `made` are Keras' objects of them, where known."""
    weights = training.loss_weights or {}
    made = made or {name: build_loss(loss, training.label_smoothing) for name, loss in losses.items()}
    terms = (Term(name, loss, made[name], weights.get(name)) for name, loss in losses.items())
    return Criterion(tuple(terms), training.batch_size)


def _of(values: Any, output: str) -> Any:
    return values[output] if isinstance(values, Mapping) else values


def _both(one: Any, other: Any) -> Any:
    """What two masks leave, of which there may be none."""
    if one is None or other is None:
        return other if one is None else one
    return tf.logical_and(tf.cast(one, tf.bool), other)


def _times(loss: Any, weight: float | None) -> Any:
    return loss if weight is None else ops.multiply(loss, weight)


def _weight(term: Term) -> float:
    return 1.0 if term.weight is None else float(term.weight)


def _means(rows: Iterable[Sums]) -> list[float]:
    """Sums by how much they are of; 0 where that is nothing."""
    return [float(total / count) if count else 0.0 for total, count in rows]
