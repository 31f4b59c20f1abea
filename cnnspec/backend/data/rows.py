"""The rows of a table, whatever its format: every cell is text, an empty one is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.cells import Cells
from cnnspec.backend.data.origins import Origins
from cnnspec.backend.data.splits import Array
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import FILE, Route


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A table as its file holds it; `lines` are where the rows start, counted from 1."""

    file: str
    columns: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    lines: Array
    at: Route = FILE
    """Where the spec names the file."""
    decimal: str = "."
    """The mark before the decimals of its numbers."""

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def origins(self) -> Origins:
        """Where each row stands."""
        return Origins((self.file,), np.zeros(len(self), np.int32), self.lines, np.arange(1, len(self) + 1), (self.at,))

    def column(self, name: str, at: Route, *, empty: bool = False) -> Cells:
        """One column; raises Rejected if there is not exactly one of this name, or if a cell is empty.

        With `empty` a cell may be. `at` is where the spec names the column.
        """
        position = self._position(name, at)
        cells = Cells(f"column {name}", [row[position] for row in self.cells], self.origins, name, self.decimal)
        missing = [] if empty else cells.where(lambda value: not value.strip())
        if missing:
            received = f"{cells.origins.among(missing)}: column {name} is empty"
            raise rejected(
                "missing-cell", received, "a value in every row", "fill it in, or take the row out", at=self.at
            )
        return cells

    def _position(self, name: str, at: Route) -> int:
        found = self.columns.count(name)
        if found > 1:
            received = f"{self.file} has {found} columns {name}"
            raise rejected("no-column", received, "one of that name", "rename the others in the file", at=at)
        if not found:
            help = other_divider(self.columns) or suggestion(name, [column for column in self.columns if column])
            raise rejected(
                "no-column", f"{self.file} has no column {name}", "a column that the spec names", help, at=at
            )
        return self.columns.index(name)


def other_divider(columns: tuple[str, ...]) -> str:
    """What to do where the whole header was read as one column."""
    if len(columns) != 1:
        return ""
    for divider, called in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
        if divider in columns[0]:
            return f"the header is divided by {called}: a .csv is divided by commas, a .tsv by tabs"
    return ""
