"""The picture in boxes: a card for each input and stage, as wide by its places and as thick by its channels."""

from math import log2, prod

from cnnspec.graph.facts import totals
from cnnspec.layers.shape import Shape
from cnnspec.reports import numbers
from cnnspec.reports.diagram.boxes import PAD, Boxes
from cnnspec.reports.diagram.drawing import SIZES, Box, Drawing, Group, Item, Text, Wire
from cnnspec.reports.diagram.extent import closed
from cnnspec.reports.diagram.levels import axes_of
from cnnspec.reports.diagram.long_wires import long_wires
from cnnspec.reports.diagram.measure import cut, width_of
from cnnspec.reports.diagram.page import Heading, on_a_page
from cnnspec.reports.diagram.parts import Leaf, StageParts, Structure
from cnnspec.reports.diagram.stage_wires import Laid, stage_wires
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen

PER_PLACE, PER_CHANNEL = 7.0, 1.1
"""Pixels a doubling: of the places in the width, of the channels in the thickness."""
_HEAD, _BELOW, _SIDE, _BESIDE = 36.0, 34.0, 14.0, 36.0
_LONGEST = 260.0
WIDER = "wider: more places · thicker: more channels (each on a log scale)"
DASHED = " · dashed: in the first repeat alone, the others add what comes in"


def boxes_drawing(structure: Structure, heading: Heading) -> Drawing:
    """The drawing of a network in boxes."""
    drawn = _Cards(structure).drawn()
    dashed = any(isinstance(item, Wire) and item.dashed and item.role == "skip" for item in drawn.items)
    return on_a_page(drawn, heading, f"{WIDER}{DASHED if dashed else ''}")


