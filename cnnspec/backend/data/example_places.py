"""Which example of its file each example is, after examples were divided and shuffled, and what it says."""

import hashlib
from dataclasses import replace

import numpy as np

from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Dataset, Split, each_split
from cnnspec.backend.data.texts import Texts


def numbered(dataset: Dataset) -> Dataset:
    """The same splits with their rows counted, where their source does not number them itself."""
    return each_split(
        dataset, lambda split: split if split.rows is not None else replace(split, rows=np.arange(split.count))
    )


def place_of(split: Split, row: int) -> str:
    """Where an example stands: its picture's file, its file and line or row, or its index (from 0) in an array."""
    assert split.rows is not None
    for column in split.inputs.values():
        if isinstance(column, Texts):
            return column.origins.at(row)
        if isinstance(column, Pictures):
            return str(column.shown[row])
    if split.origins is not None:
        return split.origins.at(row)
    return f"{split.source_of(next(iter(split.inputs)))}, index {split.rows[row]}"


def text_of(split: Split, row: int) -> str | None:
    """The text that an example is, of several inputs each after the other; None where it has none."""
    texts = [str(column.items[row]) for column in split.inputs.values() if isinstance(column, Texts)]
    return " | ".join(texts) if texts else None


def checksum_of(split: Split, below: str) -> str:
    """A checksum of which examples a split holds, in their order: where each stands, its text and its labels.

    Two runs of the same data have the same where they answered the same examples. Places start `below` a folder.
    """
    digest = hashlib.sha256()
    for row in range(split.count):
        digest.update(f"{place_of(split, row).removeprefix(below)}\0{text_of(split, row)}\0".encode())
    for name, labels in sorted(split.labels.items()):
        digest.update(f"{name} {labels.dtype} {labels.shape}\0".encode())
        digest.update(np.ascontiguousarray(labels).tobytes())
    return digest.hexdigest()
