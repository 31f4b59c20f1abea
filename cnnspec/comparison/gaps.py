"""Lines that are in one network alone, or at another place in each: added, removed, replaced, repeated, moved."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnspec.comparison.difference import Difference
from cnnspec.comparison.differences import Added, Moved, Removed, Replaced
from cnnspec.comparison.laid import Laid, of_stage
from cnnspec.comparison.repeats import repeated
from cnnspec.comparison.rows import Gap
from cnnspec.comparison.side import Item

_FIRST = "nothing"
"""What stands before the first line of a row."""


def moved(laid: Laid) -> Iterator[Difference]:
    """Lines that both have, at different places; they are taken out of their gaps."""
    taken: set[tuple[int, int, int]] = set()
    waiting: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for number, gap in enumerate(laid.rows.gaps):
        for at, item in enumerate(gap.other):
            waiting[_looks(laid, 1, item)].append((number, at))
    for number, gap in enumerate(laid.rows.gaps):
        for at, item in enumerate(gap.one):
            places = waiting[_looks(laid, 0, item)]
            if not places:
                continue
            there, to = places.pop(0)
            taken |= {(0, number, at), (1, there, to)}
            yield _move(laid, gap, at, laid.rows.gaps[there], to)
    laid.rows.gaps = [_without(gap, number, taken) for number, gap in enumerate(laid.rows.gaps)]


def _looks(laid: Laid, which: int, item: Item) -> Any:
    side = laid.side(which)
    return tuple(map(side.exact, item.units))


def _move(laid: Laid, gap: Gap, at: int, other: Gap, to: int) -> Difference:
    mine, theirs = gap.one[at], other.other[to]
    laid.moved |= dict(zip(mine.leaves(), theirs.leaves(), strict=True))
    here, there = laid.title(mine.title), theirs.title
    before = _place(laid, 0, gap, gap.starts[0] + at, mine.title)
    after = _place(laid, 1, other, other.starts[1] + to, there)
    if here != there:
        before, after = (f"{of_stage(title)}, {text}" for title, text in ((mine.title, before), (there, after)))
    said = laid.one.row_in_words(mine.units)
    return Moved(there, before, after, said, (laid.names(0, (mine,)), laid.names(1, (theirs,))))


def _place(laid: Laid, which: int, gap: Gap, at: int, title: str) -> str:
    """Where a line stands: after which layer, by its name, within its stage where that is the same."""
    if not at:
        return "first"
    before = gap.rows[which][at - 1]
    name = laid.name(which, before.leaves()[-1])
    return f"after {name.partition('.')[2] if title and title == before.title else name}"


def _standing(laid: Laid, which: int, gap: Gap, at: int) -> str:
    """What stands before a line in its row."""
    row = gap.rows[which]
    return laid.words(which, (row[at - 1],)) if at else _FIRST


def in_gaps(laid: Laid) -> Iterator[Difference]:
    """What is in one network alone."""
    for gap in laid.rows.gaps:
        again = repeated(gap, (laid.one, laid.other), laid.title)
        if again:
            yield again
        else:
            yield from _in_gap(laid, gap)


def _in_gap(laid: Laid, gap: Gap) -> Iterator[Difference]:
    """What is in one network alone, stage by stage."""
    mine, theirs = _by_title(gap.one, gap.starts[0]), _by_title(gap.other, gap.starts[1])
    here = {laid.title(title): found for title, found in mine.items()}
    for title in dict.fromkeys((*here, *theirs)):
        (at, one), (to, other) = here.get(title, (0, ())), theirs.get(title, (0, ()))
        names = laid.names(0, one), laid.names(1, other)
        if one and other:
            yield Replaced(title, laid.words(0, one), laid.words(1, other), names)
        elif one:
            yield Removed(title, _told(laid, 0, gap, at, one), names[0], _standing(laid, 0, gap, at))
        else:
            yield Added(title, _told(laid, 1, gap, to, other), names[1], _standing(laid, 1, gap, to))


def _told(laid: Laid, which: int, gap: Gap, at: int, items: tuple[Item, ...]) -> str:
    """Lines in words; as a stage where they are all of one. What they read is told where that does not stand before."""
    said, title = laid.words(which, items), items[0].title
    side = laid.side(which)
    nodes = [side.node(leaf) for item in items for leaf in item.leaves()]
    whole = title and side.titles.count(title) == len(nodes)
    used = {name: None for node in nodes if node.shared is not None for name in (_origin(laid, which, node.shared),)}
    told = f"stage ({said})" if whole else said
    told += f" with the weights of {', '.join(used)}" if used else ""
    own = {leaf for item in items for leaf in item.leaves()}
    read = list(dict.fromkeys(each for node in nodes for each in node.inputs if each not in own))
    elsewhere = gap.within is None and at and read not in ([], [gap.rows[which][at - 1].leaves()[-1]])
    return f"{told} reading {', '.join(laid.name(which, each) for each in read)}" if elsewhere else told


def _origin(laid: Laid, which: int, at: int) -> str:
    """Where weights are that are used once more: the stage, else the layer."""
    return laid.side(which).titles[at] or laid.name(which, at)


def _by_title(items: tuple[Item, ...], start: int) -> dict[str, tuple[int, tuple[Item, ...]]]:
    """Lines by their stage, each with how many lines of the row are before them."""
    found: dict[str, tuple[int, tuple[Item, ...]]] = {}
    for at, item in enumerate(items, start):
        first, held = found.get(item.title, (at, ()))
        found[item.title] = first, (*held, item)
    return found


def _without(gap: Gap, number: int, taken: set[tuple[int, int, int]]) -> Gap:
    """A gap without the lines that are told of as moved."""
    one = tuple(item for at, item in enumerate(gap.one) if (0, number, at) not in taken)
    other = tuple(item for at, item in enumerate(gap.other) if (1, number, at) not in taken)
    return gap if (one, other) == (gap.one, gap.other) else replace(gap, one=one, other=other)
