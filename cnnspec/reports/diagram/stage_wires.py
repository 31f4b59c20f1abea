"""Wires from card to card, where the one stands right above the other, and between cards that share their weights."""

from collections.abc import Iterator
from itertools import pairwise
from math import log2

from cnnspec.reports.diagram.drawing import Group, Item, Text, Wire
from cnnspec.reports.diagram.parts import Structure
from cnnspec.source.frozen import frozen

_NEAR = 0.01


@frozen
class Laid:
    """Cards with the places of their axes, and of their upper edges."""

    structure: Structure
    cards: tuple[Group, ...]
    axes: tuple[float, ...]
    tops: tuple[float, ...]

    def bending(self, row: tuple[int, ...]) -> list[int]:
        """The cards whose wires bend on their way to a row, each a little higher than the one before."""
        above = self.structure.places.above
        pairs = ((source, card) for card in row for source, _ in above(card))
        return sorted({source for source, card in pairs if abs(self.axes[source] - self.axes[card]) > _NEAR})

    def bottom(self, card: int) -> float:
        """Where a card ends."""
        return self.tops[card] + self.cards[card].height


def stage_wires(laid: Laid) -> Iterator[Item]:
    """The wires, each with the shape of what goes through it, as thick as it has channels."""
    places = laid.structure.places
    labelled: set[int] = set()
    for row in places.rows:
        bending = laid.bending(row)
        for card in row:
            for source, at in _reads(laid, card):
                shape = laid.structure.written(at)
                weight = weight_of(laid.structure, at)
                yield Wire(_points(laid, source, card, bending), weight=weight, tooltip=shape)
                if source not in labelled:
                    yield Text(laid.axes[source] + 4 + weight, laid.bottom(source) + 13, shape, "shape", "start")
                labelled.add(source)
    yield from _shared(laid)


def weight_of(structure: Structure, at: int) -> float:
    """How thick the wire of a result is: by its channels."""
    channels = [size for size in structure.shape(at)[-1:] if isinstance(size, int)]
    return 1 + 0.28 * log2(max(1, *channels, 1))


def _reads(laid: Laid, card: int) -> tuple[tuple[int, int], ...]:
    """What comes from right above; to an output, also what lies inside of a stage."""
    places, last = laid.structure.places, len(laid.cards) - len(laid.structure.graph.outputs)
    return places.above(card) or (places.reads[card] if card >= last else ())


def _points(laid: Laid, source: int, card: int, bending: list[int]) -> tuple[tuple[float, float], ...]:
    start, end = (laid.axes[source], laid.bottom(source)), (laid.axes[card], laid.tops[card])
    if abs(start[0] - end[0]) <= _NEAR or source not in bending:
        return ((end[0], start[1]), end)
    bend = end[1] - 13 - 8.0 * bending.index(source)
    return (start, (start[0], bend), (end[0], bend), end)


def _shared(laid: Laid) -> Iterator[Item]:
    """Between stages beside each other that use the same weights."""
    for row in laid.structure.places.rows:
        for left, right in pairwise(row):
            if _share(laid.structure, left, right):
                y = laid.tops[left] + 22
                start = laid.axes[left] + laid.cards[left].width - laid.cards[left].axis
                ends = ((start, y), (laid.axes[right] - laid.cards[right].axis, y))
                yield Wire(ends, "shared", arrow=False, dashed=True, tooltip="the same weights")


def _share(structure: Structure, one: int, other: int) -> bool:
    first, nodes = len(structure.graph.inputs), structure.graph.nodes
    if not all(first <= card < first + len(structure.stages) for card in (one, other)):
        return False
    mine, theirs = (set(structure.stages[card - first].nodes) for card in (one, other))
    return bool(mine & {nodes[at].shared for at in theirs} or theirs & {nodes[at].shared for at in mine})
