"""Which example of its file each example is, after examples were divided and shuffled."""

import numpy as np

from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Array, Column, Dataset, Split, each_split
from cnnspec.backend.data.texts import Texts

_ROWS = ""
"""The column that counts a split's examples as they were read, from 0; no input can be called so."""


def numbered(dataset: Dataset) -> Dataset:
    """The same splits with a further column that goes along when they are divided."""
    return each_split(dataset, _numbered)


def _numbered(split: Split) -> Split:
    return split.with_inputs({**split.inputs, _ROWS: np.arange(split.count)})


def rows_of(split: Split) -> Array:
    """Each example's place among those that its split was read with, from 0."""
    return np.asarray(split.inputs[_ROWS])


def columns_of(split: Split) -> dict[str, Column]:
    """The columns that the network reads."""
    return {name: column for name, column in split.inputs.items() if name != _ROWS}


def place_of(split: Split, row: int) -> str:
    """Where an example stands: its file and line, its picture's file, or its index (from 0) in an array."""
    for name, column in columns_of(split).items():
        if isinstance(column, Texts):
            return column.origins.at(row)
        if isinstance(column, Pictures):
            return str(column.shown[row])
        first = f"{split.source_of(name)}, index {rows_of(split)[row]}"
    return first
