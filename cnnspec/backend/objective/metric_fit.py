"""Metrics that do not fit an output and its labels, though Keras may well compute a number from them."""

from collections.abc import Iterator, Mapping

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.objective.label_forms import are_hot, are_numbers, comparable, on_sides, yes_or_no
from cnnspec.graph.heads import Form, Head
from cnnspec.language.metrics import Metric
from cnnspec.language.training import Training
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected
from cnnspec.source.values import Keys

_FOR_ROWS = {
    "sparse_categorical_accuracy": "categorical_accuracy",
    "sparse_categorical_crossentropy": "categorical_crossentropy",
    "sparse_top_k_categorical_accuracy": "top_k_categorical_accuracy",
    "iou": "one_hot_iou",
    "mean_iou": "one_hot_mean_iou",
}
_ENTROPIES, _ACCURACIES = ("crossentropy", "ce"), ("accuracy", "acc")
"""What the names of kinds end in."""

Problem = tuple[str, str]
"""What was expected, and what to write."""


def check_metrics(
    metrics: Mapping[str, tuple[Metric, ...]], outputs: tuple[Head, ...], split: Split, training: Training
) -> None:
    """Raise Rejected for a metric whose figure would say nothing about such labels."""
    for head in outputs:
        for index, metric in enumerate(metrics.get(head.name, ())):
            labels = split.labels[head.name]
            problem = next(_problems(metric, head, labels), None)
            if problem is None:
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


def form_of(head: Head, labels: Array) -> Form:
    """What an output says that learns these labels: zeros and ones tell of classes where the loss tells nothing."""
    if head.loss is not None and head.loss.answers == "sides":
        return _form_of_sides(head, labels)
    fits = head.of_chances and comparable(labels.shape[1:], head.shape)
    if head.form == "values" and fits and labels.dtype.kind in "iub" and yes_or_no(labels):
        return "class" if head.units == 1 else "labels"
    return head.form


def _form_of_sides(head: Head, labels: Array) -> Form:
    """Under a hinge loss: labels on two sides are yes and no, and one of several where there is one in each row."""
    if are_numbers(labels, head) or are_hot(np.maximum(labels, 0), head):
        return "class"
    if not head.of_sides or not comparable(labels.shape[1:], head.shape) or not on_sides(labels):
        return "values"
    return "class" if head.units == 1 else "labels"


def _problems(metric: Metric, head: Head, labels: Array) -> Iterator[Problem]:
    """What is against a metric, the most general first."""
    if metric.asks == "values":
        yield from _of_numbers(metric, head)
        return
    form = form_of(head, labels)
    if form == "values" and not _tells_classes(head, labels):
        yield "a metric of numbers, as that is what the output learns", "write mean_absolute_error"
    elif head.units == 1:
        yield from _of_one(metric)
    elif form == "labels":
        yield from _of_labels(metric)
    else:
        yield from _of_classes(metric, head, are_numbers(labels, head))
    yield from _without_probabilities(metric, head)
    told = yes_or_no(labels) or (head.of_sides and on_sides(labels))
    if not are_numbers(labels, head) and not told and not _takes_shares(metric, head, form):
        yield "a metric of numbers, as labels lie between 0 and 1", "write mean_absolute_error"
    if (getattr(metric, "class_id", None) or 0) >= head.units:
        yield f"a class_id below {head.units}", "number the classes from 0"


def _of_numbers(metric: Metric, head: Head) -> Iterator[Problem]:
    """Along an axis of size one all numbers have the same direction, and no correlation."""
    axis = getattr(metric, "axis", None)
    if axis is not None and head.units == 1 and axis in (-1, len(head.shape)):
        instead = "mean_absolute_error" if metric.kind == "cosine_similarity" else f"{{{metric.kind}: {{axis: 0}}}}"
        yield "an axis of more than one number, as the output has a single unit", f"write {instead}"


def _tells_classes(head: Head, labels: Array) -> bool:
    """Whether labels name classes under a loss that would compare any numbers."""
    return are_numbers(labels, head) or are_hot(labels, head)


def _without_probabilities(metric: Metric, head: Head) -> Iterator[Problem]:
    """A metric that goes over thresholds from 0 to 1, or takes logarithms, where numbers go further."""
    if head.function or not head.meaning.improbable or getattr(metric, "from_logits", False):
        return
    entropy = metric.kind.endswith(_ENTROPIES)
    if entropy or (not head.of_sides and (hasattr(metric, "num_thresholds") or _cuts_scores(metric, head))):
        yield f"probabilities, where {head.shown} can be {head.meaning.words()}", "write accuracy"


def _cuts_scores(metric: Metric, head: Head) -> bool:
    """Whether it cuts at a probability what a categorical hinge compares with each other alone."""
    compared = head.loss is not None and head.loss.kind == "categorical_hinge"
    return compared and hasattr(metric, "thresholds") and getattr(metric, "top_k", None) is None


def _takes_shares(metric: Metric, head: Head, form: Form) -> bool:
    """Whether labels that are no zeros and ones can be compared."""
    held_against_rows = form == "class" and head.units > 1
    return metric.kind.endswith(_ENTROPIES) or (held_against_rows and metric.kind.endswith(_ACCURACIES))


def _of_one(metric: Metric) -> Iterator[Problem]:
    """A single unit is always the largest of its row."""
    if metric.asks == "class":
        kind = "crossentropy" if metric.kind.endswith(_ENTROPIES) else "accuracy"
        yield "a metric for a single unit", f"write {'binary_iou' if metric.kind.endswith('iou') else kind}"
    if getattr(metric, "top_k", None):
        yield "no top_k, as a single unit is always on top", f"write {metric.kind}"


def _of_labels(metric: Metric) -> Iterator[Problem]:
    """Labels that go together have no largest."""
    if metric.asks == "class":
        kind = "binary_crossentropy" if metric.kind.endswith(_ENTROPIES) else "binary_accuracy"
        yield "a metric of yes or no", f"write {'binary_iou' if metric.kind.endswith('iou') else kind}"


def _of_classes(metric: Metric, head: Head, numbers: bool) -> Iterator[Problem]:
    """Of several classes one is right, and only so many are looked at."""
    kind = metric.kind
    if metric.asks == "labels":
        mean = f"mean_iou: {{num_classes: {head.units}, sparse_y_pred: false}}"
        fitting = "crossentropy" if kind.endswith(_ENTROPIES) else "accuracy"
        yield "a metric of one class among several", f"write {mean if kind.endswith('iou') else fitting}"
    if getattr(metric, "sparse_y_pred", False):
        yield "sparse_y_pred: false, as the output is no class number", f"write {kind}: {{..., sparse_y_pred: false}}"
    if not numbers and metric.takes_numbers:
        yield "a metric that takes one-hot labels", f"write {_FOR_ROWS[kind]}"
    looked_at = getattr(metric, "k", getattr(metric, "top_k", None))
    if looked_at is not None and looked_at >= head.units:
        named = "k" if hasattr(metric, "k") else "top_k"
        instead = f"write {named}: {head.units - 1}" if head.units > 2 else "write accuracy"
        yield f"less than the {head.units} classes that there are, as one of all is always right", instead
    counted = getattr(metric, "num_classes", head.units)
    if counted < head.units:
        yield f"num_classes: {head.units}, as the output has so many units", f"write num_classes: {head.units}"
    wanted = getattr(metric, "target_class_ids", ())
    if asked := [each for each in wanted if each >= counted]:
        yield f"classes below {counted}, not {asked[0]}", "number the classes from 0"
