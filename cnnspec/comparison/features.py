"""What lines of two networks have in common, as a number: by what each is, reckoned once."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from cnnspec.comparison.side import Item, Side
from cnnspec.comparison.structure import Leaf, Unit
from cnnspec.layers.base import Layer
from cnnspec.layers.merge import Add
from cnnspec.source.frozen import frozen

_EXACT, _ALIKE, _SAME_KINDS, _ENOUGH, _SAME_STAGE = 3.0, 2.6, 1.2, 0.67, 0.5
"""What lines have in common that are equal through and through, in the papers' words, in their kinds alone; the share
of layers of which others must have more in common; and what it counts that they stand in a stage of one title."""
_NOTHING_BESIDE = 0.1
"""What a branch without layers has in common with one that has some: they are branches of the same fork."""


@frozen
class Features:
    """A line as four numbers, each of which is another's where both are the same in it, and its stage."""

    title: str
    exact: int
    alike: int
    kinds: int
    texts: int
    empty: bool = False


@dataclass(slots=True)
class Likeness:
    """Features of the lines of two networks, and what they have in common; `both` are the titles that both have."""

    both: frozenset[str]
    _numbers: dict[Hashable, int] = field(default_factory=dict)
    _texts: dict[int, Counter[str]] = field(default_factory=dict)
    _scores: dict[tuple[Features, Features], float] = field(default_factory=dict)

    def features(self, side: Side, item: Item) -> Features:
        """What is compared of a line."""
        told = _texts(side, item)
        texts = self._number(("texts", frozenset(told.items())))
        self._texts[texts] = told
        exact = self._number(("exact", *map(side.exact, item.units)))
        shown = self._number(("alike", alike(side, item)))
        kinds = self._number(("kinds", *(_kinds(side, unit) for unit in item.units)))
        return Features(item.title, exact, shown, kinds, texts, not item.units)

    def _number(self, looks: Hashable) -> int:
        return self._numbers.setdefault(looks, len(self._numbers))

    def equal(self, one: Features, other: Features) -> bool:
        """Whether both are the same through and through, in stages of one title."""
        return one.exact == other.exact and one.title == other.title

    def score(self, one: Features, other: Features) -> float:
        """What both have in common; 0 for lines that do not stand for each other."""
        key = (one, other)
        if key not in self._scores:
            self._scores[key] = self._scored(one, other)
        return self._scores[key]

    def score_in_stage(self, one: Features, other: Features) -> float:
        """The same; 0 for lines of stages of different titles."""
        return self.score(one, other) if one.title == other.title else 0

    def _scored(self, one: Features, other: Features) -> float:
        if one.empty or other.empty:
            return _EXACT if one.empty and other.empty else _NOTHING_BESIDE
        if one.title != other.title and one.exact != other.exact and {one.title, other.title} <= self.both:
            return 0
        stage = _SAME_STAGE if one.title == other.title else 0
        if one.exact == other.exact:
            return _EXACT + stage
        if one.alike == other.alike:
            return _ALIKE + stage
        common = _share(self._texts[one.texts], self._texts[other.texts])
        if one.kinds == other.kinds:
            return _SAME_KINDS + common + stage
        return common + stage if common > _ENOUGH else 0


def alike(side: Side, item: Item) -> Hashable:
    """What a reader takes for the same: the layers in the papers' words, whatever their strides and shortcuts."""
    return tuple(_alike(side, unit) for unit in item.units)


def _alike(side: Side, unit: Unit) -> Hashable:
    if isinstance(unit, Leaf):
        return side.text(unit.at)
    branches = [tuple(_alike(side, each) for each in branch) for branch in unit.branches]
    if isinstance(side.node(unit.end).layer, Add) and len(branches) == 2:
        branches = [max(branches, key=lambda branch: (len(branch), repr(branch)))]
    return (side.node(unit.end).kind, tuple(branches))


def _kinds(side: Side, unit: Unit) -> Hashable:
    if isinstance(unit, Leaf):
        return side.node(unit.at).kind
    return (side.node(unit.end).kind, *(tuple(_kinds(side, each) for each in branch) for branch in unit.branches))


def _texts(side: Side, item: Item) -> Counter[str]:
    """What its layers are in words, those alone that compute something of their own if there are some."""
    layers = [(at, side.layer(at)) for at in item.leaves()]
    own = [at for at, layer in layers if layer is not None and not _is_beside(layer)]
    return Counter(map(side.text, own or item.leaves()))


def _is_beside(layer: Layer) -> bool:
    """Whether a table tells it with the layer before it."""
    return layer.normalises or layer.activates or layer.merges or layer.pads_zeros


def _share(one: Counter[str], other: Counter[str]) -> float:
    return sum((one & other).values()) / max(sum(one.values()), sum(other.values()), 1)
