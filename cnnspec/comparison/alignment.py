"""Which line of one network stands for which of the other: the pairs, in order, that have most in common together."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cnnspec.source.frozen import frozen

T = TypeVar("T")
MOST_CELLS = 4_000_000
"""Pairs of lines that are weighed all; longer rows are gone through side by side."""
_AHEAD, _RUN = 16, 3
"""How far ahead is looked in those for what goes on alike in both, and for how many lines."""
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
    inner = _best(mine, theirs, score) if whole else _in_step(mine, theirs, score, equal)
    return [
        *(Match(at, at) for at in range(start)),
        *(Match(_moved(each.one, start), _moved(each.other, start)) for each in inner),
        *(Match(len(one) - at, len(other) - at) for at in range(end, 0, -1)),
    ]


def _moved(at: int | None, by: int) -> int | None:
    return None if at is None else at + by


def _in_step(one: Sequence[T], other: Sequence[T], score: Score[T], equal: Callable[[T, T], bool]) -> list[Match]:
    """Row beside row from the start; where they part, as little is passed over as brings them together again."""
    found: list[Match] = []
    at = to = 0
    while at < len(one) and to < len(other):
        by, past = _parted(one, other, at, to, equal)
        found += _shifted(_best(one[at : at + by], other[to : to + past], score), at, to)
        at, to = at + by, to + past
        while at < len(one) and to < len(other) and equal(one[at], other[to]):
            found.append(Match(at, to))
            at, to = at + 1, to + 1
    found += [Match(rest, None) for rest in range(at, len(one))]
    return found + [Match(None, rest) for rest in range(to, len(other))]


def _parted(one: Sequence[T], other: Sequence[T], at: int, to: int, equal: Callable[[T, T], bool]) -> tuple[int, int]:
    """How much of either row comes before a few that are equal again; some of both where none are near."""
    for together in range(2 * _AHEAD):
        for by in range(max(0, together - _AHEAD), min(together, _AHEAD) + 1):
            run = zip(
                one[at + by : at + by + _RUN], other[to + together - by : to + together - by + _RUN], strict=False
            )
            told = [equal(mine, theirs) for mine, theirs in run]
            if len(told) == _RUN and all(told):
                return by, together - by
    return _AHEAD, _AHEAD


def _shifted(matches: list[Match], at: int, to: int) -> list[Match]:
    return [Match(_moved(each.one, at), _moved(each.other, to)) for each in matches]


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
