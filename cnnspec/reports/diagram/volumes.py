"""The picture in volumes, as papers draw networks: tensors from left to right, by their sizes on a log scale."""

from collections.abc import Sequence

from cnnspec.reports.diagram.boxes import Boxes
from cnnspec.reports.diagram.categories import dominant
from cnnspec.reports.diagram.drawing import SIZES, Box, Drawing, Group, Item, Text, Volume, Wire
from cnnspec.reports.diagram.extent import closed
from cnnspec.reports.diagram.levels import Reads as Sources
from cnnspec.reports.diagram.levels import axes_of
from cnnspec.reports.diagram.measure import cut, width_of, wrap
from cnnspec.reports.diagram.over_wires import over_wires
from cnnspec.reports.diagram.page import Heading, on_a_page
from cnnspec.reports.diagram.parts import StageParts, Structure
from cnnspec.reports.diagram.row import Row, laid
from cnnspec.reports.diagram.slabs import Event, Reads, Slab, events_of
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen

SCALE = (
    "taller and deeper: more places · thicker: more channels (each on a log scale)"
    " · what leaves a shape as it is, as activations do, is not drawn"
)
_BETWEEN, _LONGEST, _BELOW, _LINE, _STEP = 30.0, 130.0, 34.0, 13.0, 8.0
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
        rows, places = self._rows(), self.structure.places
        names = self._names(rows)
        axes = axes_of(places, [row.above for row in rows], self._below(rows, names), 24)
        wide = [max(row.width, _width(said)) for row, said in zip(rows, names, strict=True)]
        middles = self._middles(wide)
        lefts = [middle - row.width / 2 for middle, row in zip(middles, rows, strict=True)]
        items: list[Item] = []
        for card, row in enumerate(rows):
            items += [item.moved(lefts[card], axes[card]) for item in row.items]
            below = (each.below for each, at in zip(rows, axes, strict=True) if abs(at - axes[card]) < 1)
            foot = axes[card] + max(below) + 20
            items += [
                Text(middles[card], foot + _LINE * number, text, role)
                for number, (text, role) in enumerate(names[card])
            ]
        edges = [middle - each / 2 for middle, each in zip(middles, wide, strict=True)]
        items += self._wires(rows, lefts, axes, edges)
        first = {card for level in places.rows for card in level[:1]}
        free = [item for card in first for item in rows[card].moved(lefts[card], axes[card])]
        items += over_wires(self.structure, [item for item in free if isinstance(item, Volume)], items)
        return closed(sorted(items, key=_layer))

    def _below(self, rows: Sequence[Row], names: Sequence[Names]) -> list[float]:
        """The room below the middle of each row, with its names, which of all that stand highest are in line."""
        named = [_BELOW + _LINE * (len(said) - 2) for said in names]
        free = [self.structure.places.free(card) for card in range(len(rows))]
        most = max(row.below for row, first in zip(rows, free, strict=True) if first)
        return [(most if first else row.below) + said for row, first, said in zip(rows, free, named, strict=True)]

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
        shape, name = self.structure.shape(stage.output), self.structure.name(stage.output, stage.slug)
        joined = bool(places.entry(card))
        return (Slab(shape, category, told, (stage.output,), asks, joined, name),)

    def _told(self, rows: Sequence[Row]) -> dict[int, Names]:
        """For each card, what is read there and has no wire, as `sum from early`."""
        places, first = self.structure.places, len(self.structure.graph.inputs)
        volumes = [item for card, row in enumerate(rows) if places.free(card) for item in row.items]
        wired = {at for item in volumes if isinstance(item, Volume) for at in item.outputs}
        said: dict[int, Names] = {}
        for card, stage in enumerate(self.structure.stages, first):
            lines = []
            for event in self._events(card, stage):
                if isinstance(event, (Slab, Reads)):
                    drawn = wired if isinstance(event, Slab) and places.free(card) else frozenset[int]()
                    drawn = drawn | set(event.begun(places.entry(card)) if isinstance(event, Slab) else ())
                    asks = [self.structure.name(at, stage.slug) for at in event.asks if at not in drawn]
                    lines += [f"{event.name} from {', '.join(asks)}"] if asks else []
            said[card] = tuple((line, "shape") for text in lines for line in wrap(text, SIZES["shape"], _LONGEST))
        return said

    def _names(self, rows: Sequence[Row]) -> list[Names]:
        graph, told = self.structure.graph, self._told(rows)
        named = [*graph.inputs.items(), *((stage.title, stage.output) for stage in self.structure.stages)]
        named += graph.outputs.items()
        return [
            (
                (cut(shown(title), SIZES["title"], _LONGEST, True), "title"),
                (self.structure.written(at), "shape"),
                *told.get(card, ()),
            )
            for card, (title, at) in enumerate(named)
        ]

    def _middles(self, wide: Sequence[float]) -> list[float]:
        """The middle of each row, in the room of its level."""
        middles, x = [0.0] * len(wide), 0.0
        for level, row in enumerate(self.structure.places.rows):
            room = max(wide[card] for card in row)
            for card in row:
                middles[card] = x + room / 2
            x += room + _BETWEEN + _STEP * max(0, len(self._sources(level + 1)) - 1)
        return middles

    def _wires(
        self, rows: Sequence[Row], lefts: Sequence[float], axes: Sequence[float], edges: Sequence[float]
    ) -> list[Item]:
        """From row to row; `edges` are where each begins, with its name."""
        places, items = self.structure.places, list[Item]()
        for card, x in enumerate(lefts):
            for source, at in self._wired(card):
                start, end = (lefts[source] + rows[source].width, axes[source]), (x, axes[card])
                bend = self._bend(card, edges) - _STEP * self._sources(places.level[card]).index(source)
                straight = abs(start[1] - end[1]) < 0.01
                points = (start, end) if straight else (start, (bend, start[1]), (bend, end[1]), end)
                items.append(Wire(points, tooltip=self.structure.written(at)))
        return items

    def _wired(self, card: int) -> Sources:
        """What comes to a row by a wire; to an output, also what lies inside of a stage."""
        places = self.structure.places
        outputs = len(places.reads) - len(self.structure.graph.outputs)
        return places.above(card) or (places.reads[card] if card >= outputs else ())

    def _sources(self, level: int) -> list[int]:
        """The rows from which wires come to a level, each of which bends at a place of its own."""
        rows = self.structure.places.rows
        return sorted({source for card in rows[level] for source, _ in self._wired(card)}) if level < len(rows) else []

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
