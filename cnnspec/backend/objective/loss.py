"""Keras' losses from what a spec says; `auto` is read off what the output means and the labels."""

from collections.abc import Mapping

import numpy as np

from cnnspec.backend.data.splits import Array, Split, is_classes
from cnnspec.backend.objective.label_forms import are_numbers, become_rows, comparable
from cnnspec.graph.heads import Head
from cnnspec.language.losses import Loss
from cnnspec.layers.kind import read_kind
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import LossAt, UnitsOf

_OPEN_SHAPE = frozenset({"ctc", "circle"})
_SLACK = 1e-3
"""By how much shares may miss one in sum."""


def choose_loss(written: Loss | str, head: Head, labels: Array, source: str) -> Loss:
    """The loss as written, or for `auto` the one that fits; raises Rejected where nothing clearly does."""
    if isinstance(written, Loss):
        return written
    kind, arguments = _fitting(head, labels, source)
    loss = read_kind("loss", Loss.members, {kind: arguments})
    assert isinstance(loss, Loss)
    return loss


def describe_loss(loss: Loss) -> str:
    """`sparse_categorical_crossentropy`, with the arguments that differ from Keras' defaults."""
    arguments = ", ".join(f"{name}: {str(value).lower()}" for name, value in loss.written().items())
    return f"{loss.kind}: {{{arguments}}}" if arguments else loss.kind


def _fitting(head: Head, labels: Array, source: str) -> tuple[str, Mapping[str, object]]:
    numbers, same = are_numbers(labels, head), comparable(labels.shape[1:], head.shape)
    if head.of_shares and (numbers or same):
        return ("sparse_categorical_crossentropy" if numbers else "categorical_crossentropy"), {}
    if head.of_chances and same:
        return "binary_crossentropy", {}
    if head.activation == "linear" and head.meaning.improbable and numbers:
        return "sparse_categorical_crossentropy", {"from_logits": True}
    if head.activation == "linear" and same and not numbers and not _yes_or_no(labels):
        return "mean_squared_error", {}
    received = (
        f"loss: auto, where {head.shown} of shape {write_shape(head.shape)} ends in {head.activation}"
        f" and the labels in {source} are {labels.dtype} of shape {labels.shape[1:]}"
    )
    expected = "softmax or linear with class numbers, sigmoid with zeros and ones, or linear with floats"
    help = "write activation: softmax in the last layer" if numbers else "write the loss, such as mean_squared_error"
    raise rejected("no-auto-loss", received, expected, _otherwise_saved(labels, head) or help, at=LossAt(head.name))


def _otherwise_saved(labels: Array, head: Head) -> str:
    """What to do about labels that the network would learn in another form, or with another shape before them."""
    if labels.dtype.kind == "f" and are_numbers(labels, head, whole=False):
        return "save the labels as integers"
    return _not_flat(labels, head)


def _not_flat(labels: Array, head: Head) -> str:
    """What to do where each place of a map has an output of its own, but each example one label."""
    flat = labels.ndim == 1 or (labels.ndim == 2 and labels.shape[1] in (1, head.units))
    return "put flatten or global_avg_pool before the last layer" if flat and len(head.shape) > 1 else ""


def _yes_or_no(labels: Array) -> bool:
    """Whether integers are all 0 or 1, which might be meant for logits just as well."""
    return labels.dtype.kind in "iub" and bool(np.isin(labels, (0, 1)).all())


def check_labels(loss: Loss, head: Head, split: Split) -> None:
    """Raise Rejected where a split's labels cannot be what the loss compares the output with."""
    labels, source, head = split.labels[head.name], split.source_of(head.name), head.under(loss)
    if loss.kind in _OPEN_SHAPE:
        return
    if loss.compares == "numbers" or become_rows(labels, head):
        _check_class_numbers(loss, head, labels, source)
    elif not comparable(labels.shape[1:], head.shape):
        received = f"the labels in {source} have shape {labels.shape[1:]} for each example"
        expected = f"{write_shape(head.shape)}, as {head.shown} under {loss.kind}"
        help = f"for class numbers write loss: {_sparse(head)}" if is_classes(labels) else ""
        raise rejected("label-shape", received, expected, _otherwise_saved(labels, head) or help, at=LossAt(head.name))
    elif loss.of_probabilities or loss.compares == "rows":
        _check_probable(loss, head, labels, source)


