"""Keras' metrics from what a spec says, each reading labels and outputs as what they mean.

Metrics see probabilities, whatever the loss reads; class numbers become rows where rows are compared; what stands for
no label, or is padding, is left out; and yes or no is told apart at 0.5, under a hinge loss by the side of 0.
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.objective.correlations import OverExamples, over_examples
from cnnspec.backend.objective.criterion import MASK
from cnnspec.backend.objective.label_forms import as_rows, with_last_axis
from cnnspec.backend.objective.mean_metrics import OVER_WHAT_COUNTS
from cnnspec.graph.heads import Form, Head
from cnnspec.language.figures import names_of
from cnnspec.language.metrics import FScore, Metric

_FITTED = {
    "accuracy": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
    "crossentropy": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
}
"""Names that stand for one of three by labels and predictions: for yes or no, class numbers, one-hot labels."""
_SAME = {"acc": "accuracy", "ce": "crossentropy"}


def build_metrics(metrics: Iterable[Metric], head: Head, label: tuple[int, ...], form: Form | None = None) -> list[Any]:
    """The Keras metrics of an output under its loss; `label` is the labels' shape without the batch axis.

    `form` is what the labels tell beyond the loss, if anything.
    """
    listed, form = tuple(metrics), form or head.form
    return [_build(metric, name, head, label, form) for metric, name in zip(listed, names_of(listed), strict=True)]


def _build(metric: Metric, name: str, head: Head, label: tuple[int, ...], form: Form) -> Any:
    numbers = are_sparse(label, head)
    fitted = _FITTED.get(_SAME.get(metric.kind, metric.kind))
    stock = metric.stock
    if fitted:
        stock = fitted[0 if head.units == 1 or form == "labels" else 1 if numbers else 2]
    sides = head.of_sides and metric.asks != "values"
    function = "sigmoid" if sides else head.function
    arguments = _arguments(metric, stock, function, head.units == 1 or form == "labels")
    if over_examples(metric, len(head.shape) + 1):
        return _reading(OverExamples(metric.kind, name), head, False, function, sides)
    made = OVER_WHAT_COUNTS.get(stock, getattr(keras.metrics, stock))(**arguments, name=name)
    raw = arguments.get("from_logits", False)
    return _reading(made, head, numbers and not (metric.takes_numbers or fitted), "" if raw else function, sides)


def _arguments(metric: Metric, stock: str, function: str, yes_or_no: bool) -> dict[str, Any]:
    """What Keras' class is given; a `function` makes probabilities, but for cross-entropies, which do it better."""
    arguments = {key: value for key, value in metric.written().items() if key != "name"}
    if isinstance(metric, FScore) and metric.threshold is None and yes_or_no:
        arguments["threshold"] = 0.5
    if function:
        arguments.pop("from_logits", None)
        if stock.endswith("Crossentropy"):
            arguments["from_logits"] = True
    return arguments


def are_sparse(label: tuple[int, ...], head: Head) -> bool:
    """As in Keras' compile: labels with an axis less than the output's, or with a last one of 1, are class numbers."""
    return head.units > 1 and (len(label) < len(head.shape) or label[-1] == 1)


def _reading(made: Any, head: Head, rows: bool, function: str, sides: bool) -> Any:
    """The metric with labels and outputs changed before it sees them, where they need to be."""
    ignored = getattr(head.loss, "ignore_class", None)
    changes: list[Callable[[Any, Any], tuple[Any, Any]]] = []
    if head.units == 1 and len(head.shape) > 1:
        changes.append(lambda labels, outputs: (with_last_axis(labels, outputs), outputs))
    if ignored is not None:
        changes.append(lambda labels, outputs: _counted(labels, outputs, ignored))
    if not isinstance(made, (keras.metrics.Mean, OverExamples)):
        changes.append(_unmasked)
    if function:
        changes.append(lambda labels, outputs: (labels, _masked(getattr(keras.ops, function)(outputs), outputs)))
    if sides:
        changes.append(lambda labels, outputs: (keras.ops.cast(labels > 0, "int32"), outputs))
    if rows:
        changes.append(lambda labels, outputs: (as_rows(labels, head.units, len(outputs.shape)), outputs))
    if isinstance(made, keras.metrics.FBetaScore) and len(head.shape) != 1:
        changes.append(lambda labels, outputs: (_in_rows(labels, head.units), _in_rows(outputs, head.units)))
    if not changes:
        return made
    update = made.update_state

    def update_state(labels: Any, outputs: Any, sample_weight: Any = None) -> Any:
        for change in changes:
            labels, outputs = change(labels, outputs)
        return update(labels, outputs, sample_weight)

    made.update_state = update_state
    return made


def _counted(numbers: Any, outputs: Any, ignored: int) -> tuple[Any, Any]:
    """Labels and outputs of the places that have a label, in rows."""
    places = tf.reshape(tf.convert_to_tensor(numbers), [-1])
    flat = _in_rows(outputs, outputs.shape[-1])
    there = tf.not_equal(places, tf.cast(ignored, places.dtype))
    if (mask := getattr(outputs, MASK, None)) is not None:
        there = tf.logical_and(there, tf.reshape(mask, [-1]))
    return tf.boolean_mask(places, there), tf.boolean_mask(flat, there)


def _unmasked(labels: Any, outputs: Any) -> tuple[Any, Any]:
    """Labels and outputs of the places that a mask leaves, in rows, for metrics that would count all."""
    mask = getattr(outputs, MASK, None)
    if mask is None:
        return labels, outputs
    return tf.boolean_mask(labels, mask), tf.boolean_mask(outputs, mask)


def _masked(changed: Any, outputs: Any) -> Any:
    """With the mask that Keras left on the outputs, which its metrics look for."""
    if (mask := getattr(outputs, MASK, None)) is not None:
        setattr(changed, MASK, mask)
    return changed


def _in_rows(values: Any, units: int) -> Any:
    return tf.reshape(values, [-1, units])
