"""Lines over two axes as an SVG whose ink and font are those of the page around it; every text from outside is text."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnspec.reports.axes import Axis, drawable
from cnnspec.reports.html_tables import escaped

LABELLED = 14
"""Lines of text that would stand beside the upright axis, by which its labels are chosen."""
COLOURS = ("#2f7ed8", "#e07b26", "#2a9d5c", "#c2417f", "#8a63d2", "#7f8c2f")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_NAME = 20
"""Characters of a name of a line; all of it is told by its tooltip."""
_DOTS, _POINTS = 150, 1200
"""A line of more points has no dots, which could not be told apart; of still more it has some of them."""
_LINES = 15
"""Lines that are named, in their order."""
UNIT = Axis(0.0, 1.0, tuple((tenth / 10, f"{tenth / 10:g}") for tenth in range(0, 11, 2)))
"""From 0 to 1, of shares and probabilities."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How large a drawing is, and how much of it is margin; names of lines stand at the right, or in columns below."""

    width: int
    height: int
    right: int
    named_below: bool = False
    left: int = 56
    top: int = 34
    bottom: int = 40

    def x(self, axis: Axis, value: float) -> float:
        """From the left."""
        return round(self.left + (self.width - self.left - self.right) * axis.share(value), 1)

    def y(self, axis: Axis, value: float) -> float:
        """From the top."""
        return round(self.top + (self.height - self.top - self.bottom) * (1 - axis.share(value)), 1)

    def name_at(self, number: int) -> tuple[int, int]:
        """Where the name of a line stands."""
        if self.named_below:
            return self.left + number % 2 * _COLUMN, self.height + 14 + number // 2 * _ROW
        return self.width - self.right + 14, self.top + 8 + number * _ROW


_COLUMN, _ROW = 172, 16
ALONE = Frame(620, 280, 150)
"""For a drawing in a page of others."""
NARROW = Frame(400, 250, 14, named_below=True)
"""For one that must be read on a phone."""

Point = tuple[float, float, str]
"""How far to the right, how far up, and what a tooltip says of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """Points in order, `joined` but where one cannot be drawn, each with a dot, or not `dotted`.

    `colour` numbers what it is drawn as, by default its place; one that is `beside` another of that colour is fainter.
    """

    name: str
    points: tuple[Point, ...]
    colour: int | None = None
    beside: bool = False
    joined: bool = True
    dotted: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines under a title, over axes with their names; on the `diagonal` both axes have the same value."""

    title: str
    across: Axis
    upright: Axis
    lines: tuple[Line, ...]
    named: tuple[str, str] = ("", "")
    diagonal: bool = False


