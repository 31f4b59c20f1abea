"""What stands on a contact sheet for names that could not be drawn."""

from collections.abc import Sequence

from rich.cells import cell_len

from cnnspec.reports.draw import pad
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown

_GAP = 2
_LEAST = 8


def legend_lines(legend: Sequence[tuple[str, str]], page: Page) -> list[str]:
    """A line for each name, longer ones in several: what is drawn, then the name."""
    if not legend:
        return []
    wide = max(cell_len(drawn) for drawn, _ in legend) + _GAP
    room = max(_LEAST, page.width - 2 - wide)
    lines = wrap("names that no font here has, or that are too long, stand on the sheet as", page.width)
    for drawn, name in legend:
        first, *rest = wrap(shown(name), room)
        lines += [f"  {pad(drawn, wide)}{first}", *(f"  {'':{wide}}{each}" for each in rest)]
    return [page.text(line) for line in lines]
