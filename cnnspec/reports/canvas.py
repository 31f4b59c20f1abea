"""A field of character cells on which lines are drawn: in Braille dots, or in letters where only ASCII goes."""

from collections.abc import Iterator, Sequence

from rich.style import Style
from rich.text import Text

COLOURS = (33, 166, 28, 163, 30, 131, 99, 101)
"""Of the 256 colours of terminals, ones that stand out from white as from black."""
_MARKS = "●▲■◆○△□◇abcdefghijklmnopqrstuvwxyz"
_ASCII_MARKS = "ox+*#@%&abcdefghijklmnpqrstuvwyz"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of the 4 x 2 dots of a Braille character, from U+2800."""
_APART = 16
"""Cells between two marks of a line."""

Point = tuple[int, int]
"""How far to the right, how far down; of a dot or a cell."""


def mark(number: int, ascii: bool) -> str:
    """The character that tells the line with this number, from 0, from the others."""
    marks = _ASCII_MARKS if ascii else _MARKS
    return marks[number % len(marks)]


def colour(number: int) -> Style:
    """The colour of the line with this number, from 0."""
    return Style(color=f"color({COLOURS[number % len(COLOURS)]})")


class Canvas:
    """`columns` x `rows` cells, each in the colour of the last line that went through it, under the marks of all.

    A cell has 2 x 4 dots, or one where only `ascii` goes.
    """

    def __init__(self, columns: int, rows: int, ascii: bool) -> None:
        self.columns, self.rows = columns, rows
        self._ascii = ascii
        self._across, self._down = (1, 1) if ascii else (2, 4)
        self._dots: dict[Point, int] = {}
        self._marks: dict[Point, int] = {}
        self._lines: dict[Point, int] = {}

    def cell(self, right: float, down: float) -> Point:
        """The cell at these parts, 0 to 1, of the way to the right and down."""
        return self._cell(self._dot((right, down)))

    def draw(self, points: Sequence[tuple[float, float] | None], number: int) -> None:
        """A line through points given as parts of the way to the right and down; None is a gap."""
        before: Point | None = None
        drawn: list[Point] = []
        for dot in _thinned([point and self._dot(point) for point in points]):
            for each in _between(before or dot, dot) if dot else ():
                self._set(each, number)
            drawn += [dot] if dot else []
            before = dot
        self._mark([self._cell(dot) for dot in drawn], number)

    def row(self, row: int) -> Text:
        """One line of the field."""
        text = Text()
        for column in range(self.columns):
            text.append(*self._drawn((column, row)))
        text.rstrip()
        return text

    def _drawn(self, cell: Point) -> tuple[str, Style | None]:
        if cell in self._marks or (self._ascii and cell in self._lines):
            number = self._marks.get(cell, self._lines[cell])
            return mark(number, self._ascii), colour(number)
        if cell in self._lines:
            return chr(0x2800 + self._dots[cell]), colour(self._lines[cell])
        return " ", None

    def _dot(self, point: tuple[float, float]) -> Point:
        return (
            round(point[0] * (self.columns * self._across - 1)),
            round(point[1] * (self.rows * self._down - 1)),
        )

    def _cell(self, dot: Point) -> Point:
        return dot[0] // self._across, dot[1] // self._down

    def _set(self, dot: Point, number: int) -> None:
        cell = self._cell(dot)
        self._dots[cell] = self._dots.get(cell, 0) | _DOTS[dot[1] % self._down][dot[0] % self._across]
        self._lines[cell] = number

    def _mark(self, cells: Sequence[Point], number: int) -> None:
        """Put marks on some cells of points: as far apart as is legible, and not where other lines have theirs.

        Between two points there is none, since nothing was measured there. Few points have one each, as far as may be.
        """
        free, mine = 0 if len(cells) * _APART <= self.columns else number * 7 % _APART, 0
        for cell in cells:
            if cell[0] >= free and cell not in self._marks:
                self._marks[cell] = number
                free, mine = cell[0] + _APART, mine + 1
        if not mine and cells:
            self._marks[cells[-1]] = number


def _thinned(dots: Sequence[Point | None]) -> Iterator[Point | None]:
    """The dots without those between the highest and the lowest of one column, which nobody can see."""
    run: list[Point] = []
    for dot in dots:
        if run and (dot is None or dot[0] != run[0][0]):
            yield from _ends(run)
            run = []
        if dot is None:
            yield None
        else:
            run.append(dot)
    yield from _ends(run)


def _ends(run: list[Point]) -> Iterator[Point]:
    """Of dots in one column, the first, the highest, the lowest and the last."""
    return iter((run[0], min(run), max(run), run[-1]) if len(run) > 1 else run)


def _between(start: Point, end: Point) -> Iterator[Point]:
    """The dots of a straight line."""
    right, down = end[0] - start[0], end[1] - start[1]
    steps = max(abs(right), abs(down), 1)
    return (
        (start[0] + round(right * step / steps), start[1] + round(down * step / steps)) for step in range(steps + 1)
    )
