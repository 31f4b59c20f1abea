"""Wires between parts of one column that do not stand one after the other: they run down on its left side."""

from collections.abc import Sequence

from cnnspec.reports.diagram.drawing import Box, Group, Item, Wire
from cnnspec.reports.diagram.lanes import lanes_of
from cnnspec.reports.diagram.parts import Leaf, Parts, Positions
from cnnspec.source.frozen import frozen

_LANE, _DOT, _FORK = 12.0, 2.5, 6.0


@frozen
class Local:
    """Which of the parts of a column read what others of them gave, or what all of them began with.

    `sources` has for each part what it reads of earlier ones: position -> place, -1 for what came in.
    """

    parts: Parts
    sources: tuple[dict[int, int], ...]

    def drawn(self, at: int) -> Positions:
        """The positions that have a wire within the column."""
        return tuple(self.sources[at])

    def pairs(self) -> list[tuple[int, int]]:
        """From which place to which a wire goes; what came in is one, however many it was."""
        return [
            pair for at, found in enumerate(self.sources) for pair in dict.fromkeys((s, at) for s in found.values())
        ]

    @property
    def begins(self) -> frozenset[int]:
        """The parts above which a wire begins."""
        return frozenset(source + 1 for found in self.sources for source in found.values())

    @property
    def head(self) -> float:
        """The room above the first part."""
        return 2 * _FORK + 8 if 0 in self.begins else 0.0


@frozen
class Wires:
    """What is drawn, and how much room there must be for it to the left."""

    items: tuple[Item, ...]
    room: float


def local_of(parts: Parts, entry: Positions) -> Local:
    """What the parts read of each other, after what gives `entry`."""
    places: dict[int, int] = {}
    sources = []
    for at, part in enumerate(parts):
        others = part.others if isinstance(part, Leaf) else ()
        found = {position: places[position] for position in others if position in places}
        begun = entry if at and entry and set(entry) <= set(others) else ()  # a wire out of a bundle is all of it
        sources.append(dict.fromkeys(begun, -1) | found)
        places |= dict.fromkeys(part.outputs[:1], at)
    return Local(parts, tuple(sources))


def local_wires(local: Local, inside: Sequence[tuple[float, float, Group]], axis: float, bottom: float) -> Wires:
    """The wires of a column whose parts lie at these places, and the dots at which they begin."""
    items: list[Item] = []
    if local.head:
        items.append(
            Wire(((axis, 0), (axis, local.head)), arrow=isinstance(local.parts[0], Leaf) and local.parts[0].joined)
        )
    pairs = local.pairs()
    spans = []
    for source, target in pairs:
        start = _FORK if source < 0 else inside[source][1] + inside[source][2].height + _FORK
        top = inside[target][1]
        spans.append((start, top + inside[target][2].height * 0.5))
    lanes = lanes_of(spans)
    left = min((x for x, _, _ in inside), default=0.0)
    dots = set()
    for (source, target), (start, end), lane in zip(pairs, spans, lanes, strict=True):
        x = left - _LANE * (lane + 1)
        edge = inside[target][0]
        items.append(Wire(((axis, start), (x, start), (x, end), (edge, end)), "skip"))
        dots.add(start)
        if source >= 0 and not local.parts[source + 1].joined:
            items.append(Wire(((axis, start - _FORK), (axis, start)), arrow=False))
    items += [Box(axis - _DOT, y - _DOT, 2 * _DOT, 2 * _DOT, "dot") for y in sorted(dots)]
    widest = max((_LANE * (lane + 1) for lane in lanes), default=0.0)
    return Wires(tuple(items), max(0.0, widest - left + 4) if lanes else 0.0)
