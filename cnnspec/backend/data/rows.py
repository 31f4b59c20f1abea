"""The rows of a table, whatever its format: every cell is text, an empty one is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cnnspec.backend.data.cells import Cells
from cnnspec.backend.data.formats.decode_text import IN_DATA
from cnnspec.backend.data.numerals import has_dots_for_decimals
from cnnspec.backend.data.origins import Origins, indices_of
from cnnspec.backend.data.splits import Array
from cnnspec.source.diagnostic import rejected, suggestion
from cnnspec.source.route import FILE, Route


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """How a table is written. `separator` is None for the mark that the file's ending stands for.

    `where` is where a spec says its encoding, in words; nothing where no spec is read, as in predict.
    """

    encoding: str = "utf-8"
    separator: str | None = None
    decimal: str = "."
    where: str = IN_DATA
    skips: bool = False
    """Whether rows that cannot be read are left out."""


AS_USUAL = Written()
"""UTF-8, with the ending's own separator and a decimal point."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A table as its file holds it; `lines` are where the rows start, counted from 1.

    `header` is its first line as it stands there, and `separator` by what that was divided.
    """

    file: str
    columns: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    lines: Array
    at: Route = FILE
    """Where the spec names the file."""
    written: Written = AS_USUAL
    header: str = ""
    separator: str = ""
    numbers: Array | None = None
    """Which rows of the file these are, from 1, where not all of them are here."""
    skipped: Mapping[int, str] = field(default_factory=dict)
    """Which are not, by their number, and why."""
    in_memory: bool = False
    """Whether they are those of a frame, whose rows have an index and no line."""

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def origins(self) -> Origins:
        """Where each row stands."""
        if self.in_memory:
            return indices_of(self.file, len(self), self.at)
        return Origins((self.file,), np.zeros(len(self), np.int32), self.lines, self._numbers, (self.at,))

    @property
    def _numbers(self) -> Array:
        return np.arange(1, len(self) + 1) if self.numbers is None else self.numbers

    def without(self, reasons: Mapping[int, str]) -> "Rows":
        """All but some rows, by their place here, with why each is left out; raises Rejected where none is left."""
        if not reasons:
            return self
        kept = [row for row in range(len(self)) if row not in reasons]
        if not kept:
            first = next(iter(reasons.values()))
            received = f"all {len(self)} rows of {self.file} were skipped, the first since {first}"
            raise rejected("empty-data", received, "at least one example", at=self.at)
        skipped = {int(self._numbers[row]): reason for row, reason in reasons.items()}
        return replace(
            self,
            cells=tuple(self.cells[row] for row in kept),
            lines=self.lines[kept],
            numbers=self._numbers[kept],
            skipped={**self.skipped, **skipped},
        )

    def column(self, name: str, at: Route, *, empty: bool = False) -> Cells:
        """One column; raises Rejected if there is not exactly one of this name, or if a cell is empty.

        With `empty` a cell may be. `at` is where the spec names the column.
        """
        position = self._position(name, at)
        values = [row[position] for row in self.cells]
        decimal = "." if self.written.decimal == "." or has_dots_for_decimals(set(values)) else self.written.decimal
        cells = Cells(f"column {name}", values, self.origins, name, decimal)
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
            mark = other_separator(self.header, self.separator, (name,))
            help = separator_help(mark, self.separator, bool(self.written.where)) or suggestion(
                name, [column for column in self.columns if column]
            )
            raise rejected("no-column", f"{self.file} has no column {name}", "a column that is there", help, at=at)
        return self.columns.index(name)


SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "bars", ":": "colons"}
"""What people divide cells by, and how it is called."""


def other_separator(header: str, separator: str, wanted: Sequence[str] = ()) -> str | None:
    """The mark that divides a header where it is not the one that was taken; None where nothing speaks for another.

    It is another one where that makes columns among which are those that are `wanted`, or where the one that was
    taken makes a single column.
    """
    for mark in SEPARATORS:
        names = [name.strip().strip('"') for name in header.split(mark)]
        found = bool(wanted) and set(wanted) <= set(names)
        if mark != separator and len(names) > 1 and (found or separator not in header):
            return mark
    return None


def separator_help(mark: str | None, taken: str, in_spec: bool) -> str:
    """What to do where a table is divided by this mark instead of the one that was taken."""
    if mark is None:
        return ""
    told = f"the table is divided by {SEPARATORS[mark]}"
    if in_spec:
        return f"{told}: write separator: {shown_mark(mark)} under data"
    return f"{told}, unlike the data of the run: save it with {SEPARATORS.get(taken, taken)} between its cells"


def shown_mark(mark: str) -> str:
    """A separator as it is written in a spec."""
    return '"\\t"' if mark == "\t" else f'"{mark}"'
