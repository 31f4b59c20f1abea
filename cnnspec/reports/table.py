"""What every printed report is made of: sheets, each a heading, a table and some remarks."""

from typing import Literal

from cnnspec.reports.notation import Pieces
from cnnspec.source.frozen import frozen

Cell = str | Pieces


@frozen
class Column:
    """A column; where width is short the one with the highest `leaves` goes first, and 0 stays.

    A column of words keeps up to `keeps` cells until others are gone. Columns that `share` move to a
    further table below when they do not fit beside each other.
    """

    title: str
    align: Literal["left", "right"] = "left"
    leaves: int = 0
    share: bool = False
    keeps: int = 0


@frozen
class Table:
    """Rows under columns; `totals` stand at the end, set apart."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()


@frozen
class Sheet:
    """A table under its heading; each remark is a list of parts that stand on one line where they fit."""

    heading: tuple[str, ...]
    table: Table
    remarks: tuple[tuple[str, ...], ...] = ()


def excerpt(text: str, most: int = 24) -> str:
    """A text as a cell, or its beginning with an ellipsis where it has more than so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
