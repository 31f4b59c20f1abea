"""What differs between two networks, as differences: what is in one alone, what has changed, what follows from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cnnspec.comparison.arguments import shown_value
from cnnspec.comparison.colours import are_one
from cnnspec.comparison.differences import (
    NOWHERE,
    Added,
    ArgumentChanged,
    Difference,
    FiguresChanged,
    Moved,
    OutputChanged,
    Removed,
    Replaced,
    Rewired,
    StageRenamed,
)
from cnnspec.comparison.features import Likeness
from cnnspec.comparison.figures import figures_of
from cnnspec.comparison.repeats import folded, repeated
from cnnspec.comparison.rows import Gap, Rows
from cnnspec.comparison.side import Item, Side
from cnnspec.graph.nodes import Graph
from cnnspec.layers.phrase import words
from cnnspec.source.frozen import frozen

_FIRST = "nothing"
"""What stands before the first line of a row."""


def network_differences(one: Graph, other: Graph, stages: bool = True) -> tuple[Difference, ...]:
    """What differs between two networks; nothing where both are built the same. Titles of stages count if `stages`."""
    sides = Side(one, stages), Side(other, stages)
    if are_one(sides[0].vertices(), sides[1].vertices()):
        return ()
    found = list(_Telling(*sides).run())
    found = found or [Rewired(NOWHERE, "other layers", "the same layers", "the layers", "read")]
    return _in_order([*found, *figures_of(one, other, _stages(found, sides))], sides)


def _in_order(found: list[Difference], sides: tuple[Side, Side]) -> tuple[Difference, ...]:
    """By stage, in each of them the causes before what follows from them."""
    renamed = {each.before: each.after for each in found if isinstance(each, StageRenamed)}
    titles = list(dict.fromkeys(sides[1].titles))
    at = -1
    for title in dict.fromkeys(sides[0].titles):
        told = renamed.get(title, title)
        if told not in titles:
            titles.insert(at + 1, told)
        at = titles.index(told)
    places = {title: at for at, title in enumerate(titles)} | {NOWHERE: -1}

    def place(each: Difference) -> tuple[int, bool]:
        follows = isinstance(each, FiguresChanged)
        return (len(places) if follows and each.place == NOWHERE else places.get(each.place, -1), follows)

    return tuple(sorted(found, key=place))


def _stages(found: list[Difference], sides: tuple[Side, Side]) -> dict[str, str]:
    """The stages that both have, by their titles in the one."""
    renamed = {each.before: each.after for each in found if isinstance(each, StageRenamed)}
    both = {title: title for title in sides[0].titles if title and title in sides[1].titles}
    return {**both, **renamed}


@frozen
class _Loose:
    """A line that is in one network alone, and where it stands: the gap, on which side of it, and how far in it."""

    gap: int
    item: Item
    before: str


@dataclass(slots=True)
class _Telling:
    """Puts into words how two networks lie beside each other."""

    one: Side
    other: Side
    rows: Rows = field(init=False)
    renamed: dict[str, str] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    """Nodes that stand for each other at different places."""

    def __post_init__(self) -> None:
        both = frozenset(self.one.titles) & frozenset(self.other.titles)
        self.rows = Rows(self.one, self.other, Likeness(both))

    def run(self) -> Iterator[Difference]:
        """All differences but for what follows from them."""
        self.rows.lay(self.one.units, self.other.units)
        self.renamed = self._renamed()
        yield from (StageRenamed(there, here, there) for here, there in self.renamed.items())
        found = [*self._moved(), *self._in_gaps(), *self._changed(), *self._elsewhere()]
        yield from found
        yield from self._rewired()
        yield from self._outputs()

    # Stages

    def _renamed(self) -> dict[str, str]:
        """The titles that only the one has, with the title that the same layers have in the other alone."""
        pairs = Counter((self.one.titles[one], self.other.titles[other]) for one, other in self.rows.pairs.items())
        mine, theirs = Counter(self.one.titles), Counter(self.other.titles)
        found: dict[str, str] = {}
        for (here, there), count in pairs.most_common():
            most = 2 * count > min(mine[here], theirs[there])
            new = most and here not in theirs and there not in mine
            if new and here not in found and there not in found.values():
                found[here] = there
        return found

    def _title(self, here: str) -> str:
        return self.renamed.get(here, here)

    def _elsewhere(self) -> Iterator[Difference]:
        """Layers that stand in another stage of the other network."""
        groups: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for one, other in sorted(self.rows.pairs.items()):
            here, there = self.one.titles[one], self.other.titles[other]
            if self._title(here) != there:
                groups[here, there].append((one, other))
        for (here, there), pairs in groups.items():
            said = self.one.called(pairs[0][0]) if len(pairs) == 1 else f"{len(pairs)} layers"
            names = tuple(self._name(0, one) for one, _ in pairs), tuple(self._name(1, other) for _, other in pairs)
            yield Moved(there, _of_stage(here), _of_stage(there), said, names)

    # Lines in one network alone

    def _moved(self) -> Iterator[Difference]:
        """Lines that both have, at different places; they are taken out of their gaps."""
        taken: set[tuple[int, int, int]] = set()
        waiting: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for number, gap in enumerate(self.rows.gaps):
            for at, item in enumerate(gap.other):
                waiting[self._looks(1, item)].append((number, at))
        for number, gap in enumerate(self.rows.gaps):
            for at, item in enumerate(gap.one):
                places = waiting[self._looks(0, item)]
                if not places:
                    continue
                there, to = places.pop(0)
                taken |= {(0, number, at), (1, there, to)}
                yield self._move(gap, at, self.rows.gaps[there], to)
        self.rows.gaps = [_without(gap, number, taken) for number, gap in enumerate(self.rows.gaps)]

    def _looks(self, which: int, item: Item) -> Any:
        side = (self.one, self.other)[which]
        return tuple(map(side.exact, item.units))

    def _move(self, gap: Gap, at: int, other: Gap, to: int) -> Difference:
        mine, theirs = gap.one[at], other.other[to]
        self.moved |= dict(zip(mine.leaves(), theirs.leaves(), strict=True))
        here, there = self._title(mine.title), theirs.title
        before = f"after {self._standing(0, gap, gap.starts[0] + at)}"
        after = f"after {self._standing(1, other, other.starts[1] + to)}"
        if here != there:
            before, after = (f"{_of_stage(title)}, {text}" for title, text in ((mine.title, before), (there, after)))
        said = self.one.row_in_words(mine.units)
        return Moved(there, before, after, said, (self._names(0, (mine,)), self._names(1, (theirs,))))

    def _standing(self, which: int, gap: Gap, at: int) -> str:
        """What stands before a line in its row."""
        row = gap.rows[which]
        return self._words(which, (row[at - 1],)) if at else _FIRST

    def _in_gaps(self) -> Iterator[Difference]:
        for gap in self.rows.gaps:
            again = repeated(gap, (self.one, self.other), self._title)
            if again:
                yield again
            else:
                yield from self._in_gap(gap)

    def _in_gap(self, gap: Gap) -> Iterator[Difference]:
        """What is in one network alone, stage by stage."""
        mine, theirs = _by_title(gap.one, gap.starts[0]), _by_title(gap.other, gap.starts[1])
        here = {self._title(title): found for title, found in mine.items()}
        for title in dict.fromkeys((*here, *theirs)):
            (at, one), (to, other) = here.get(title, (0, ())), theirs.get(title, (0, ()))
            names = self._names(0, one), self._names(1, other)
            if one and other:
                yield Replaced(title, self._words(0, one), self._words(1, other), names)
            elif one:
                yield Removed(title, self._told(0, one), names[0], self._standing(0, gap, at))
            else:
                yield Added(title, self._told(1, other), names[1], self._standing(1, gap, to))

    def _told(self, which: int, items: tuple[Item, ...]) -> str:
        """Lines in words; as a stage where they are all of one."""
        said, title = self._words(which, items), items[0].title
        side = (self.one, self.other)[which]
        whole = title and side.titles.count(title) == sum(len(item.leaves()) for item in items)
        return f"stage ({said})" if whole else said

    def _words(self, which: int, items: tuple[Item, ...]) -> str:
        return folded((self.one, self.other)[which], items)

    def _names(self, which: int, items: tuple[Item, ...]) -> tuple[str, ...]:
        return tuple(self._name(which, at) for item in items for at in item.leaves())

    def _name(self, which: int, at: int) -> str:
        return (self.one, self.other)[which].node(at).name

    # Nodes that stand for each other

    def _changed(self) -> Iterator[Difference]:
        """Arguments that differ; what differs alike, or by numbers, in several layers of a stage is one difference."""
        groups: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for one, other in sorted(self.rows.pairs.items()):
            mine, theirs = dict(self.one.arguments[one]), dict(self.other.arguments[other])
            kind, title = self.one.node(one).kind, self.other.titles[other]
            for name in self._comparable(one, mine, theirs):
                if mine.get(name) != theirs.get(name):
                    groups[title, kind, name, repr(mine.get(name)), repr(theirs.get(name))].append((one, other))
        rows: dict[tuple[str, str, str], list[list[tuple[int, int]]]] = defaultdict(list)
        for (title, kind, name, _, _), pairs in groups.items():
            rows[title, kind, name].append(pairs)
        for (title, kind, name), found in rows.items():
            changes = [self._change(title, kind, name, pairs) for pairs in found]
            yield from [_together(changes)] if all(map(_is_number, changes)) and len(changes) > 1 else changes

    def _change(self, title: str, kind: str, name: str, pairs: list[tuple[int, int]]) -> ArgumentChanged:
        one, other = pairs[0]
        before, after = _argument(self.one, one, name), _argument(self.other, other, name)
        names = tuple((self._name(0, mine), self._name(1, theirs)) for mine, theirs in pairs)
        return ArgumentChanged(title, before, after, words(kind), name, names)

    def _comparable(self, one: int, mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
        """The arguments of both; one of a layer that has no effect in one of them lost it by another argument."""
        layer = self.one.layer(one)
        own = type(layer).model_fields if layer is not None else {}
        for name in dict.fromkeys((*mine, *theirs)):
            if name not in own or (name in mine and name in theirs):
                yield name

    def _rewired(self) -> Iterator[Difference]:
        """What reads other layers, or shares other weights, than what stands for it."""
        pairs = {**self.rows.pairs, **self.moved}
        back = {other: one for one, other in self.rows.pairs.items()}
        for one, other in sorted(self.rows.pairs.items()):
            mine, theirs = self.one.node(one), self.other.node(other)
            if (mine.shared is None) != (theirs.shared is None) or (
                mine.shared is not None and theirs.shared is not None and pairs.get(mine.shared) != theirs.shared
            ):
                before, after = self._weights_of(0, mine.shared), self._weights_of(1, theirs.shared)
                yield Rewired(self.other.titles[other], before, after, self.other.called(other), "has")
            elif self._reads_other(mine.inputs, theirs.inputs, back, self.other.ordered(other)):
                before, after = (
                    ", ".join(self._name(which, at) for at in node.inputs) for which, node in enumerate((mine, theirs))
                )
                yield Rewired(self.other.titles[other], before, after, self.other.called(other))

    def _reads_other(self, mine: tuple[int, ...], theirs: tuple[int, ...], back: dict[int, int], ordered: bool) -> bool:
        """Whether what is read stands for something else; what is in one network alone is told of as that."""
        if len(mine) != len(theirs):
            return True
        known = [self.rows.pairs.get(at) for at in mine]
        if None in known or any(at not in back for at in theirs):
            return False
        return (known != list(theirs)) if ordered else Counter(known) != Counter(theirs)

    def _stands_for(self, one: int) -> int | None:
        return self.rows.pairs.get(one, self.moved.get(one))

    def _weights_of(self, which: int, at: int | None) -> str:
        return "weights of its own" if at is None else f"the weights of {self._name(which, at)}"

    def _outputs(self) -> Iterator[Difference]:
        mine, theirs = (_outputs_of(side.graph) for side in (self.one, self.other))
        for name in dict.fromkeys((*mine, *theirs)):
            one, other = mine.get(name), theirs.get(name)
            if one is None or other is None or self._stands_for(one) not in (other, None):
                before, after = (
                    "none" if at is None else self._name(which, at) for which, at in enumerate((one, other))
                )
                yield OutputChanged("", before, after, name)


def _outputs_of(graph: Graph) -> dict[str, int]:
    """The outputs by name; one that has no name of its own has none."""
    return graph.outputs if graph.named_outputs else dict.fromkeys([""], *graph.outputs.values())


def _argument(side: Side, at: int, name: str) -> Any:
    """An argument as a spec would write it; None where the layer has none of this name."""
    layer = side.layer(at)
    held = dict(side.arguments[at])
    if layer is None or name not in type(layer).model_fields:
        value = held.get(name)
        return list(value) if isinstance(value, tuple) else value
    if name not in held:
        return None
    return shown_value(layer.effective(*(side.node(each).output for each in side.node(at).inputs)).get(name))


def _by_title(items: tuple[Item, ...], start: int) -> dict[str, tuple[int, tuple[Item, ...]]]:
    """Lines by their stage, each with how many lines of the row are before them."""
    found: dict[str, tuple[int, tuple[Item, ...]]] = {}
    for at, item in enumerate(items, start):
        first, held = found.get(item.title, (at, ()))
        found[item.title] = first, (*held, item)
    return found


def _is_number(change: ArgumentChanged) -> bool:
    return all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in (change.before, change.after))


def _together(changes: list[ArgumentChanged]) -> ArgumentChanged:
    """Changes of one argument to several numbers, as the rates that grow from block to block."""
    each = [(change.before, change.after, names) for change in changes for names in change.names]
    before, after, names = zip(*sorted(each, key=lambda one: one[2]), strict=True)
    return replace(changes[0], before=list(before), after=list(after), names=names, each=True)


def _of_stage(title: str) -> str:
    return title or "no stage"


def _without(gap: Gap, number: int, taken: set[tuple[int, int, int]]) -> Gap:
    """A gap without the lines that are told of as moved."""
    one = tuple(item for at, item in enumerate(gap.one) if (0, number, at) not in taken)
    other = tuple(item for at, item in enumerate(gap.other) if (1, number, at) not in taken)
    return gap if (one, other) == (gap.one, gap.other) else replace(gap, one=one, other=other)
