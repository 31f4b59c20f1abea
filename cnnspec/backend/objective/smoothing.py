"""Label smoothing (Szegedy et al. 2016): labels moved a little towards the uniform distribution, in the loss alone.

Keras' losses of one-hot and of yes-or-no labels have it; its loss of class numbers has it here. Metrics see the labels
as they are.
"""

from collections.abc import Iterable
from typing import Any

import keras
from keras import ops

from cnnspec.language.losses import Loss
from cnnspec.source.diagnostic import rejected

_OF_NUMBERS = "sparse_categorical_crossentropy"
_AT = ("training", "label_smoothing")


def takes_smoothing(loss: Loss) -> bool:
    """Whether labels can be smoothed for this loss."""
    return loss.kind == _OF_NUMBERS or hasattr(loss, "label_smoothing")


def check_smoothing(smoothing: float, losses: Iterable[Loss]) -> None:
    """Raise Rejected where the key of `training` would do nothing, or something else than a loss says itself."""
    listed = tuple(losses)
    if not smoothing or not listed:
        return
    if not any(takes_smoothing(loss) for loss in listed):
        received = f"label_smoothing {smoothing:g} under {', '.join(loss.kind for loss in listed)}"
        expected = "a loss that has it: binary, categorical or sparse categorical cross-entropy"
        raise rejected("label-smoothing", received, expected, "leave out label_smoothing", at=_AT)
    for loss in listed:
        if "label_smoothing" in loss.written():
            received = f"label_smoothing in training and in {loss.kind}"
            raise rejected("label-smoothing", received, "one of the two", "keep the one in training", at=_AT)


def smoothed_loss(loss: Loss, smoothing: float) -> Any:
    """The Keras loss, one that takes smoothing, with its labels smoothed by so much."""
    if loss.kind == _OF_NUMBERS:
        return SmoothedNumbers(smoothing, **loss.written())
    return getattr(keras.losses, loss.stock)(**{**loss.written(), "label_smoothing": smoothing})


class SmoothedNumbers(keras.losses.Loss):
    """Keras' CategoricalCrossentropy with label smoothing, for class numbers in place of one-hot labels."""

    def __init__(
        self,
        smoothing: float,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
        reduction: str = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=_OF_NUMBERS, reduction=reduction)
        self._smoothing, self._logits, self._ignored, self._axis = smoothing, from_logits, ignore_class, axis

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of every label: numbers of shape (...) or (..., 1) against scores (..., classes)."""
        numbers = self._numbers(y_true, y_pred)
        counted = None if self._ignored is None else ops.not_equal(numbers, self._ignored)
        known = numbers if counted is None else ops.where(counted, numbers, 0)
        classes = ops.shape(y_pred)[self._axis]
        hot = ops.one_hot(known, classes, axis=self._axis, dtype=y_pred.dtype)
        labels = hot * (1 - self._smoothing) + self._smoothing / ops.cast(classes, y_pred.dtype)
        losses = keras.losses.categorical_crossentropy(labels, y_pred, from_logits=self._logits, axis=self._axis)
        return losses if counted is None else _only(losses, counted)

    def _numbers(self, y_true: Any, y_pred: Any) -> Any:
        numbers = ops.cast(y_true, "int32")
        alone = len(numbers.shape) == len(y_pred.shape) and numbers.shape[self._axis] == 1
        return ops.squeeze(numbers, axis=self._axis) if alone else numbers


def _only(losses: Any, counted: Any) -> Any:
    """The losses of what counts, marked with a mask as Keras' own loss does, so that the mean is over these."""
    kept = ops.where(counted, losses, 0.0)
    kept._keras_mask = counted
    return kept
