"""Keras' metrics that are means, where Keras would take the mean over more than what counts.

Its other means pass over what a mask leaves out by themselves.
"""

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from cnnspec.backend.objective.criterion import MASK


class SparseCategoricalCrossentropy(keras.metrics.SparseCategoricalCrossentropy):
    """Keras' own, over the labels that are not of the ignored class; Keras divides by the number of all."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: numbers of shape (n, ...) or (n, ..., 1) against scores (n, ..., classes)."""
        super().update_state(y_true, y_pred, _weighing(self._known(y_true, y_pred), sample_weight))

    def _known(self, y_true: Any, y_pred: Any) -> Any:
        if self.ignore_class is None:
            return None
        alone = len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1
        numbers = ops.cast(ops.squeeze(y_true, axis=-1) if alone else y_true, self.dtype)
        return ops.cast(ops.not_equal(numbers, self.ignore_class), self.dtype)


class RootMeanSquaredError(keras.metrics.RootMeanSquaredError):
    """Keras' own, over what a mask leaves, as its other means are."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: numbers (n, ...) against numbers (n, ...), of which a mask may leave some."""
        mask = getattr(y_pred, MASK, None)
        counted = None if mask is None else ops.cast(mask, self.dtype)
        super().update_state(y_true, y_pred, _weighing(counted, sample_weight))


def _weighing(counted: Any, weights: Any) -> Any:
    """What counts, by its weight; None where all counts alike."""
    given = [each for each in (counted, weights) if each is not None]
    return math.prod(given) if given else None


OVER_WHAT_COUNTS: Mapping[str, Any] = {
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "RootMeanSquaredError": RootMeanSquaredError,
}
"""By the name of the class in `keras.metrics` that each stands for."""
