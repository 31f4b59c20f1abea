"""Keras' metrics from what a spec says, each reading labels and outputs as what they mean.

Metrics see probabilities, whatever the loss reads; class numbers become rows where rows are compared; what stands for
no label is left out; and yes or no is told apart at 0.5.
"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.objective.label_forms import as_rows
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
    arguments = {key: value for key, value in metric.written().items() if key != "name"}
    if isinstance(metric, FScore) and metric.threshold is None and (head.units == 1 or form == "labels"):
        arguments["threshold"] = 0.5
    own = head.function != "" and stock.endswith("Crossentropy")
    if own:
        arguments["from_logits"] = True
    raw = own or arguments.get("from_logits", False)
    made = OVER_WHAT_COUNTS.get(stock, getattr(keras.metrics, stock))(**arguments, name=name)
    return _reading(made, head, numbers and not (metric.takes_numbers or fitted), "" if raw else head.function)


def are_sparse(label: tuple[int, ...], head: Head) -> bool:
    """As in Keras' compile: labels with an axis less than the output's, or with a last one of 1, are class numbers."""
    return head.units > 1 and (len(label) < len(head.shape) or label[-1] == 1)


def _reading(made: Any, head: Head, rows: bool, function: str) -> Any:
    """The metric with labels and outputs changed before it sees them, where they need to be."""
    ignored = getattr(head.loss, "ignore_class", None)
    changes: list[Callable[[Any, Any], tuple[Any, Any]]] = []
    if ignored is not None:
        changes.append(lambda labels, outputs: _counted(labels, outputs, ignored))
    if function:
        changes.append(lambda labels, outputs: (labels, _masked(getattr(keras.ops, function)(outputs), outputs)))
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
    if (mask := getattr(outputs, "_keras_mask", None)) is not None:
        there = tf.logical_and(there, tf.reshape(mask, [-1]))
    return tf.boolean_mask(places, there), tf.boolean_mask(flat, there)


def _masked(changed: Any, outputs: Any) -> Any:
    """With the mask that Keras left on the outputs, which its metrics look for."""
    if (mask := getattr(outputs, "_keras_mask", None)) is not None:
        changed._keras_mask = mask
    return changed


def _in_rows(values: Any, units: int) -> Any:
    return tf.reshape(values, [-1, units])
