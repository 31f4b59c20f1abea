"""A drawing's page: what is drawn, its heading above it, its legend below it."""

from collections.abc import Iterable, Sequence

from cnnspec.reports.diagram.categories import CATEGORIES
from cnnspec.reports.diagram.drawing import SIZES, Box, Drawing, Group, Item, Text, Volume
from cnnspec.reports.diagram.measure import cut, width_of, wrap
from cnnspec.source.frozen import frozen

_EDGE, _ROW, _SWATCH, _NARROWEST = 24.0, 18.0, 12.0, 300.0


@frozen
class Heading:
    """What stands above a drawing: the network's name, then a line each."""

    name: str
    lines: tuple[str, ...]


def on_a_page(drawn: Group, heading: Heading, scale: str) -> Drawing:
    """The drawing with heading and legend; `scale` says what its sizes mean."""
    named = min(560.0, width_of(heading.name, SIZES["heading"], True))
    width = max(drawn.width, _NARROWEST, named)
    head = list(_heading(heading, width))
    top = _EDGE + 24 + 14.0 * (len(head) - 1) + 12
    items = drawn.flat(_EDGE + (width - drawn.width) / 2, top)
    bottom = top + drawn.height + 26
    below, deep = _legend(_used(items), scale, width)
    legend = [item.moved(_EDGE, bottom) for item in below]
    total = (width + 2 * _EDGE, bottom + deep + _EDGE / 2)
    told = ", ".join((heading.name, *heading.lines))
    return Drawing(*total, told, (*head, *items, *legend))


def _heading(heading: Heading, width: float) -> Iterable[Text]:
    name = cut(heading.name, SIZES["heading"], width, True)
    yield Text(_EDGE, _EDGE + 14, name, "heading", "start")
    y = _EDGE + 14
    for line in heading.lines:
        for part in wrap(line, SIZES["faint"], width):
            y += 14
            yield Text(_EDGE, y, part, "faint", "start")


def _used(items: Sequence[Item]) -> list[str]:
    found = {item.category for item in items if isinstance(item, (Box, Volume))}
    return [category for category in CATEGORIES if category in found]


def _legend(used: Sequence[str], scale: str, width: float) -> tuple[list[Item], float]:
    """A swatch for each category that there is, in rows; then what sizes mean."""
    items: list[Item] = []
    x = y = 0.0
    for category in used:
        name = CATEGORIES[category]
        wide = _SWATCH + 6 + width_of(name, SIZES["faint"]) + 14
        if x and x + wide > width:
            x, y = 0.0, y + _ROW
        items.append(Box(x, y, _SWATCH, _SWATCH, "swatch", category, name))
        items.append(Text(x + _SWATCH + 6, y + 10, name, "faint", "start"))
        x += wide
    y += _ROW + 10
    for line in wrap(scale, SIZES["faint"], width):
        items.append(Text(0, y, line, "faint", "start"))
        y += 13
    return items, y
