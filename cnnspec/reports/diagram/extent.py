"""The room that items take."""

from collections.abc import Sequence

from cnnspec.reports.diagram.drawing import BOLD, SIZES, Box, Group, Item, Text, Volume
from cnnspec.reports.diagram.measure import width_of


def closed(items: Sequence[Item]) -> Group:
    """The items as a group that is as wide and as tall as they are."""
    edges = [edges_of(item) for item in items]
    left, top = min(each[0] for each in edges), min(each[1] for each in edges)
    right, bottom = max(each[2] for each in edges), max(each[3] for each in edges)
    return Group(right - left, bottom - top, 0, tuple(item.moved(-left, -top) for item in items))


def edges_of(item: Item) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    if isinstance(item, Box):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Volume):
        return item.x, item.y - item.dy, item.x + item.width + item.dx, item.y + item.height
    if isinstance(item, Text):
        return _of_text(item)
    across, down = [x for x, _ in item.points], [y for _, y in item.points]
    return min(across), min(down), max(across), max(down)


def _of_text(text: Text) -> tuple[float, float, float, float]:
    size = SIZES[text.role]
    wide = width_of(text.text, size, text.role in BOLD)
    before = {"middle": wide / 2, "end": wide}.get(text.anchor, 0.0)
    if text.turned:
        return text.x - size, text.y - wide + before, text.x + size * 0.3, text.y + before
    return text.x - before, text.y - size, text.x - before + wide, text.y + size * 0.3
