"""Matches the layers of two networks by what reads what, with colours that are refined until they tell no more.

A layer's first colour is its kind, its shapes and the colours of all that it reads, so that it stands for everything
that comes before: a layer with the same history computes the same. Where several layers have one history, what reads
them must tell them apart; where it does not, nobody can say which is which, and that is told.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from cnnspec.weights.skeleton import Skeleton

_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Matched:
    """Which layer here is which there; `unclear` are layers here that several there could be, with those."""

    pairs: Mapping[str, str]
    unclear: Mapping[str, tuple[str, ...]]


def match(here: Skeleton, there: Skeleton) -> Matched:
    """The layers of one history; what has none there is in neither of the answers."""
    names: dict[Hashable, int] = {}
    first = [_histories(each, names) for each in (here, there)]
    common = Counter(first[0]).keys() & Counter(first[1]).keys()
    kept = [[colour in common for colour in colours] for colours in first]
    refined = _refined((here, there), first, kept)
    could: dict[str, set[str]] = defaultdict(set)
    ours, theirs = _by_colour(here, first[0], kept[0]), _by_colour(there, first[1], kept[1])
    alone = {owners[0]: theirs[colour][0] for colour, owners in ours.items() if len(owners) == 1 == len(theirs[colour])}
    for owner, found in alone.items():
        could[owner].add(found)
    finer = [_by_colour(each, refined[number], kept[number]) for number, each in enumerate((here, there))]
    for colour, owners in finer[0].items():
        for owner in owners:
            if owner not in alone:
                could[owner].update(finer[1][colour])
                could[owner].update([""] * (len(owners) != 1))
    return _told_apart(could)


def _told_apart(could: Mapping[str, set[str]]) -> Matched:
    """A layer is told where it could be one there alone, which no other could be."""
    wanted = Counter(found for names in could.values() for found in names)
    pairs = {here: min(names) for here, names in could.items() if len(names) == 1 and wanted[min(names)] == 1}
    left = {here: tuple(sorted(filter(None, names))) for here, names in could.items() if here not in pairs}
    return Matched({here: there for here, there in pairs.items() if there}, left)


def _histories(skeleton: Skeleton, names: dict[Hashable, int]) -> list[int]:
    colours: list[int] = []
    for vertex in skeleton:
        colours.append(names.setdefault((vertex.label, vertex.ordered, vertex.read(colours)), len(names)))
    return colours


def _refined(
    skeletons: tuple[Skeleton, Skeleton], first: Sequence[list[int]], kept: Sequence[list[bool]]
) -> list[list[int]]:
    """Colours that also tell what reads a layer, among what both networks have."""
    colours, count = [list(each) for each in first], 0
    for _ in range(_ROUNDS):
        names: dict[Hashable, int] = {}
        colours = [_round(*each, names) for each in zip(skeletons, colours, kept, strict=True)]
        if len(names) == count:
            break
        count = len(names)
    return colours


def _round(skeleton: Skeleton, colours: list[int], kept: list[bool], names: dict[Hashable, int]) -> list[int]:
    readers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, vertex in enumerate(skeleton):
        if kept[at]:
            for number, place in enumerate(vertex.inputs):
                readers[place].append((colours[at], number if vertex.ordered else 0))
    found = []
    for at, vertex in enumerate(skeleton):
        told = (colours[at], vertex.read(colours), tuple(sorted(readers[at]))) if kept[at] else ()
        found.append(names.setdefault(told, len(names)))
    return found


def _by_colour(skeleton: Skeleton, colours: Sequence[int], kept: Sequence[bool]) -> dict[int, list[str]]:
    """The layers of each colour, those applied several times once."""
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for at, vertex in enumerate(skeleton):
        if kept[at] and vertex.owner:
            found[colours[at]][vertex.owner] = None
    return defaultdict(list, {colour: list(owners) for colour, owners in found.items()})
