"""Whether two runs differ by more than chance would have them: what was compared, how, and what came of it.

Shares of right answers by Newcombe's interval (1998, method 10), the same examples in pairs by McNemar's exact test
(1947) and, where they are numbers, by Student's t of their differences, several seeds by Welch's test (1947). What is
larger than the noise would come about by chance in less than one case of twenty.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Z = 1.959963984540054
"""The normal distribution's 97.5 %."""
LEVEL = 0.05
Way = Literal["shares", "pairs", "seeds", "intervals", ""]
_STEPS = 300
_HALVINGS = 50
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run's figure less another's, `larger` than the noise or not; None where nothing says how large that is.

    `low` and `high` bound the difference at 95 %, `p` is how often chance alone would come to as much; what does not go
    by such a number has NaN. `how` says by what it was decided, or why it was not.
    """

    difference: float
    larger: bool | None
    how: str
    way: Way = ""
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a figure at 95 %."""

    low: float
    high: float


def undecided(difference: float, why: str) -> Verdict:
    """Nothing is known of the noise."""
    return Verdict(difference, None, why)


def of_shares(right: tuple[int, int], examples: tuple[int, int]) -> Verdict:
    """Two shares of right answers, each of its own examples; of the same ones this says less than pairs would."""
    one, other = (count / of for count, of in zip(right, examples, strict=True))
    (low_one, high_one), (low_other, high_other) = map(wilson, right, examples)
    difference = one - other
    low = difference - math.hypot(one - low_one, high_other - other)
    high = difference + math.hypot(high_one - one, other - low_other)
    counts = f"{examples[0]:,}" if examples[0] == examples[1] else f"{examples[0]:,} and {examples[1]:,}"
    how = f"two shares of {counts} examples"
    return Verdict(difference, low > 0 or high < 0, how, "shares", low, high)


def wilson(right: int, examples: int) -> tuple[float, float]:
    """The interval of one share at 95 % (Wilson 1927)."""
    share, square = right / examples, Z * Z
    middle = (share + square / (2 * examples)) / (1 + square / examples)
    half = Z / (1 + square / examples) * math.sqrt(share * (1 - share) / examples + square / (4 * examples**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def of_pairs(only_one: int, only_other: int, examples: int) -> Verdict:
    """The same examples under two runs: how many only the one has right, and how many only the other."""
    p = sign_test(only_one, only_other)
    how = (
        f"the same {examples:,} examples in pairs, {only_one:,} right by the one alone and {only_other:,} by the other"
    )
    return Verdict((only_one - only_other) / examples, p < LEVEL, how, "pairs", p=p)


def of_differences(differences: Sequence[float]) -> Verdict:
    """The same examples under two runs: how much more each of them has under the one; at least two of them."""
    mean, square = _mean_and_error(differences)
    free, error = len(differences) - 1, math.sqrt(square)
    how = f"the same {len(differences):,} examples in pairs, by the mean of their differences"
    if error == 0:
        return Verdict(mean, mean != 0, how, "pairs", mean, mean)
    half, p = student_end(free) * error, student(abs(mean) / error, free)
    return Verdict(mean, p < LEVEL, how, "pairs", mean - half, mean + half, p)


def sign_test(one: int, other: int) -> float:
    """How often a fair coin comes as far from its half as `one` and `other`, on both sides."""
    tosses = one + other
    logs = (_log_choose(tosses, heads) - tosses * math.log(2) for heads in range(min(one, other) + 1))
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def of_intervals(one: tuple[float, Interval], other: tuple[float, Interval]) -> Verdict:
    """Two figures with their intervals, each measured by itself; the larger side of each is taken."""
    difference = one[0] - other[0]
    half = math.hypot(*(max(value - each.low, each.high - value) for value, each in (one, other)))
    low, high = difference - half, difference + half
    return Verdict(difference, low > 0 or high < 0, "the intervals of both", "intervals", low, high)


def of_seeds(ones: Sequence[float], others: Sequence[float]) -> Verdict:
    """The means over several seeds, at least two of each, whose spreads need not be alike."""
    (mean, error), (other_mean, other_error) = map(_mean_and_error, (ones, others))
    difference, square = mean - other_mean, error + other_error
    how = f"the means over {len(ones)} and {len(others)} seeds"
    if square == 0:
        return Verdict(difference, difference != 0, how, "seeds", difference, difference)
    free = square**2 / (error**2 / (len(ones) - 1) + other_error**2 / (len(others) - 1))
    p = student(abs(difference) / math.sqrt(square), free)
    return Verdict(difference, p < LEVEL, how, "seeds", p=p)


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and the square of its standard error."""
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((each - mean) ** 2 for each in values) / (len(values) - 1) / len(values)


def student(t: float, free: float) -> float:
    """How often Student's t with so many degrees of freedom is as far from 0, on both sides."""
    return _incomplete_beta(free / (free + t * t), free / 2, 0.5)


def student_end(free: float) -> float:
    """How far from 0 Student's t with so many degrees of freedom is in one case of twenty, on both sides."""
    low, high = 0.0, 1.0
    while student(high, free) > LEVEL:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if student(middle, free) > LEVEL else (low, middle)
    return high


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges fast
        return 1 - _incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / a * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Its continued fraction by Lentz's way."""
    above, below = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = below
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below, above = 1 / _off_zero(1 + term * below), _off_zero(1 + term / above)
            value *= below * above
        if abs(below * above - 1) < 1e-15:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
