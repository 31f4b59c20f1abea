"""Where examples stand in files of text, so that messages can name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.source.route import Route

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """For each example the file (a position in `files`), its line, and its row where rows may span lines.

    `routes` are where the spec names the files. Lines and rows count from 1; a row of a table is one example, the
    header not counted. Where no file is, examples have an index instead of a line, from 0: `counted` says so.
    """

    files: tuple[str, ...]
    file: NDArray[Any]
    line: NDArray[Any]
    row: NDArray[Any] | None
    routes: tuple[Route, ...]
    counted: str = "line"

    def __len__(self) -> int:
        return len(self.line)

    def __getitem__(self, rows: NDArray[Any]) -> "Origins":
        """Those of some examples, in the order of `rows`."""
        numbers = None if self.row is None else self.row[rows]
        return Origins(self.files, self.file[rows], self.line[rows], numbers, self.routes, self.counted)

    @property
    def named(self) -> str:
        """The file, or the first of several."""
        return self.files[0] + (f" and {len(self.files) - 1} more" if len(self.files) > 1 else "")

    def route(self, example: int = 0) -> Route:
        """Where the spec names the file of an example."""
        return self.routes[int(self.file[example])]

    def at(self, example: int) -> str:
        """`reviews.csv, row 3 (line 7)`, or `questions.txt, line 3`."""
        return f"{self.files[int(self.file[example])]}, {self._numbered(example)}"

    def among(self, examples: Iterable[int]) -> str:
        """Some places in one text: `row 3 (line 7), row 9 (line 15) and 4 more`, the file named once."""
        found = list(examples)
        first = int(self.file[found[0]])
        parts = [self._numbered(each) if int(self.file[each]) == first else self.at(each) for each in found]
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        return f"{self.files[first]}, {', '.join(parts[:_MOST_NAMED])}{more}"

    def _numbered(self, example: int) -> str:
        if self.row is None:
            return f"{self.counted} {self.line[example]}"
        return f"row {self.row[example]} (line {self.line[example]})"


def lines_of(file: str, count: int, at: Route) -> Origins:
    """A file in which every line is an example."""
    return Origins((file,), np.zeros(count, np.int32), np.arange(1, count + 1), None, (at,))


def indices_of(shown: str, count: int, at: Route) -> Origins:
    """Examples that are in no file but in memory."""
    return Origins((shown,), np.zeros(count, np.int32), np.arange(count), None, (at,), "index")


def joined(parts: tuple[Origins, ...]) -> Origins:
    """Examples of several files one after the other; none of them has rows."""
    files = tuple(part.files[0] for part in parts)
    numbers = [np.full(len(part), number, np.int32) for number, part in enumerate(parts)]
    lines = np.concatenate([part.line for part in parts])
    return Origins(files, np.concatenate(numbers), lines, None, tuple(part.routes[0] for part in parts))