@frozen
class _Cards:
    """Lays out a structure as cards, whose axes stand one under the other."""

    structure: Structure

    def drawn(self) -> Group:
        """All cards with their wires."""
        bodies = self._bodies()
        heads = max((self._head_width(stage) for stage in self.structure.stages), default=0.0)
        left = max((body.axis for body in bodies), default=0.0)
        right = max((body.width - body.axis for body in bodies), default=0.0)
        more = max(0.0, heads - left - right) / 2
        graph = self.structure.graph
        cards = [self._end(name, at, "input") for name, at in graph.inputs.items()]
        cards += [
            self._card(stage, body, left + more + _SIDE, right + more + _SIDE)
            for stage, body in zip(self.structure.stages, bodies, strict=True)
        ]
        cards += [self._end(name, at, "output") for name, at in graph.outputs.items()]
        before, after = [card.axis for card in cards], [card.width - card.axis for card in cards]
        axes = axes_of(self.structure.places, before, after, _BESIDE)
        laid = Laid(self.structure, tuple(cards), tuple(axes), tuple(self._tops(cards, axes)))
        drawn: list[Item] = []
        for card, axis, top in zip(cards, axes, laid.tops, strict=True):
            drawn += card.flat(axis - card.axis, top)
        drawn += stage_wires(laid)
        drawn += long_wires(self.structure, [item for item in drawn if isinstance(item, Box)], drawn)
        return closed(sorted(drawn, key=_layer))

    def _bodies(self) -> list[Group]:
        """What is inside each stage."""
        places, first = self.structure.places, len(self.structure.graph.inputs)
        reachable = self._reachable()
        return [
            Boxes(self.structure, reachable, stage.slug).column(stage.parts, places.entry(card), places.free(card))
            for card, stage in enumerate(self.structure.stages, first)
        ]

    def _reachable(self) -> frozenset[int]:
        """The results from which a wire can run on the left side of all cards."""
        places, first = self.structure.places, len(self.structure.graph.inputs)
        found = {at for card, at in enumerate(self.structure.graph.inputs.values()) if places.free(card)}
        for card, stage in enumerate(self.structure.stages, first):
            if places.free(card):
                found |= {stage.output, *(at for part in stage.parts for at in part.outputs[-1:])}
        return frozenset(found)

    def _head_width(self, stage: StageParts) -> float:
        cost = width_of(self._cost(stage), SIZES["faint"])
        return max(min(_LONGEST, width_of(stage.title, SIZES["title"], True)), cost)

    def _cost(self, stage: StageParts) -> str:
        cost = totals([self.structure.graph.nodes[at] for at in stage.nodes])
        parts = (
            f"{numbers.scaled(cost.params)} parameters" if cost.params else "",
            f"{numbers.macs(cost.macs)} MACs" if cost.macs else "",
        )
        return " · ".join(filter(None, parts))

    def _end(self, name: str, at: int, what: str) -> Group:
        """An input or output, in a shape of its own."""
        shape, name = self.structure.written(at), cut(shown(name), SIZES["title"], _LONGEST, True)
        width = max(90.0, width_of(name, SIZES["title"], True), width_of(shape, SIZES["faint"])) + 4 * PAD
        width += PER_PLACE * bits(self.structure.shape(at)[:-1])
        texts = (Text(width / 2, 16, name, "title"), Text(width / 2, 30, shape, "faint"))
        dtype = self.structure.graph.dtypes.get(name, "")
        told = ", ".join(filter(None, (f"{what} {name}", shape, dtype)))
        outputs = (at,) if what == "input" else ()
        return Group(width, 38, width / 2, (Box(0, 0, width, 38, "input", "input", told, texts, outputs),))

    def _card(self, stage: StageParts, body: Group, left: float, right: float) -> Group:
        """A stage: its name and cost, then what is inside; as wide as that on both sides, and what its places ask."""
        shape, cost = self.structure.shape(stage.output), self._cost(stage)
        axis = left + PER_PLACE * bits(shape[:-1]) / 2
        width = left + right + PER_PLACE * bits(shape[:-1])
        head = _HEAD if cost else _HEAD - 12
        thick = PER_CHANNEL * bits(shape[-1:])
        height = head + (body.height + 28 if stage.parts else 0)
        title = cut(stage.title, SIZES["title"], width - 2 * PAD, True)
        texts = [Text(width / 2, 16, title, "title")]
        texts += [Text(width / 2, 30, cost, "faint")] if cost else []
        told = f"{stage.title}\noutput {self.structure.written(stage.output)}\n{cost}".strip()
        items: list[Item] = [
            *(Box(by, by, width, height, "sheet", "", told) for by in (thick, thick / 2)),
            Box(0, 0, width, height, "stage", "", told, (), (stage.output,)),
            Box(0, 0, width, head, "title", "", told, tuple(texts)),
        ]
        if not stage.parts:
            return Group(width + thick, height + thick, axis, tuple(items))
        first = stage.parts[0]
        if first.joined:
            items.append(Wire(((axis, head), (axis, head + 12)), arrow=isinstance(first, Leaf)))
        items.append(Wire(((axis, head + 12 + body.height), (axis, height)), arrow=False))
        return Group(width + thick, height + thick, axis, tuple(items), ((axis - body.axis, head + 12, body),))

    def _tops(self, cards: list[Group], axes: list[float]) -> list[float]:
        """Where each card begins: below the row before, and the wires that bend in between."""
        tops, y = [0.0] * len(cards), 0.0
        for row in self.structure.places.rows:
            bending = Laid(self.structure, tuple(cards), tuple(axes), ()).bending(row)
            y += 8.0 * max(0, len(bending) - 1)
            for card in row:
                tops[card] = y
            y += max(cards[card].height for card in row) + _BELOW
        return tops


def bits(sizes: Shape) -> float:
    """The logarithm of a number of places or channels; an unknown size counts as one."""
    return log2(max(1, prod(size for size in sizes if isinstance(size, int))))


def _layer(item: Item) -> int:
    """Stages lie below all, wires below the boxes at which they end."""
    if isinstance(item, Box):
        return 0 if item.role in ("sheet", "stage", "title") else 2
    return 1 if isinstance(item, Wire) else 3
