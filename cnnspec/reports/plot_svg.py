"""Lines over two axes as an SVG whose ink and font are those of the page around it; every text from outside is text."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnspec.reports.axes import Axis, drawable
from cnnspec.reports.html_tables import escaped

WIDTH, HEIGHT = 620, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 34, 40
LABELLED = 14
"""Lines of text that would stand beside the upright axis, by which its labels are chosen."""
COLOURS = ("#2f7ed8", "#e07b26", "#2a9d5c", "#c2417f", "#8a63d2", "#7f8c2f")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_NAME = 20
"""Characters of a name beside the lines; all of it is told by its tooltip."""
_DOTS = 150
"""A line of more points has no dots, which could not be told apart."""
_LINES, _WIDE_APART = 15, 10
"""Lines with a name beside them, in their order; up to so many have room between them."""
UNIT = Axis(0.0, 1.0, tuple((tenth / 10, f"{tenth / 10:g}") for tenth in range(0, 11, 2)))
"""From 0 to 1, of shares and probabilities."""

Point = tuple[float, float, str]
"""How far to the right, how far up, and what a tooltip says of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """Points in order, joined but where one cannot be drawn. `beside` is the number of the line whose colour it has."""

    name: str
    points: tuple[Point, ...]
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines under a title, over axes with their names; on the `diagonal` both axes have the same value."""

    title: str
    across: Axis
    upright: Axis
    lines: tuple[Line, ...]
    named: tuple[str, str] = ("", "")
    diagonal: bool = False


def plot_svg(plot: Plot, head: str = 'class="plot"', ground: str = "") -> str:
    """The drawing; `head` are attributes of its root, `ground` what lies under it."""
    parts = "".join((*_axes(plot), *_lines(plot), *_legend(plot)))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    told = f"<title>{escaped(plot.title)}</title>"
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {head} {size} role="img">'
    return f'{start}{told}{ground}<g class="ink">{parts}</g></svg>'


def _x(axis: Axis, value: float) -> float:
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * axis.share(value), 1)


def _y(axis: Axis, value: float) -> float:
    return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - axis.share(value)), 1)


def _axes(plot: Plot) -> Iterator[str]:
    scale = " (logarithmic)" if plot.upright.logarithmic else ""
    yield f'<text x="{_LEFT}" y="18" font-weight="600">{escaped(plot.title)}{scale}</text>'
    right, middle = WIDTH - _RIGHT, (WIDTH - _RIGHT + _LEFT) / 2
    for value, label in plot.upright.ticks:
        y = _y(plot.upright, value)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="currentColor" stroke-opacity=".18"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" opacity=".8">{label.strip()}</text>'
    for value, label in plot.across.ticks:
        x, y = _x(plot.across, value), HEIGHT - _BOTTOM + 18
        yield f'<text x="{x}" y="{y}" text-anchor="middle" opacity=".8">{label}</text>'
    across, upright = plot.named
    yield f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle" opacity=".8">{escaped(across)}</text>'
    if upright:
        place = f'transform="rotate(-90 12 {HEIGHT / 2})" x="12" y="{HEIGHT / 2}"'
        yield f'<text {place} text-anchor="middle" opacity=".8">{escaped(upright)}</text>'
    if plot.diagonal:
        ends = (_x(plot.across, 0), _y(plot.upright, 0), _x(plot.across, 1), _y(plot.upright, 1))
        yield '<path d="M{} {}L{} {}" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="3 4"/>'.format(*ends)


def _look(line: Line, number: int) -> str:
    """A colour and a dash, so that lines stay apart for eyes that see few colours."""
    of = number if line.beside is None else line.beside
    dash = _DASHES[of % len(_DASHES)] if line.beside is None else "1 4"
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'fill="none" stroke="{_colour(line, number)}" stroke-width="2"{dashed}'


def _colour(line: Line, number: int) -> str:
    return COLOURS[(number if line.beside is None else line.beside) % len(COLOURS)]


def _lines(plot: Plot) -> Iterator[str]:
    for number, line in enumerate(plot.lines):
        for piece in _pieces(line.points):
            points = " ".join(f"{_x(plot.across, x)},{_y(plot.upright, y)}" for x, y, _ in _thinned(piece))
            yield f'<polyline {_look(line, number)} points="{points}"/>'
        for x, y, told in line.points if len(line.points) <= _DOTS else ():
            if drawable(y):
                place = f'cx="{_x(plot.across, x)}" cy="{_y(plot.upright, y)}"'
                dot = f'<circle {place} r="3" fill="{_colour(line, number)}">'
                yield f"{dot}<title>{escaped(told)}</title></circle>"


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
    most = 2 * WIDTH
    if len(piece) <= most:
        return piece
    few = math.ceil(2 * len(piece) / most)
    kept: list[Point] = []
    for start in range(0, len(piece), few):
        some = piece[start : start + few]
        ends = {min(some, key=lambda point: point[1]), max(some, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _legend(plot: Plot) -> Iterator[str]:
    x, high = WIDTH - _RIGHT + 14, 15 if len(plot.lines) > _WIDE_APART else 20
    for number, line in enumerate(plot.lines[:_LINES]):
        y = _TOP + 8 + high * number
        shown = line.name if len(line.name) <= _NAME else f"{line.name[: _NAME - 1]}…"
        yield f'<path {_look(line, number)} d="M{x} {y - 4}h22"/>'
        yield f'<text x="{x + 28}" y="{y}">{escaped(shown)}<title>{escaped(line.name)}</title></text>'
    if len(plot.lines) > _LINES:
        more = f"and {len(plot.lines) - _LINES} more"
        yield f'<text x="{x}" y="{_TOP + 8 + high * _LINES}" opacity=".8">{more}</text>'
