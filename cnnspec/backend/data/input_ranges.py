"""What the numbers range over that a network of arrays learns from."""

import numpy as np

from cnnspec.backend.data.splits import Array, Split
from cnnspec.language.sources.section import DataSection
from cnnspec.runs.ranges import Range

_MOST = 10_000
"""Examples that the mean is taken of, evenly spaced."""


def ranges_of(train: Split, section: DataSection) -> dict[str, Range]:
    """The range of each input that came as an array of numbers; nothing where the data came otherwise."""
    if not section.arrays:
        return {}
    columns = {name: column for name, column in train.inputs.items() if isinstance(column, np.ndarray)}
    return {name: _range(column) for name, column in columns.items() if column.size and column.dtype.kind in "fiub"}


def _range(numbers: Array) -> Range:
    every = -(-len(numbers) // _MOST)
    least, largest = float(numbers.min()), float(numbers.max())
    return Range(least, min(largest, max(least, float(np.mean(numbers[::every], dtype=np.float64)))), largest)
