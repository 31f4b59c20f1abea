"""A signal as a small drawing: its numbers in order, a line for each channel, with the ends of its range beside it."""

from collections.abc import Sequence

from cnnspec.reports.axes import drawable
from cnnspec.reports.html_tables import escaped
from cnnspec.reports.plot_svg import COLOURS

_WIDTH, _HEIGHT = 320, 110
_TOP, _LEFT = 20, 44


def small_curves(channels: Sequence[Sequence[float]], title: str) -> str:
    """The drawing, whose ink is that of the page around it; what is no number is left out."""
    known = [value for channel in channels for value in channel if drawable(value)] or [0.0]
    low, high = min(known), max(known)
    span = high - low or 1.0
    lines = "".join(_line(channel, COLOURS[at % len(COLOURS)], low, span) for at, channel in enumerate(channels))
    ends = f'<text x="0" y="{_TOP + 8}">{high:.3g}</text><text x="0" y="{_HEIGHT - 4}">{low:.3g}</text>'
    named = f'<text x="{_LEFT}" y="12" font-weight="600">{escaped(title)}</text>'
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" {size} role="img">'
    return f"{start}<title>{escaped(title)}</title>{named}{ends}{lines}</svg>"


def _line(channel: Sequence[float], colour: str, low: float, span: float) -> str:
    across, down = (_WIDTH - _LEFT) / max(1, len(channel) - 1), _HEIGHT - _TOP - 6
    points = (
        f"{_LEFT + at * across:.1f},{_TOP + down * (1 - (value - low) / span):.1f}"
        for at, value in enumerate(channel)
        if drawable(value)
    )
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.2" points="{" ".join(points)}"/>'
