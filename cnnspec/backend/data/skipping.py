"""Rows and files that cannot be read, left out where the spec says so: noted, and in any order of reading the same."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import chain

import numpy as np

from cnnspec.backend.data.cells import Cells, shown
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.splits import Dataset, Split, each_split
from cnnspec.results.skipped import Skipped
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import ValueAt


def without_bad_rows(rows: Rows, numbers: Collection[str], others: Collection[str]) -> Rows:
    """The rows whose cells in these columns are there, and in some are `numbers`; the others are noted.

    Columns that the table does not have are passed over: those who read them say it.
    """
    reasons: dict[int, str] = {}
    for column in (each for each in (*numbers, *others) if rows.columns.count(each) == 1):
        for row, reason in _bad_cells(rows.column(column, rows.at, empty=True), column in numbers).items():
            reasons.setdefault(row, reason)
    return rows.without(dict(sorted(reasons.items())))


def _bad_cells(cells: Cells, numbers: bool) -> dict[int, str]:
    """Why cells cannot be used, by their row."""
    empty = cells.where(lambda value: not value.strip())
    wrong = cells.where(lambda value: bool(value.strip()) and cells.number(value) is None) if numbers else []
    words = {row: f"{cells.name} is {shown(cells.values[row])}, no number" for row in wrong}
    return {**dict.fromkeys(empty, f"{cells.name} is empty"), **words}


def without_damaged(dataset: Dataset) -> Dataset:
    """The examples whose pictures can be decoded, every one of them tried; raises Rejected where none is left."""
    noted: list[Skipped] = []

    def whole(split: Split) -> Split:
        columns = [column for column in split.inputs.values() if isinstance(column, Pictures)]
        bad = dict(chain.from_iterable(column.damaged() for column in columns))
        noted.extend(Skipped(split.name, shown, reason) for shown, reason in bad.values())
        if len(bad) == split.count:
            received = f"no picture of {split.source_of(next(iter(split.inputs)))} can be decoded"
            raise rejected("empty-data", received, "at least one", at=ValueAt(("data", split.name)))
        return split.take(np.setdiff1d(np.arange(split.count), list(bad)), split.name) if bad else split

    changed = each_split(dataset, whole)
    return replace(changed, skipped=(*dataset.skipped, *noted))


def below(folder: DataFolder) -> Callable[[Skipped], Skipped]:
    """What makes places those below the data's folder, wherever that lies."""
    prefix = f"{folder.path}/"
    return lambda skipped: replace(skipped, place=skipped.place.removeprefix(prefix))
