"""Which example of its file each example is, after examples were divided and shuffled."""

from dataclasses import replace

import numpy as np

from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Dataset, Split, each_split
from cnnspec.backend.data.texts import Texts


def numbered(dataset: Dataset) -> Dataset:
    """The same splits with their rows counted."""
    return each_split(dataset, lambda split: replace(split, rows=np.arange(split.count)))


def place_of(split: Split, row: int) -> str:
    """Where an example stands: its file and line, its picture's file, or its index (from 0) in an array."""
    assert split.rows is not None
    for name, column in split.inputs.items():
        if isinstance(column, Texts):
            return column.origins.at(row)
        if isinstance(column, Pictures):
            return str(column.shown[row])
        first = f"{split.source_of(name)}, index {split.rows[row]}"
    return first
