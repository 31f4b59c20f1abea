"""Figures over epochs as lines in an SVG: light or dark as its reader prefers, on a ground of its own.

Every text from outside is text.
"""

from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.axes import Axis, drawable, upright_axis
from cnnspec.reports.diagram.colours import DARK, LIGHT
from cnnspec.reports.html_tables import escaped

_WIDTH, _HEIGHT = 620, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 34, 40
_LINES = 14
"""Lines of text that would stand beside the axis, by which its labels are chosen."""
_COLOURS = ("#2f7ed8", "#e07b26", "#2a9d5c", "#c2417f", "#8a63d2", "#7f8c2f")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_STYLE = (
    f"text{{font:12px Helvetica,Arial,Liberation Sans,sans-serif}}"
    f".ground{{fill:{LIGHT.ground}}}.ink{{fill:{LIGHT.ink};color:{LIGHT.ink}}}"
    f"@media(prefers-color-scheme:dark){{.ground{{fill:{DARK.ground}}}.ink{{fill:{DARK.ink};color:{DARK.ink}}}}}"
)
_NAME = 20
"""Characters of a name beside the lines; all of it is told by its tooltip."""


def curves_svg(series: Mapping[str, Sequence[float]], title: str) -> str:
    """A line for each series, a value an epoch; what is no number is a gap. Empty where there is nothing to draw."""
    values = [value for line in series.values() for value in line if drawable(value)]
    if not values:
        return ""
    epochs = max(len(line) for line in series.values())
    frame = _Frame(epochs, upright_axis(values, _LINES))
    parts = [*_axes(frame, title), *_lines(frame, series), *_legend(series)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img"'
    ground = f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    told = f"<title>{escaped(title)} by epoch</title><style>{_STYLE}</style>"
    return f'{head} height="{_HEIGHT}">{told}{ground}<g class="ink">{"".join(parts)}</g></svg>'


class _Frame:
    """Where an epoch and a value stand."""

    def __init__(self, epochs: int, axis: Axis) -> None:
        self.epochs, self.axis = epochs, axis

    def x(self, epoch: int) -> float:
        """From the left; a single epoch stands in the middle."""
        room = _WIDTH - _LEFT - _RIGHT
        return round(_LEFT + (room / 2 if self.epochs == 1 else room * epoch / (self.epochs - 1)), 1)

    def y(self, value: float) -> float:
        """From the top."""
        return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - self.axis.share(value)), 1)


def _axes(frame: _Frame, title: str) -> Iterator[str]:
    yield f'<text x="{_LEFT}" y="18" font-weight="600">{escaped(title)}</text>'
    right = _WIDTH - _RIGHT
    for value, label in frame.axis.ticks:
        y = frame.y(value)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="currentColor" stroke-opacity=".18"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" opacity=".8">{label.strip()}</text>'
    every = max(1, -(-frame.epochs // 10))
    for epoch in range(0, frame.epochs, every):
        x, y = frame.x(epoch), _HEIGHT - _BOTTOM + 18
        yield f'<text x="{x}" y="{y}" text-anchor="middle" opacity=".8">{epoch + 1}</text>'
    middle = (_LEFT + right) / 2
    yield f'<text x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle" opacity=".8">epoch</text>'


def _look(number: int) -> str:
    """A colour and a dash of its own, so that lines stay apart for eyes that see few colours."""
    dash = _DASHES[number % len(_DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'fill="none" stroke="{_COLOURS[number % len(_COLOURS)]}" stroke-width="2"{dashed}'


def _lines(frame: _Frame, series: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for number, (name, line) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        for piece in _pieces(line):
            points = " ".join(f"{frame.x(epoch)},{frame.y(value)}" for epoch, value in piece)
            yield f'<polyline {_look(number)} points="{points}"/>'
        for epoch, value in ((epoch, value) for epoch, value in enumerate(line) if drawable(value)):
            told = f"{name}, epoch {epoch + 1}: {value:.5g}"
            dot = f'<circle cx="{frame.x(epoch)}" cy="{frame.y(value)}" r="3" fill="{colour}">'
            yield f"{dot}<title>{escaped(told)}</title></circle>"


def _pieces(line: Sequence[float]) -> Iterator[list[tuple[int, float]]]:
    """The stretches of a line without a gap in them."""
    piece: list[tuple[int, float]] = []
    for epoch, value in enumerate(line):
        if drawable(value):
            piece.append((epoch, value))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _legend(series: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for number, name in enumerate(series):
        x, y = _WIDTH - _RIGHT + 14, _TOP + 8 + 20 * number
        shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        yield f'<path {_look(number)} d="M{x} {y - 4}h22"/>'
        yield f'<text x="{x + 28}" y="{y}">{escaped(shown)}<title>{escaped(name)}</title></text>'