def _sparse(head: Head) -> str:
    """The loss for class numbers, as the output needs it."""
    kind = "sparse_categorical_crossentropy"
    return f"{{{kind}: {{from_logits: true}}}}" if head.meaning.improbable else kind


def _check_probable(loss: Loss, head: Head, labels: Array, source: str) -> None:
    """Labels that are held against probabilities lie between 0 and 1; those of one class add up to one at most."""
    beyond = labels[(labels < 0) | (labels > 1)]
    if beyond.size:
        received, expected = f"label {beyond.flat[0]:g} in {source}, under {loss.kind}", "labels from 0 to 1"
        help = (
            "number the two classes 0 and 1" if head.units == 1 else "mark each class that holds with 1, others with 0"
        )
        if len(np.unique(labels)) > 2:
            help = f"{help}; for numbers leave the activation out and write loss: mean_squared_error"
        raise rejected("label-range", received, expected, help, at=LossAt(head.name))
    if head.form == "class" and head.units > 1:
        sums = labels.sum(axis=-1)
        if (sums > 1 + _SLACK).any():
            received = f"the labels of an example in {source} add up to {sums.max():g}, under {loss.kind}"
            help = "where several classes may hold write activation: sigmoid, with loss: binary_crossentropy"
            raise rejected("label-kind", received, "1, as one class alone holds", help, at=LossAt(head.name))


def _check_class_numbers(loss: Loss, head: Head, labels: Array, source: str) -> None:
    same = comparable(labels.shape[1:], head.shape)
    one_hot = f"write loss: {_one_hot(loss)}" if same else ""
    if labels.dtype.kind not in "iub":
        received, expected = f"the labels in {source} are {labels.dtype}", f"whole numbers, as {loss.kind} takes"
        raise rejected("label-type", received, expected, one_hot or "save them as integers", at=LossAt(head.name))
    if not comparable(labels.shape[1:], (*head.shape[:-1], 1)):
        received = f"the labels in {source} have shape {labels.shape[1:]} for each example"
        expected = f"{write_shape(head.shape[:-1])}, one class number for each softmax"
        raise rejected("label-shape", received, expected, one_hot or _not_flat(labels, head), at=LossAt(head.name))
    ignored = loss.written().get("ignore_class")
    counted = labels if ignored is None else labels[labels != ignored]
    wrong = counted[(counted < 0) | (counted >= head.units)]
    if wrong.size:
        received = f"label {wrong.flat[0]} in {source}, where {head.shown} has {head.units} units"
        units = _units(head, counted)
        help = units.help or _numbering(loss, counted)
        raise rejected("label-range", received, f"labels from 0 to {head.units - 1}", help, at=units)


def _one_hot(loss: Loss) -> str:
    """The loss for one-hot labels, reading what this one reads."""
    kind = "categorical_crossentropy"
    return f"{{{kind}: {{from_logits: true}}}}" if getattr(loss, "from_logits", False) else kind


def _units(head: Head, labels: Array) -> UnitsOf:
    """The output's units, and how many would do where the labels are class numbers as they should be."""
    from_one = labels.min() == 1 and labels.max() == head.units
    return UnitsOf(head.name, None if from_one or labels.min() < 0 else int(labels.max()) + 1)


def _numbering(loss: Loss, labels: Array) -> str:
    """What to do about labels that are below 0, or count from 1."""
    if labels.min() > 0:
        return "the labels start at 1: subtract 1"
    if loss.kind != "sparse_categorical_crossentropy":
        return "number the classes from 0"
    lowest = int(labels.min())
    ignoring = f"write loss: {{{loss.kind}: {{ignore_class: {lowest}}}}}"
    return f"number the classes from 0; if {lowest} means no label, {ignoring}"
