"""Metrics that do not fit an output and its labels, though Keras may well compute a number from them."""

from collections.abc import Mapping

from cnnspec.backend.data.splits import Array, Split
from cnnspec.graph.heads import Head
from cnnspec.language.metrics import FITTED, Metric
from cnnspec.language.training import Training
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected
from cnnspec.source.values import Keys

_SPARSE = frozenset({
    "sparse_categorical_accuracy", "sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy",
})  # fmt: skip
_OF_NUMBERS = _SPARSE | FITTED | {"iou", "mean_iou"}
"""What compares class numbers with a row of scores; all others would stretch the one along the other, or fail."""
_OF_ROWS = frozenset({
    "categorical_accuracy", "categorical_crossentropy", "top_k_categorical_accuracy", "one_hot_iou", "one_hot_mean_iou",
})  # fmt: skip
"""What looks for the largest of a row, which a row of one always has in the same place."""

_FOR_NUMBERS = {
    "categorical_accuracy": "sparse_categorical_accuracy",
    "categorical_crossentropy": "sparse_categorical_crossentropy",
    "top_k_categorical_accuracy": "sparse_top_k_categorical_accuracy",
    "binary_accuracy": "accuracy",
    "binary_crossentropy": "crossentropy",
    "one_hot_iou": "iou, with sparse_y_pred: false",
    "one_hot_mean_iou": "mean_iou, with sparse_y_pred: false",
}
_FOR_ROWS = {sparse: kind for kind, sparse in _FOR_NUMBERS.items() if sparse in _SPARSE}
_FOR_ONE = {"one_hot_iou": "binary_iou", "one_hot_mean_iou": "binary_iou"}


def check_metrics(
    metrics: Mapping[str, tuple[Metric, ...]], outputs: tuple[Head, ...], split: Split, training: Training
) -> None:
    """Raise Rejected for a metric whose figure would say nothing about such labels."""
    for head in outputs:
        for index, metric in enumerate(metrics.get(head.name, ())):
            if not (problem := _mismatch(metric, head, split.labels[head.name])):
                continue
            received = f"metric {metric.kind}, where {describe_labels(head, split)}"
            raise rejected("metric-mismatch", received, *problem, at=metric_at(training, head.name, index))


def describe_labels(head: Head, split: Split) -> str:
    """What an output and its labels are, for a message."""
    labels = split.labels[head.name]
    shape = f"of shape {write_shape(labels.shape[1:])}" if labels.ndim > 1 else "single numbers"
    return (
        f"{head.shown} has shape {write_shape(head.shape)} and the labels in {split.source_of(head.name)} are"
        f" {labels.dtype}, {shape}"
    )


def metric_at(training: Training, output: str, index: int) -> Keys:
    """Where a metric is written: in the list of all, or in that of its output."""
    return ("training", "metrics", *((output,) if isinstance(training.metrics, dict) else ()), index)


def _mismatch(metric: Metric, head: Head, labels: Array) -> tuple[str, str] | None:
    """What was expected and what to write, or None where nothing is known against the metric."""
    kind, last = metric.kind, head.shape[-1] if head.shape else 1
    cut = getattr(metric, "sparse_y_pred", False) and head.activation in ("softmax", "sigmoid")
    if last == 1 and cut:
        return "a metric that takes probabilities", "write binary_iou"
    if last == 1:
        help = f"write {_FOR_ONE.get(kind, 'crossentropy' if kind.endswith('entropy') else 'accuracy')}"
        return ("a metric for a single unit", help) if kind in _OF_ROWS | _SPARSE else None
    if cut:
        return "sparse_y_pred: false, as the output is no class number", f"write {kind}: {{..., sparse_y_pred: false}}"
    numbers = labels.ndim == len(head.shape) or labels.shape[-1] == 1
    if numbers and kind not in _OF_NUMBERS:
        instead = _FOR_NUMBERS.get(kind)
        one_hot = "save the labels one-hot, with loss: categorical_crossentropy"
        return "a metric that takes class numbers", f"write {instead}" if instead else one_hot
    if not numbers and kind in _SPARSE:
        return "a metric that takes one-hot labels", f"write {_FOR_ROWS[kind]}"
    return None