def plot_svg(plot: Plot, frame: Frame = NARROW, head: str = 'class="plot"', style: str = "") -> str:
    """The drawing; `head` are attributes of its root, `style` is what stands before everything else."""
    names = list(_names(plot, frame))
    below = -(-len(names) // 2) * _ROW + 10 if frame.named_below and names else 0
    parts = "".join((*_axes(plot, frame), *_lines(plot, frame), *names))
    size = f'viewBox="0 0 {frame.width} {frame.height + below}" width="{frame.width}" height="{frame.height + below}"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {head} {size} role="img"><title>{escaped(plot.title)}</title>'
    return f'{start}{style}<g class="ink">{parts}</g></svg>'


def _axes(plot: Plot, frame: Frame) -> Iterator[str]:
    scale = " (logarithmic)" if plot.upright.logarithmic else ""
    yield f'<text x="{frame.left}" y="18" font-weight="600">{escaped(plot.title)}{scale}</text>'
    right, middle = frame.width - frame.right, (frame.width - frame.right + frame.left) / 2
    for value, label in plot.upright.ticks:
        y = frame.y(plot.upright, value)
        yield f'<path d="M{frame.left} {y}H{right}" stroke="currentColor" stroke-opacity=".18"/>'
        yield f'<text x="{frame.left - 8}" y="{y + 4}" text-anchor="end" opacity=".8">{label.strip()}</text>'
    for value, label in plot.across.ticks:
        x, y = frame.x(plot.across, value), frame.height - frame.bottom + 18
        yield f'<text x="{x}" y="{y}" text-anchor="middle" opacity=".8">{label}</text>'
    across, upright = plot.named
    yield f'<text x="{middle}" y="{frame.height - 4}" text-anchor="middle" opacity=".8">{escaped(across)}</text>'
    if upright:
        place = f'transform="rotate(-90 12 {frame.height / 2})" x="12" y="{frame.height / 2}"'
        yield f'<text {place} text-anchor="middle" opacity=".8">{escaped(upright)}</text>'
    if plot.diagonal:
        low, high = max(plot.across.low, plot.upright.low), min(plot.across.high, plot.upright.high)
        start, end = ((frame.x(plot.across, each), frame.y(plot.upright, each)) for each in (low, high))
        line = f"M{start[0]} {start[1]}L{end[0]} {end[1]}"
        yield f'<path d="{line}" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="3 4"/>'


def _look(line: Line, number: int) -> str:
    """A colour and a dash, so that lines stay apart for eyes that see few colours."""
    dash = "1 4" if line.beside else _DASHES[_numbered(line, number) % len(_DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'fill="none" stroke="{_colour(line, number)}" stroke-width="2"{dashed}'


def _colour(line: Line, number: int) -> str:
    return COLOURS[_numbered(line, number) % len(COLOURS)]


def _numbered(line: Line, number: int) -> int:
    return number if line.colour is None else line.colour


def _lines(plot: Plot, frame: Frame) -> Iterator[str]:
    for number, line in enumerate(plot.lines):
        for piece in _pieces(line.points) if line.joined else ():
            points = " ".join(f"{frame.x(plot.across, x)},{frame.y(plot.upright, y)}" for x, y, _ in _thinned(piece))
            yield f'<polyline {_look(line, number)} points="{points}"/>'
        for x, y, told in line.points if line.dotted and not (line.joined and len(line.points) > _DOTS) else ():
            if drawable(y):
                place = f'cx="{frame.x(plot.across, x)}" cy="{frame.y(plot.upright, y)}" r="{3 if line.joined else 2}"'
                titled = f"<title>{escaped(told)}</title>" if told else ""
                yield f'<circle {place} fill="{_colour(line, number)}">{titled}</circle>'


def _pieces(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The stretches of a line without a gap in them."""
    piece: list[Point] = []
    for point in points:
        if drawable(point[1]):
            piece.append(point)
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _thinned(piece: Sequence[Point]) -> Sequence[Point]:
    """The points; of more than there is room for, the lowest and the highest of every few, so that peaks stay."""
    if len(piece) <= _POINTS:
        return piece
    few = math.ceil(2 * len(piece) / _POINTS)
    kept: list[Point] = []
    for start in range(0, len(piece), few):
        some = piece[start : start + few]
        ends = {min(some, key=lambda point: point[1]), max(some, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _names(plot: Plot, frame: Frame) -> Iterator[str]:
    """What each line is; nothing where one alone is what the title says."""
    if [line.name for line in plot.lines] == [plot.title]:
        return
    for number, line in enumerate(plot.lines[:_LINES]):
        x, y = frame.name_at(number)
        shown = line.name if len(line.name) <= _NAME else f"{line.name[: _NAME - 1]}…"
        yield f'<path {_look(line, number)} d="M{x} {y - 4}h22"/>'
        yield f'<text x="{x + 28}" y="{y}">{escaped(shown)}<title>{escaped(line.name)}</title></text>'
    if len(plot.lines) > _LINES:
        x, y = frame.name_at(_LINES)
        yield f'<text x="{x}" y="{y}" opacity=".8">and {len(plot.lines) - _LINES} more</text>'


_SMALL_WIDTH, _SMALL_HEIGHT = 320, 110
_SMALL_TOP, _SMALL_LEFT = 20, 44


def small_curves(channels: Sequence[Sequence[float]], title: str) -> str:
    """A signal as a small drawing, whose ink is that of the page around it; what is no number is left out.

    Its numbers in order, a line for each channel, with the ends of its range beside it.
    """
    known = [value for channel in channels for value in channel if drawable(value)] or [0.0]
    low, high = min(known), max(known)
    span = high - low or 1.0
    lines = "".join(_small_line(channel, COLOURS[at % len(COLOURS)], low, span) for at, channel in enumerate(channels))
    ends = f'<text x="0" y="{_SMALL_TOP + 8}">{high:.3g}</text><text x="0" y="{_SMALL_HEIGHT - 4}">{low:.3g}</text>'
    named = f'<text x="{_SMALL_LEFT}" y="12" font-weight="600">{escaped(title)}</text>'
    size = f'viewBox="0 0 {_SMALL_WIDTH} {_SMALL_HEIGHT}" width="{_SMALL_WIDTH}" height="{_SMALL_HEIGHT}"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" {size} role="img">'
    return f"{start}<title>{escaped(title)}</title>{named}{ends}{lines}</svg>"


def _small_line(channel: Sequence[float], colour: str, low: float, span: float) -> str:
    across, down = (_SMALL_WIDTH - _SMALL_LEFT) / max(1, len(channel) - 1), _SMALL_HEIGHT - _SMALL_TOP - 6
    points = (
        f"{_SMALL_LEFT + at * across:.1f},{_SMALL_TOP + down * (1 - (value - low) / span):.1f}"
        for at, value in enumerate(channel)
        if drawable(value)
    )
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.2" points="{" ".join(points)}"/>'
