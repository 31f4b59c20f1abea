"""Parts that are alike, one after the other, become one that says how often it runs."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from cnnspec.reports.bracketing import blend, runs
from cnnspec.reports.diagram.parts import Block, Fork, Leaf, Part, Parts, Repeat, Skip
from cnnspec.reports.notation import Line

_FEW = 3
"""So many equal layers are drawn one by one."""


def fold(parts: Parts) -> Parts:
    """The parts with repeats in one; the first may have strides of its own, and a projection that goes with them."""
    folded: list[Part] = []
    rest = list(parts)
    for run in runs(tuple(part.piece for part in parts)):
        mine, rest = rest[: len(run)], rest[len(run) :]
        folded += _folded(mine)
    return tuple(folded) if len(folded) == len(parts) else fold(tuple(folded))


def _folded(run: Sequence[Part]) -> list[Part]:
    if len(run) == 1 or (isinstance(run[0], Leaf) and len(run) <= _FEW):
        return list(run)
    return [Repeat(merged(run), len(run))]


def merged(run: Sequence[Part]) -> Part:
    """One part for several that are alike."""
    first = run[0]
    if isinstance(first, Leaf):
        each = [part for part in run if isinstance(part, Leaf)]
        return replace(first, line=_line(each), outputs=_outputs(run))
    if isinstance(first, Block):
        return replace(first, parts=_merged_all([part.parts for part in run if isinstance(part, Block)]))
    if isinstance(first, Repeat):
        return replace(first, part=merged([part.part for part in run if isinstance(part, Repeat)]))
    if isinstance(first, Fork):
        forks = [part for part in run if isinstance(part, Fork)]
        columns = zip(*(fork.branches for fork in forks), strict=True)
        return replace(first, branches=tuple(map(_merged_all, columns)), outputs=_outputs(run))
    return _skip([part for part in run if isinstance(part, Skip)])


def _skip(run: Sequence[Skip]) -> Skip:
    first = run[0]
    shortcuts = [part.shortcut for part in run if part.shortcut]
    return replace(
        first,
        main=_merged_all([part.main for part in run]),
        shortcut=_merged_all(shortcuts) if shortcuts else (),
        outputs=_outputs(run),
        only_first=first.only_first or len(shortcuts) not in (0, len(run)),
    )


def _merged_all(rows: Sequence[Parts]) -> Parts:
    """Sequences of parts, as one; those that say more than others do, in a shortcut, are left out."""
    return tuple(merged(each) for each in zip(*(row for row in rows if len(row) == len(rows[0])), strict=True))


def _outputs(run: Sequence[Part]) -> tuple[int, ...]:
    return tuple(at for part in run for at in part.outputs)


def _line(run: Sequence[Leaf]) -> Line:
    """What is said of all, where it is not the same: `stride 2 then 1`."""

    def both(one: Line, other: Line) -> Line:
        whole = blend(one, other, leads=True)
        return whole if isinstance(whole, Line) else one

    return reduce(both, (leaf.line for leaf in run))
