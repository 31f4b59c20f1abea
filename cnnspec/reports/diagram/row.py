"""Volumes in a row, one after the other, with the wires between them and over them."""

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.reports.diagram.drawing import SIZES, Box, Item, Text, Volume, Wire
from cnnspec.reports.diagram.extent import edges_of
from cnnspec.reports.diagram.measure import width_of
from cnnspec.reports.diagram.parts import Positions
from cnnspec.reports.diagram.slabs import Begins, Ends, Event, Renames, Slab, volume
from cnnspec.source.frozen import frozen

_GAP, _ROOM, _RADIUS, _DOT, _OVER = 4.0, 14.0, 8.0, 2.5, 9.0


@frozen
class Row:
    """Items from x = 0 on, their middles at y = 0. The wire goes in at 0 and out at `width`."""

    items: tuple[Item, ...]
    width: float
    above: float
    below: float

    def moved(self, dx: float, dy: float) -> list[Item]:
        """The items elsewhere."""
        return [item.moved(dx, dy) for item in self.items]


def laid(events: Sequence[Event], entry: Positions = ()) -> Row:
    """The events from the left to the right, after what gives `entry`."""
    row = _Laying(entry)
    if any(isinstance(event, Slab) and event.begun(entry) for event in events):
        row.fork()
    for event in events:
        row.add(event)
    return row.done()


class _Laying:
    """Places one event after the other.

    `_x` is the first free place, `_from` where the wire to the next thing begins. `_open` are the places where repeats
    and shortcuts began, with the number of their first item; `_asking` are volumes that read what came in.
    """

    def __init__(self, entry: Positions) -> None:
        self._entry = entry
        self._items: list[Item] = []
        self._x = self._from = 0.0
        self._open: list[tuple[float, int]] = []
        self._asking: list[Volume] = []

    def fork(self) -> None:
        """A dot, from which wires go over what comes first."""
        self._dot(_ROOM)

    def add(self, event: Event) -> None:
        """The next one."""
        if isinstance(event, Slab):
            self._slab(event)
        elif isinstance(event, Begins):
            self._begin(event)
        elif isinstance(event, Ends):
            self._end(event)
        elif isinstance(event, Renames):
            self._rename(event.outputs)

    def done(self) -> Row:
        """The whole row."""
        for number, made in enumerate(self._asking):
            top = min(edges_of(item)[1] for item in self._items) - _OVER * (number == 0) - _OVER
            points = ((_ROOM, 0.0), (_ROOM, top), (made.crown, top), (made.crown, made.roof))
            self._items.append(Wire(points, "skip"))
        if self._x > self._from:
            self._wire(self._x, arrow=False)
        edges = [edges_of(item) for item in self._items]
        above, below = -min(top for _, top, _, _ in edges), max(foot for _, _, _, foot in edges)
        return Row(tuple(self._items), self._x, above, below)

    def _slab(self, slab: Slab) -> None:
        inner = slab.begun(self._entry)
        gap = (_GAP if slab.joined else _ROOM) if self._x > 0 else 0.0
        made = volume(replace(slab, asks=tuple(at for at in slab.asks if at not in inner)), self._x + gap, 0)
        if slab.joined:
            self._wire(made.x, arrow=made.x - self._from > 8)
        self._items.append(made)
        self._x = self._from = made.x + made.width + made.dx
        if inner:
            self._asking.append(made)

    def _rename(self, outputs: Positions) -> None:
        """The last volume's other names."""
        for at in reversed(range(len(self._items))):
            item = self._items[at]
            if isinstance(item, Volume):
                self._items[at] = replace(item, outputs=(*item.outputs, *outputs))
                return

    def _wire(self, end: float, arrow: bool) -> None:
        """From the last thing to the next, at the height of the axis."""
        if end > self._from:
            self._items.append(Wire(((self._from, 0), (end, 0)), arrow=arrow))

    def _dot(self, x: float) -> None:
        self._wire(x, arrow=False)
        self._items.append(Box(x - _DOT, -_DOT, 2 * _DOT, 2 * _DOT, "dot"))
        self._from, self._x = x, x + _ROOM

    def _begin(self, event: Begins) -> None:
        if not event.joined:
            self._x = self._from = self._x + _ROOM
        if event.skip:
            self._dot(self._x + (_ROOM if event.joined else 0.0))
            self._open.append((self._from, len(self._items)))
        else:
            self._open.append((self._x + _GAP, len(self._items)))
            self._x += 2 * _GAP

    def _end(self, event: Ends) -> None:
        start, first = self._open.pop()
        edges = [edges_of(item) for item in self._items[first:]]
        top = min((edge[1] for edge in edges), default=-10.0) - _OVER
        if event.skip:
            self._sum(event, start, top)
        else:
            self._frame(event.text, start, top, max((edge[3] for edge in edges), default=10.0), first)

    def _sum(self, event: Ends, start: float, top: float) -> None:
        """The addition, and the shortcut that leads to it over what lies between."""
        middle = self._x + _ROOM + _RADIUS
        self._wire(middle - _RADIUS, arrow=True)
        texts = (Text(middle, 4, event.text, "plain"),)
        box = Box(middle - _RADIUS, -_RADIUS, 2 * _RADIUS, 2 * _RADIUS, "merge", "merge", event.told, texts)
        points = ((start, 0.0), (start, top), (middle, top), (middle, -_RADIUS))
        self._items += [box, Wire(points, "skip", dashed=event.dashed, tooltip=event.told)]
        self._x = self._from = middle + _RADIUS

    def _frame(self, text: str, start: float, top: float, low: float, first: int) -> None:
        """A frame round what is repeated, and how often that is."""
        width = max(self._x + 6 - start, width_of(text, SIZES["times"], True) + 12)
        texts = (Text(start + width / 2, low + 15, text, "times"),)
        self._items.insert(first, Box(start, top + 1, width, low + 21 - top, "frame", "", "", texts))
        self._x = start + width
