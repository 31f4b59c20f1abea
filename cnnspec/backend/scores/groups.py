"""Figures for parts of the data, told apart by a column."""

from collections.abc import Iterator, Sequence

import numpy as np

from cnnspec.backend.data.numerals import number_in
from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.figures import figures
from cnnspec.backend.objective.mistaken import Said
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.scores.intervals import Units
from cnnspec.backend.scores.scored import intervals_of
from cnnspec.results.groups import Group, Groups

MOST_VALUES = 30
"""Groups that are told; of a column with more, those with the most examples."""
MOST_NUMBERS = 12
"""A column with more different numbers is divided into ranges."""
_RANGES = 5
_WHOLE = 1e15
_FEWEST_DIGITS, _MOST_DIGITS = 6, 17
"""Digits that a range's ends are written with; with the most any two numbers differ."""
EMPTY = "(empty)"
"""What a group is called of which the column says nothing."""


def groups_of(column: str, values: Array, answer: Answer, labels: Array, said: Said, units: Units) -> Groups:
    """The figures of an output for each value of a column (n), or each of a few ranges of many numbers."""
    parts = list(parts_of(values))
    told = [_group(name, rows, answer, labels, said, units) for name, rows in parts[:MOST_VALUES]]
    return Groups(column, tuple(told), len(parts[MOST_VALUES:]))


def parts_of(values: Array) -> Iterator[tuple[str, Array]]:
    """Each group's name and its rows: numbers by size, anything else by how many examples it has."""
    texts = np.array([value.strip() for value in values], object)
    filled = texts != ""
    numbers = _numbers(texts[filled])
    if numbers is not None and len(set(numbers.tolist())) > MOST_NUMBERS:
        yield from _ranges(np.flatnonzero(filled), numbers)
    else:
        names, counts = np.unique(texts[filled].astype(str), return_counts=True)
        first = -counts if numbers is None else names.astype(np.float64)
        for at in np.lexsort((names, first)):
            yield str(names[at]), np.flatnonzero(texts == names[at])
    if not filled.all():
        yield EMPTY, np.flatnonzero(~filled)


def _numbers(texts: Array) -> Array | None:
    numbers = [number_in(text) for text in texts]
    return np.array(numbers, np.float64) if numbers and None not in numbers else None


def _ranges(rows: Array, numbers: Array) -> Iterator[tuple[str, Array]]:
    """Ranges with about as many examples each; equal numbers are in one."""
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _RANGES + 1)[1:-1], method="lower"))
    of = np.searchsorted(edges, numbers)
    held = [numbers[of == each] for each in np.unique(of)]
    shown = _told_apart([end for each in held for end in (float(each.min()), float(each.max()))])
    for number, each in enumerate(np.unique(of)):
        least, most = shown[2 * number : 2 * number + 2]
        yield (least if least == most else f"{least} to {most}"), rows[of == each]


def _told_apart(ends: Sequence[float]) -> list[str]:
    """Numbers as texts that differ where the numbers do: whole ones in full, others in as few digits as do."""
    if all(end.is_integer() and abs(end) < _WHOLE for end in ends):
        return [str(int(end)) for end in ends]
    texts = ([f"{end:.{digits}g}" for end in ends] for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1))
    return next(each for each in texts if len(set(each)) == len(set(ends)))


def _group(name: str, rows: Array, answer: Answer, labels: Array, said: Said, units: Units) -> Group:
    own, part = labels[rows], said.take(rows)
    found = figures(answer, own, part.decided, part.mask)
    told = dict(found.values) if found.accuracy is None else {"accuracy": found.accuracy}
    told |= {f"{row.name}_f1": row.f1 for row in found.averages if row.name in ("micro", "macro")}
    kept = np.isin(np.arange(len(labels)), rows)
    intervals = intervals_of(answer, answer.truth(own), part, units.take(kept))
    of = {} if intervals is None else {key: each for key, each in intervals.of.items() if key in told}
    return Group(name, len(rows), told, of)
