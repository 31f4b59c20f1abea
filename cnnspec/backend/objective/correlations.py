"""Correlations of labels and predictions over the examples of a split, however it is cut into batches.

Keras computes one for each batch and tells their mean, which is no correlation of anything.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.objective.criterion import MASK
from cnnspec.language.metrics import Metric

_EXACT = "float64"
"""Variances are small differences of large sums."""
Relation = Callable[[Any, Any, Any, Any, Any], Any]
"""From the means of labels, predictions, their squares and their product."""


def _cosine(labels: Any, outputs: Any, labels2: Any, outputs2: Any, product: Any) -> Any:
    return tf.math.divide_no_nan(product, tf.sqrt(labels2 * outputs2))


def _pearson(labels: Any, outputs: Any, labels2: Any, outputs2: Any, product: Any) -> Any:
    spreads = tf.maximum(labels2 - labels**2, 0) * tf.maximum(outputs2 - outputs**2, 0)
    return tf.math.divide_no_nan(product - labels * outputs, tf.sqrt(spreads))


def _concordance(labels: Any, outputs: Any, labels2: Any, outputs2: Any, product: Any) -> Any:
    apart = (labels2 - labels**2) + (outputs2 - outputs**2) + (labels - outputs) ** 2
    return tf.math.divide_no_nan(2 * (product - labels * outputs), apart)


_RELATIONS: dict[str, Relation] = {
    "cosine_similarity": _cosine,
    "pearson_correlation": _pearson,
    "concordance_correlation": _concordance,
}


def over_examples(metric: Metric, rank: int) -> bool:
    """Whether a metric compares along the axis of the examples, of outputs with so many axes, that one included."""
    return metric.kind in _RELATIONS and getattr(metric, "axis", -1) in (0, -rank)


class OverExamples(keras.metrics.Metric):
    """A correlation along the first axis of (n, ...), the mean over all others; over what a mask leaves."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name=name)
        self._relation = _RELATIONS[kind]
        self._sums: Any = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: numbers (n, ...) against numbers (n, ...); a last axis of 1 may be missing from labels."""
        outputs = tf.cast(y_pred, _EXACT)
        labels = tf.reshape(tf.cast(y_true, _EXACT), tf.shape(outputs))
        counted = tf.ones_like(outputs)
        if (mask := getattr(y_pred, MASK, None)) is not None:
            counted *= tf.cast(
                tf.reshape(mask, [*tf.unstack(tf.shape(mask)), *[1] * (outputs.ndim - mask.ndim)]), _EXACT
            )
        found = tf.stack([tf.ones_like(labels), labels, outputs, labels**2, outputs**2, labels * outputs])
        sums = tf.reduce_sum(found * counted, axis=1)
        if self._sums is None:
            self._sums = self.add_variable(sums.shape, "zeros", dtype=_EXACT, name="sums")
        self._sums.assign_add(sums)

    def result(self) -> Any:
        """The mean of the correlations; 0 where nothing varies."""
        count, *sums = tf.unstack(tf.convert_to_tensor(self._sums))
        return tf.cast(
            tf.reduce_mean(self._relation(*(tf.math.divide_no_nan(each, count) for each in sums))), "float32"
        )
