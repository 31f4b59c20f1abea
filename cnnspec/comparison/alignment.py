"""Which line of one network stands for which of the other: the pairs, in order, that have most in common together."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cnnspec.source.frozen import frozen

T = TypeVar("T")
MOST_CELLS = 4_000_000
"""Pairs of lines that are weighed; of longer rows only what is equal is found, in order."""
Score = Callable[[T, T], float]


@frozen
class Match:
    """Positions in either row; one of them is None where the other has no counterpart."""

    one: int | None
    other: int | None


def aligned(one: Sequence[T], other: Sequence[T], score: Score[T], equal: Callable[[T, T], bool]) -> list[Match]:
    """Both rows as one row of pairs and of what is in one alone; what scores 0 is never paired."""
    start = 0
    while start < min(len(one), len(other)) and equal(one[start], other[start]):
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and equal(one[-1 - end], other[-1 - end]):
        end += 1
    mine, theirs = one[start : len(one) - end], other[start : len(other) - end]
    whole = len(mine) * len(theirs) <= MOST_CELLS
    inner = _best(mine, theirs, score) if whole else _in_step(mine, theirs, score)
    return [
        *(Match(at, at) for at in range(start)),
        *(Match(_moved(each.one, start), _moved(each.other, start)) for each in inner),
        *(Match(len(one) - at, len(other) - at) for at in range(end, 0, -1)),
    ]


def _moved(at: int | None, by: int) -> int | None:
    return None if at is None else at + by


def _in_step(one: Sequence[T], other: Sequence[T], score: Score[T]) -> list[Match]:
    """Row beside row from the start, as far as both go."""
    shared = min(len(one), len(other))
    found: list[Match] = []
    for at in range(shared):
        fits = score(one[at], other[at]) > 0
        found += [Match(at, at)] if fits else [Match(at, None), Match(None, at)]
    found += [Match(at, None) for at in range(shared, len(one))]
    return found + [Match(None, at) for at in range(shared, len(other))]


def _best(one: Sequence[T], other: Sequence[T], score: Score[T]) -> list[Match]:
    """Needleman and Wunsch 1970, without a cost for what has no counterpart."""
    scores = [[score(mine, theirs) for theirs in other] for mine in one]
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, mine in enumerate(scores):
        above, here = best[row], best[row + 1]
        for column, value in enumerate(mine):
            paired = above[column] + value if value > 0 else 0.0
            here[column + 1] = max(paired, above[column + 1], here[column])
    return _traced(scores, best)


def _traced(scores: list[list[float]], best: list[list[float]]) -> list[Match]:
    found: list[Match] = []
    row, column = len(best) - 1, len(best[0]) - 1
    while row or column:
        value = scores[row - 1][column - 1] if row and column else 0.0
        if value > 0 and best[row][column] == best[row - 1][column - 1] + value:
            row, column = row - 1, column - 1
            found.append(Match(row, column))
        elif column and best[row][column] == best[row][column - 1]:
            column -= 1
            found.append(Match(None, column))
        else:
            row -= 1
            found.append(Match(row, None))
    return found[::-1]
