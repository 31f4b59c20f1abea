"""A network as what runs one after the other and what runs side by side, read off what reads what alone.

How it was written has no part in it: a residual, branches that are merged by name and blocks or none of them give the
same where the same layers read the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cnnspec.source.frozen import frozen

DEEPEST = 40
"""Branches inside of branches; what lies deeper is compared as a list of layers with what each reads."""
Reads = Sequence[tuple[int, ...]]
"""For each node the positions of what it reads, smaller than its own."""


@frozen
class Leaf:
    """One node by its position."""

    at: int

    def leaves(self) -> Iterator[int]:
        """Itself."""
        yield self.at


@frozen
class Fork:
    """Branches, in the order in which `end` reads them, or, where `loose`, all nodes in between in one branch.

    An empty branch is what all of them read, as it is. The first `sides` branches end elsewhere: in outputs.
    """

    branches: "tuple[tuple[Unit, ...], ...]"
    end: int
    sides: int = 0
    loose: bool = False

    def leaves(self) -> Iterator[int]:
        """All nodes in it."""
        for branch in self.branches:
            for unit in branch:
                yield from unit.leaves()
        yield self.end


Unit = Leaf | Fork


def units_of(reads: Reads) -> tuple[Unit, ...]:
    """The units of a whole network."""
    return _units(tuple(range(len(reads))), reads, 0)


def _units(row: tuple[int, ...], reads: Reads, depth: int) -> tuple[Unit, ...]:
    """Nodes in an order in which each comes after what it reads, cut where one value alone goes on."""
    last = {at: position for position, node in enumerate(row) for at in reads[node]}
    inside = set(row)
    awaited = max((position for at, position in last.items() if at not in inside), default=-1)
    units: list[Unit] = []
    start = 0
    for position, node in enumerate(row):
        if awaited <= position:
            units.append(_unit(row[start : position + 1], reads, depth))
            start = position + 1
        awaited = max(awaited, last.get(node, -1))
    return tuple(units)


def _unit(row: tuple[int, ...], reads: Reads, depth: int) -> Unit:
    if len(row) == 1:
        return Leaf(row[0])
    inner, end = row[:-1], row[-1]
    parts = _components(inner, reads)
    feeds: dict[int, int] = {at: number for number, part in enumerate(parts) for at in part}
    order = [feeds.get(at, -1) for at in reads[end]]
    inside = [number for number in order if number >= 0]
    sides = [number for number in range(len(parts)) if number not in inside]
    ends = all(at == parts[feeds[at]][-1] for at in reads[end] if at in feeds)
    if depth == DEEPEST or not ends or len(set(inside)) < len(inside) or (len(parts) == 1 and -1 not in order):
        return Fork((tuple(Leaf(at) for at in inner),), end, loose=True)
    rows = [parts[number] if number >= 0 else () for number in (*sides, *order)]
    return Fork(tuple(_units(each, reads, depth + 1) for each in rows), end, len(sides))


def _components(row: tuple[int, ...], reads: Reads) -> list[tuple[int, ...]]:
    """The nodes in groups that read nothing of each other."""
    group = {at: at for at in row}

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for at in row:
        for read in reads[at]:
            if read in group:
                group[root(at)] = root(read)
    found: dict[int, list[int]] = defaultdict(list)
    for at in row:
        found[root(at)].append(at)
    return [tuple(each) for each in found.values()]
