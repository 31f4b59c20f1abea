"""In which form labels come, and how those that are class numbers become rows with a one for what wants them so."""

from typing import Any

import numpy as np
from keras import ops

from cnnspec.backend.data.splits import Array
from cnnspec.graph.heads import Head
from cnnspec.layers.shape import Shape


def comparable(labels: tuple[int, ...], output: Shape) -> bool:
    """Whether shapes agree, as Keras' losses see it: an output's last axis of 1 may be missing from the labels."""
    if len(labels) == len(output) - 1 and output[-1] == 1:
        output = output[:-1]
    return len(labels) == len(output) and all(
        not isinstance(wanted, int) or size == wanted for size, wanted in zip(labels, output, strict=True)
    )


def are_numbers(labels: Array, head: Head, whole: bool = True) -> bool:
    """Whether labels are one class number for each row of the output's units; else, without `whole`, as floats."""
    fits = head.units > 1 and comparable(labels.shape[1:], (*head.shape[:-1], 1))
    if not whole and fits and labels.dtype.kind == "f":
        return bool((labels == np.floor(labels)).all())
    return fits and labels.dtype.kind in "iub"


def become_rows(labels: Array, head: Head) -> bool:
    """Whether labels are class numbers, and the output's loss compares rows."""
    loss = head.loss
    wanted = loss is not None and (loss.compares == "rows" or (loss.of_probabilities and head.of_shares))
    return wanted and loss is not None and loss.compares != "numbers" and are_numbers(labels, head)


def are_hot(labels: Array, head: Head) -> bool:
    """Whether labels are rows with a one for the class of each, and zeros."""
    if head.units < 2 or not comparable(labels.shape[1:], head.shape):
        return False
    return yes_or_no(labels) and bool((labels.sum(axis=-1) == 1).all())


def yes_or_no(labels: Array) -> bool:
    """Whether all are 0 or 1."""
    return bool(np.isin(labels, (0, 1)).all())


def with_last_axis(labels: Any, outputs: Any) -> Any:
    """Labels (n, ..., places) of outputs (n, ..., places, 1) with that axis, so that each place is compared for itself.

    Keras would take the mean of an example's places, and weigh and mask that. Single numbers stay as they are.
    """
    missing = 1 < len(labels.shape) == len(outputs.shape) - 1 and outputs.shape[-1] == 1
    return ops.expand_dims(labels, -1) if missing else labels


def on_sides(labels: Array) -> bool:
    """Whether all are on one of two sides: 0 and 1, or -1 and 1."""
    return yes_or_no(labels) or bool(np.isin(labels, (-1, 1)).all())


def side_names(labels: Array, head: Head) -> tuple[str, ...]:
    """The names of the two classes of one unit whose labels are -1 and 1; none where they are otherwise."""
    return ("-1", "1") if head.of_sides and head.units == 1 and bool((labels < 0).any()) else ()


def as_rows(numbers: Any, units: int, rank: int) -> Any:
    """Class numbers (n, ...) or (n, ..., 1) as (n, ..., units), `rank` axes in all; no class gives zeros."""
    whole = ops.cast(numbers, "int32")
    if len(whole.shape) == rank:
        whole = ops.squeeze(whole, axis=-1)
    return ops.one_hot(whole, units, dtype="float32")
