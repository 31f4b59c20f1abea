"""Networks that go down and up again, with skips across: their stages in the shape of a U."""

from collections.abc import Sequence

from cnnspec.reports.diagram.card import Cards
from cnnspec.reports.diagram.drawing import SIZES, Box, Group, Item, Point, Text, Wire
from cnnspec.reports.diagram.measure import width_of
from cnnspec.reports.diagram.parts import Structure
from cnnspec.reports.diagram.stage_wires import weight_of
from cnnspec.source.frozen import frozen

_LEAST, _BELOW, _ACROSS, _DOWN = 3, 34.0, 34.0, 16.0
Pair = tuple[int, int]
"""A card, and a later one that reads its result."""


def pairs_of(structure: Structure) -> tuple[Pair, ...]:
    """The skips of a network that is a U, the outermost first; nothing for one that is none."""
    places = structure.places
    if any(len(row) > 1 for row in places.rows) or len(structure.graph.outputs) != 1:
        return ()
    found: list[Pair] = []
    for card, reads in enumerate(places.reads):
        for source, at in reads:
            if places.level[source] < places.level[card] - 1 or at not in places.entry(card):
                if places.results[source] != at or source >= card - 1:
                    return ()
                found.append((source, card))
    found.sort()
    sources, targets = [pair[0] for pair in found], [pair[1] for pair in found]
    nested = len(set(sources)) == len(sources) and targets == sorted(set(targets), reverse=True)
    return tuple(found) if nested and len(found) >= _LEAST and sources[-1] < targets[-1] else ()


def in_a_u(structure: Structure, pairs: Sequence[Pair]) -> list[Item]:
    """All cards with their wires."""
    up = frozenset(range(pairs[-1][1], len(structure.places.reads)))
    drawn = frozenset(structure.places.results[source] for source, _ in pairs)
    cards = tuple(Cards(structure, drawn, up).all())
    return list(_U(structure, tuple(pairs), cards).items())


@frozen
class _U:
    """Lays out cards: to the left those that lead down, to the right those that lead up, in the middle the bottom."""

    structure: Structure
    pairs: tuple[Pair, ...]
    cards: tuple[Group, ...]

    def items(self) -> list[Item]:
        """The cards at their places, with the wires between them."""
        tops, axes = self._tops(), self._axes()
        drawn: list[Item] = []
        for card, group in enumerate(self.cards):
            drawn += group.flat(axes[card] - group.axis, tops[card])
        boxes = [item for item in drawn if isinstance(item, Box)]
        for card in range(1, len(self.cards)):
            drawn += self._wire(card, axes, tops)
        return drawn + self._across(boxes)

    def _left(self) -> range:
        return range(self.pairs[-1][0] + 1)

    def _bottom(self) -> range:
        return range(self.pairs[-1][0] + 1, self.pairs[-1][1])

    def _tops(self) -> list[float]:
        """Where each card begins: cards that a skip joins at the same height, the others between them."""
        tops, y = [0.0] * len(self.cards), 0.0
        last = len(self.cards) - 1
        before, after = range(self.pairs[0][0]), range(self.pairs[0][1] + 1, last + 1)
        y = self._beside(tops, y, list(before), list(reversed(after)), from_below=True)
        for number, (source, target) in enumerate(self.pairs):
            height = max(self.cards[source].height, self.cards[target].height)
            tops[source], tops[target] = y + height - self.cards[source].height, y
            y += height + _BELOW
            if number + 1 < len(self.pairs):
                inner, outer = self.pairs[number + 1]
                y = self._beside(tops, y, list(range(source + 1, inner)), list(reversed(range(outer + 1, target))))
        for card in self._bottom():
            tops[card] = y
            y += self.cards[card].height + _BELOW
        return tops

    def _beside(
        self, tops: list[float], y: float, left: list[int], right: list[int], from_below: bool = False
    ) -> float:
        """Cards on both sides, one under the other; where they end.

        `from_below`: the shorter side ends with the other.
        """
        rooms = [sum(self.cards[card].height + _BELOW for card in side) for side in (left, right)]
        for side, room in zip((left, right), rooms, strict=True):
            at = y + (max(rooms) - room if from_below else 0.0)
            for card in side:
                tops[card] = at
                at += self.cards[card].height + _BELOW
        return y + max(rooms)

    def _axes(self) -> list[float]:
        """Where the axis of each card is."""
        left = [self.cards[card] for card in self._left()]
        right = [self.cards[card] for card in range(self.pairs[-1][1], len(self.cards))]
        shapes = (self.structure.written(self.structure.places.results[source]) for source, _ in self.pairs)
        gap = max(width_of(shape, SIZES["shape"]) for shape in shapes) + _ACROSS
        low = max(card.width - card.axis for card in left)
        far = low + gap + max(card.axis for card in right)
        middle = low + gap / 2
        at = [middle - card.width / 2 + card.axis for card in self.cards]
        return [
            0.0 if card in self._left() else at[card] if card in self._bottom() else far
            for card in range(len(self.cards))
        ]

    def _wire(self, card: int, axes: Sequence[float], tops: Sequence[float]) -> list[Item]:
        """From a card to the next one: down, round the bottom, or up."""
        before, at = card - 1, self.structure.places.results[card - 1]
        shape, weight = self.structure.written(at), weight_of(self.structure, at)
        start, foot = axes[before], tops[before] + self.cards[before].height
        end, top = axes[card], tops[card]
        points: tuple[Point, ...] = ((start, tops[before]), (end, top + self.cards[card].height))
        if card in self._left() or (before in self._bottom() and card in self._bottom()):
            points = ((start, foot), (end, top))
        elif card in self._bottom():
            points = ((start, foot), (start, top - _DOWN), (end, top - _DOWN), (end, top))
        elif before in self._bottom() or before in self._left():
            rise = top + self.cards[card].height
            points = ((start, foot), (start, foot + _DOWN), (end, foot + _DOWN), (end, rise))
        upwards = points[0][1] > points[1][1]
        y = points[0][1] - 8 if upwards else points[0][1] + 12
        return [
            Wire(points, weight=weight, tooltip=shape),
            Text(start + 4 + weight, y, shape, "shape", "start"),
        ]

    def _across(self, boxes: Sequence[Box]) -> list[Item]:
        """The skips."""
        items: list[Item] = []
        for source, _ in self.pairs:
            at = self.structure.places.results[source]
            giver = next(box for box in boxes if at in box.outputs and box.role in ("stage", "input"))
            asker = next(box for box in boxes if at in box.asks)
            sheets = [box for box in boxes if box.role == "sheet" and box.tooltip == giver.tooltip]
            items += self._skip(at, giver, asker, max((*sheets, giver), key=lambda box: box.x))
        return items

    def _skip(self, at: int, giver: Box, asker: Box, last: Box) -> list[Item]:
        """A wire from the right side of a stage, that of its `last` sheet, to what reads it; level where it can be."""
        y, right = asker.y + asker.height / 2, last.x + last.width
        start = min(max(y, last.y + 8), giver.y + giver.height - 4)
        shape = self.structure.written(at)
        middle = right + 10
        level = abs(start - y) < 0.01
        points = ((right, y), (asker.x, y)) if level else ((right, start), (middle, start), (middle, y), (asker.x, y))
        told = f"{shape} from {self.structure.name(at)}"
        text = Text(right + 14, y - 4, shape, "shape", "start")
        return [Wire(points, "skip", tooltip=told), text]
