"""The picture in volumes, as papers draw networks: tensors from left to right, by their sizes on a log scale."""

from collections.abc import Sequence

from cnnspec.reports.diagram.boxes import Boxes
from cnnspec.reports.diagram.categories import dominant
from cnnspec.reports.diagram.drawing import SIZES, Box, Drawing, Group, Item, Text, Volume, Wire
from cnnspec.reports.diagram.extent import closed
from cnnspec.reports.diagram.levels import axes_of
from cnnspec.reports.diagram.measure import cut, width_of
from cnnspec.reports.diagram.over_wires import over_wires
from cnnspec.reports.diagram.page import Heading, on_a_page
from cnnspec.reports.diagram.parts import StageParts, Structure
from cnnspec.reports.diagram.row import Row, laid
from cnnspec.reports.diagram.slabs import Event, Slab, events_of
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen

SCALE = (
    "taller and deeper: more places · thicker: more channels (each on a log scale)"
    " · what leaves a shape as it is, as activations do, is not drawn"
)
_BETWEEN, _LONGEST, _BELOW = 30.0, 130.0, 34.0
Names = tuple[tuple[str, str], ...]
"""What stands below a row: texts, each with its role."""


def volumes_drawing(structure: Structure, heading: Heading) -> Drawing:
    """The drawing of a network in volumes."""
    return on_a_page(_Volumes(structure).drawn(), heading, SCALE)


@frozen
class _Volumes:
    """Lays out a structure as rows of volumes, whose levels stand beside each other."""

    structure: Structure

    def drawn(self) -> Group:
        """All rows with their wires and names."""
        rows, names, places = self._rows(), self._names(), self.structure.places
        axes = axes_of(places, [row.above for row in rows], self._below(rows), 24)
        wide = [max(row.width, _width(said)) for row, said in zip(rows, names, strict=True)]
        middles = self._middles(wide)
        lefts = [middle - row.width / 2 for middle, row in zip(middles, rows, strict=True)]
        items: list[Item] = []
        for card, row in enumerate(rows):
            items += [item.moved(lefts[card], axes[card]) for item in row.items]
            below = (each.below for each, at in zip(rows, axes, strict=True) if abs(at - axes[card]) < 1)
            foot = axes[card] + max(below) + 20
            items += [
                Text(middles[card], foot + 13 * number, text, role) for number, (text, role) in enumerate(names[card])
            ]
        edges = [middle - each / 2 for middle, each in zip(middles, wide, strict=True)]
        items += self._wires(rows, lefts, axes, edges)
        first = {card for level in places.rows for card in level[:1]}
        free = [item for card in first for item in rows[card].moved(lefts[card], axes[card])]
        items += over_wires(self.structure, [item for item in free if isinstance(item, Volume)], items)
        return closed(sorted(items, key=_layer))

    def _below(self, rows: Sequence[Row]) -> list[float]:
        """The room below the middle of each row, with its names, which of all that stand highest are in line."""
        free = [self.structure.places.free(card) for card in range(len(rows))]
        most = max(row.below for row, first in zip(rows, free, strict=True) if first)
        return [(most if first else row.below) + _BELOW for row, first in zip(rows, free, strict=True)]

    def _rows(self) -> list[Row]:
        """A row for each card."""
        graph, places = self.structure.graph, self.structure.places
        rows = [
            laid((Slab(graph.nodes[at].output, "input", f"input {name}", (at,)),)) for name, at in graph.inputs.items()
        ]
        rows += [
            laid(self._events(card, stage), places.entry(card))
            for card, stage in enumerate(self.structure.stages, len(graph.inputs))
        ]
        return rows + [_end() for _ in graph.outputs]

    def _events(self, card: int, stage: StageParts) -> tuple[Event, ...]:
        """What a stage is made of; where no tensor of it would be drawn, its result."""
        events = tuple(events_of(self.structure, stage.parts, Boxes(self.structure, frozenset(), stage.slug)))
        if any(isinstance(event, Slab) for event in events):
            return events
        places = self.structure.places
        asks = tuple(at for _, at in places.reads[card] if at not in places.entry(card))
        category = dominant(self.structure.graph, stage.nodes)
        told = f"{stage.title}\noutput {self.structure.written(stage.output)}"
        return (Slab(self.structure.shape(stage.output), category, told, (stage.output,), asks),)

    def _names(self) -> list[Names]:
        graph = self.structure.graph
        named = [*graph.inputs.items(), *((stage.title, stage.output) for stage in self.structure.stages)]
        named += graph.outputs.items()
        return [
            ((cut(shown(title), SIZES["title"], _LONGEST, True), "title"), (self.structure.written(at), "shape"))
            for title, at in named
        ]

    def _middles(self, wide: Sequence[float]) -> list[float]:
        """The middle of each row, in the room of its level."""
        middles, x = [0.0] * len(wide), 0.0
        for row in self.structure.places.rows:
            room = max(wide[card] for card in row)
            for card in row:
                middles[card] = x + room / 2
            x += room + _BETWEEN
        return middles

    def _wires(
        self, rows: Sequence[Row], lefts: Sequence[float], axes: Sequence[float], edges: Sequence[float]
    ) -> list[Item]:
        """From row to row; `edges` are where each begins, with its name."""
        places, items = self.structure.places, list[Item]()
        last = len(rows) - len(self.structure.graph.outputs)
        for card, x in enumerate(lefts):
            for source, at in places.above(card) or (places.reads[card] if card >= last else ()):
                start, end = (lefts[source] + rows[source].width, axes[source]), (x, axes[card])
                bend = self._bend(card, edges)
                straight = abs(start[1] - end[1]) < 0.01
                points = (start, end) if straight else (start, (bend, start[1]), (bend, end[1]), end)
                items.append(Wire(points, tooltip=self.structure.written(at)))
        return items

    def _bend(self, card: int, edges: Sequence[float]) -> float:
        """Where wires to a card bend: left of all that stands in its level."""
        places = self.structure.places
        return min(edges[each] for each in places.rows[places.level[card]]) - _BETWEEN / 2


def _layer(item: Item) -> int:
    """Frames and the wires along a row lie below the volumes, those that end on top of one above them."""
    if isinstance(item, Box):
        return 0 if item.role == "frame" else 2
    return 3 if isinstance(item, Wire) and item.role == "skip" else int(isinstance(item, Volume)) + 1


def _width(said: Names) -> float:
    return max(width_of(text, SIZES[role], role == "title") for text, role in said)


def _end() -> Row:
    """An output: a small box at which the wire ends."""
    return Row((Box(0, -6, 12, 12, "input", "input", "output"),), 12, 8, 8)
