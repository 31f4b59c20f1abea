"""Numbers in arrays: from where to where they go, read in pieces so that large arrays stay where they are."""

from collections.abc import Iterator

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.results.data import ArrayView
from cnnspec.results.spread import Spread

_PIECE = 2**22
"""Numbers that are converted at a time."""


def array_view(name: str, splits: tuple[Split, ...], columns: tuple[str, ...] = ()) -> ArrayView:
    """The numbers that input `name` reads; `columns` name the places of its last axis, ranged over the first split."""
    arrays = {split.name: np.asarray(split.inputs[name]) for split in splits}
    first = next(iter(arrays.values()))
    named = [range_of(column, first[..., place]) for place, column in enumerate(columns)]
    ranges = tuple(range_of(split, array) for split, array in arrays.items())
    return ArrayView(name, str(first.dtype), first.shape[1:], ranges, tuple(named))


def range_of(name: str, array: Array) -> Spread:
    """The range of an array with at least one number."""
    mean = sum(float(piece.sum()) for piece in _pieces(array)) / array.size
    variance = sum(float(((piece - mean) ** 2).sum()) for piece in _pieces(array)) / array.size
    return Spread(name, float(array.min()), mean, float(np.sqrt(variance)), float(array.max()))


def _pieces(array: Array) -> Iterator[Array]:
    rows = max(1, _PIECE // max(1, array[0].size))
    for start in range(0, len(array), rows):
        yield array[start : start + rows].astype(np.float64)
