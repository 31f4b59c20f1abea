"""A card for each input, stage and output: wider by its places, thicker by its channels, with what is inside."""

from dataclasses import replace
from math import log2, prod

from cnnspec.graph.facts import totals
from cnnspec.layers.shape import Shape
from cnnspec.reports import numbers
from cnnspec.reports.diagram.boxes import PAD, Boxes
from cnnspec.reports.diagram.categories import dominant
from cnnspec.reports.diagram.counted import heads
from cnnspec.reports.diagram.drawing import SIZES, Box, Group, Item, Text, Wire
from cnnspec.reports.diagram.measure import cut, width_of
from cnnspec.reports.diagram.parts import Leaf, Positions, StageParts, Structure
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen

PER_PLACE, PER_CHANNEL = 7.0, 1.1
"""Pixels a doubling: of the places in the width, of the channels in the thickness."""
_HEAD, _LINE, _ROOM, _FOOT, _SIDE, _LONGEST = 24.0, 12.0, 13.0, 9.0, 14.0, 260.0
"""Heights of a title and of a line below it; room where a wire comes in, and where it goes out."""


@frozen
class Cards:
    """Makes the cards of a structure, those in `up` read upwards.

    `drawn` are results to whose readers wires lead on the left, `right` those to which they do on the right.
    """

    structure: Structure
    drawn: frozenset[int]
    up: frozenset[int] = frozenset()
    right: frozenset[int] = frozenset()

    def all(self) -> list[Group]:
        """The cards in their order; the axes of stages are in their middles."""
        graph, first = self.structure.graph, len(self.structure.graph.inputs)
        stages = list(enumerate(self.structure.stages, first))
        bodies = [self._body(card, stage) for card, stage in stages]
        heads = [self._head(card, stage) for card, stage in stages]
        wide = max((_wide(head) for head in heads), default=0.0)
        half = max((side for body in bodies for side in (body.axis, body.width - body.axis)), default=0.0)
        half = max(half, wide / 2) + _SIDE
        cards = [self._end(name, at, "input") for name, at in graph.inputs.items()]
        cards += [
            self._card(card, stage, head, body, half)
            for (card, stage), head, body in zip(stages, heads, bodies, strict=True)
        ]
        return cards + [self._end(name, at, "output") for name, at in graph.outputs.items()]

    def _body(self, card: int, stage: StageParts) -> Group:
        """What is inside a stage."""
        places = self.structure.places
        last = places.last(card)
        alone = frozenset(part.outputs[0] for part in stage.parts if last and isinstance(part, Leaf))
        boxes = Boxes(self.structure, self.drawn, stage.slug, self.right, alone)
        body = boxes.column(stage.parts, places.entry(card), places.free(card))
        return mirrored(body) if card in self.up else body

    def _asks(self, card: int) -> Positions:
        """What a stage without parts reads beside what comes from right above."""
        places = self.structure.places
        return tuple(dict.fromkeys(at for _, at in places.reads[card] if at not in places.entry(card)))

    def _wired(self, card: int, stage: StageParts) -> Positions:
        free = self.structure.places.free(card)
        return tuple(at for at in self._asks(card) if free and at in self.drawn) if not stage.parts else ()

    def _head(self, card: int, stage: StageParts) -> tuple[str, ...]:
        """The lines of a stage's head: its name, its cost, and what it reads where no wire shows it."""
        nodes = [self.structure.graph.nodes[at] for at in stage.nodes]
        macs = totals(nodes).macs
        said = (*heads(nodes), f"{numbers.macs(macs)} MACs" if macs else "")
        asks = () if stage.parts else self._asks(card)
        told = [self.structure.name(at) for at in asks if at not in self._wired(card, stage)]
        return tuple(
            filter(None, (stage.title, " · ".join(filter(None, said)), f"from {', '.join(told)}" if told else ""))
        )

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

    def _card(self, card: int, stage: StageParts, lines: tuple[str, ...], body: Group, half: float) -> Group:
        """A stage with so much room on each side of its axis, and what its places ask."""
        shape = self.structure.shape(stage.output)
        more, thick = PER_PLACE * bits(shape[:-1]), PER_CHANNEL * bits(shape[-1:])
        axis, width, up = half + more / 2, 2 * half + more, card in self.up
        over, under = (_FOOT, _ROOM) if up else (_ROOM, _FOOT)
        head = _HEAD + _LINE * (len(lines) - 1)
        height = head + (over + body.height + under if stage.parts else 0)
        category = "" if stage.parts else dominant(self.structure.graph, stage.nodes)
        told = "\n".join((stage.title, f"output {self.structure.written(stage.output)}", *lines[1:]))
        items: list[Item] = [
            *(Box(by, by, width, height, "sheet", "", told) for by in (thick, thick / 2)),
            Box(0, 0, width, height, "stage", "", told, (), (stage.output,)),
            Box(0, 0, width, head, "title", category, told, _lines(lines, width), (), self._wired(card, stage)),
        ]
        whole = Group(width + thick, height + thick, axis, tuple(items))
        if not stage.parts:
            return whole
        wires = _through(axis, (head, head + over, height - under, height), stage, up)
        return replace(whole, items=(*items, *wires), inside=((axis - body.axis, head + over, body),))


def _through(axis: float, ends: tuple[float, float, float, float], stage: StageParts, up: bool) -> list[Wire]:
    """The wires from a card's edge to what is inside of it, and out of it: down, or upwards."""
    head, top, foot, bottom = ends
    into, out = (((bottom), foot), (top, head)) if up else ((head, top), (foot, bottom))
    first = stage.parts[0]
    wires = [Wire(((axis, out[0]), (axis, out[1])), arrow=False)]
    if first.joined:
        wires.append(Wire(((axis, into[0]), (axis, into[1])), arrow=isinstance(first, Leaf)))
    return wires


def _lines(lines: tuple[str, ...], width: float) -> tuple[Text, ...]:
    title, *rest = lines
    texts = [Text(width / 2, 16, cut(title, SIZES["title"], width - 2 * PAD, True), "title")]
    texts += [
        Text(width / 2, 30 + _LINE * at, cut(line, SIZES["faint"], width - 2 * PAD), "faint")
        for at, line in enumerate(rest)
    ]
    return tuple(texts)


def _wide(lines: tuple[str, ...]) -> float:
    title, *rest = lines
    named = min(_LONGEST, width_of(title, SIZES["title"], True))
    return max([named, *(min(_LONGEST, width_of(line, SIZES["faint"])) for line in rest)])


def bits(sizes: Shape) -> float:
    """The logarithm of a number of places or channels; an unknown size counts as one."""
    return log2(max(1, prod(size for size in sizes if isinstance(size, int))))


def mirrored(group: Group) -> Group:
    """The group upside down, its texts upright."""
    items = tuple(_mirrored(item, group.height) for item in group.flat())
    return Group(group.width, group.height, group.axis, items)


def _mirrored(item: Item, height: float) -> Item:
    if isinstance(item, Wire):
        return replace(item, points=tuple((x, height - y) for x, y in item.points))
    if isinstance(item, Text):
        return replace(item, y=height - item.y + 5)
    y = height - item.y - item.height
    if not isinstance(item, Box):
        return replace(item, y=y)
    if item.role != "frame":
        return item.moved(0, y - item.y)
    return replace(item, y=y, texts=tuple(replace(text, y=height - text.y + 6) for text in item.texts))
