"""Columns that a Python program gives, as numbers or as texts: arrays, series, tensors, lists."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_NUMBERS = "fiub"


def column_of(value: Any, shown: str) -> Array | list[str]:
    """Numbers (n, ...), or n texts; raises Rejected where it is neither, or where something is missing.

    `shown` is how messages call it.
    """
    array = _array(value, shown)
    if array.ndim == 0:
        raise rejected("input-shape", f"{shown} is a single {_word(array.item())}", "one for each example", at=NOWHERE)
    if not len(array):
        raise rejected("empty-data", f"{shown} is empty", "at least one example", at=NOWHERE)
    if array.dtype.kind in _NUMBERS:
        return array
    if array.dtype.kind in "OUS":
        return _of_objects(array, shown)
    raise rejected("not-numbers", f"{shown} holds {array.dtype}", "numbers or texts", at=NOWHERE)


def _array(value: Any, shown: str) -> Array:
    if hasattr(value, "to_numpy"):
        return np.asarray(value.to_numpy())
    if hasattr(value, "numpy") and callable(value.numpy):
        return np.asarray(value.numpy())
    if hasattr(value, "__array_interface__"):
        return np.asarray(value)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        what = f"a single {_word(value)}" if isinstance(value, (str, bytes, int, float)) else type(value).__name__
        raise rejected("bad-data", f"{shown} is {what}", "an array or a list, one item for each example", at=NOWHERE)
    if isinstance(value, Sequence) and any(isinstance(item, (str, bytes)) for item in value):
        return _objects(value)
    try:
        return np.asarray(value)
    except ValueError:
        raise _uneven(value, shown) from None


def _objects(items: Sequence[Any]) -> Array:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def _uneven(value: Any, shown: str) -> Rejected:
    shapes = list(dict.fromkeys(str(np.shape(item)) for item in value if hasattr(item, "__len__")))
    received = f"{shown} holds examples of different shapes: {', '.join(shapes[:3])}"
    return rejected("input-shape", received, "examples that are alike", "pad them, or cut them to one size", at=NOWHERE)


def _of_objects(array: Array, shown: str) -> Array | list[str]:
    """Texts, or numbers that an array holds as objects of Python."""
    items = array.tolist()
    if array.ndim == 1 and all(isinstance(item, (str, bytes)) for item in items):
        return [item if isinstance(item, str) else item.decode("utf-8", "replace") for item in items]
    if missing := [at for at, item in enumerate(items) if _is_missing(item)]:
        received = f"{shown}, index {missing[0]}: nothing is there"
        raise rejected("missing-cell", received, "a value for every example", "fill it in, or drop it", at=NOWHERE)
    try:
        numbers = np.array(items)
    except ValueError:
        raise _uneven(items, shown) from None
    if numbers.dtype.kind in _NUMBERS:
        return numbers
    wrong = next((item for item in items if not isinstance(item, (int, float, str))), items[0])
    raise rejected("not-numbers", f"{shown} holds {_word(wrong)}", "numbers alone, or texts alone", at=NOWHERE)


def _is_missing(item: Any) -> bool:
    return item is None or (isinstance(item, float) and item != item) or str(item) in ("<NA>", "NaT")


def _word(value: object) -> str:
    return "text" if isinstance(value, (str, bytes)) else type(value).__name__
