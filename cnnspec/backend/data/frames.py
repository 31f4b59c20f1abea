"""pandas frames, and whatever else has columns by name, as the rows of a table."""

from typing import Any

import numpy as np

from cnnspec.backend.data.cell_texts import cells_of
from cnnspec.backend.data.rows import Rows
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def is_frame(value: object) -> bool:
    """Whether it has named columns and rows, as a frame of pandas or polars."""
    return hasattr(value, "columns") and hasattr(value, "to_numpy") and getattr(value, "ndim", 2) == 2


def rows_of(frame: Any, shown: str) -> Rows:
    """The rows of a frame; what is missing is an empty cell. Raises Rejected where there is none."""
    names = tuple(str(name) for name in frame.columns)
    if not len(frame):
        raise rejected("empty-data", f"the frame for {shown} has no rows", "at least one example", at=NOWHERE)
    columns = [cells_of(frame[name]) for name in _keys(frame)]
    cells = list(zip(*columns, strict=True)) if columns else [()] * len(frame)
    return Rows(shown, names, cells, np.arange(len(cells)), NOWHERE, in_memory=True)


def _keys(frame: Any) -> list[Any]:
    keys = list(frame.columns)
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise rejected("no-column", f"the frame has two columns {twice}", "one of each name", "rename one", at=NOWHERE)
    return keys
