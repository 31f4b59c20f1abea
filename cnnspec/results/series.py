"""Several trainings of one spec, over seeds, folds or a sweep: which run belongs where, and what they came to together.

Figures of a series are told by their mean, their standard deviation (over n - 1) and the interval in which the mean of
all such trainings lies with 95 %, by Student's t (Student 1908, "The probable error of a mean").
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

Over = Literal["seeds", "folds"]
CONFIDENCE = 0.95
_HALVINGS = 200
"""Steps of a bisection, after which two floats have nothing left between them."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a run belongs: a `series` by a name that no other has, and which `member` of it, as in `seed 43`."""

    series: str
    member: str


@dataclass(frozen=True, slots=True)
class Member:
    """One training of a series: its run's folder, and its figures where it `finished`, the `reason` where it did not.

    `figures` are those of the best epoch, those of the test split as `test_...`; `best` is that epoch, from 0.
    """

    name: str
    run: str
    status: Literal["finished", "failed", "pruned"]
    figures: Mapping[str, float]
    best: int | None = None
    epochs: int | None = None
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The trainings of a `spec`, as people name it, over several seeds or over the folds of a cross-validation."""

    spec: str
    over: Over
    members: tuple[Member, ...]

    @property
    def finished(self) -> tuple[Member, ...]:
        """Those that came to their end."""
        return tuple(each for each in self.members if each.status == "finished")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over `count` runs; `low` and `high` are the ends of the interval, NaN of a single run."""

    figure: str
    count: int
    mean: float
    deviation: float
    low: float
    high: float


def estimates(members: Iterable[Member]) -> tuple[Estimate, ...]:
    """Each figure that all finished members have, in the order in which the first has them."""
    known = [each.figures for each in members if each.status == "finished"]
    names = [name for name in known[0] if all(name in figures for figures in known)] if known else []
    return tuple(estimate(name, [figures[name] for figures in known]) for name in names)


def estimate(figure: str, values: Sequence[float]) -> Estimate:
    """Mean, deviation and interval of values, of which there is at least one; one that is no number spoils all."""
    count, mean = len(values), fmean(values)
    if count < 2 or not all(map(math.isfinite, values)):
        return Estimate(figure, count, mean, math.nan, math.nan, math.nan)
    deviation = stdev(values)
    half = t_quantile((1 + CONFIDENCE) / 2, count - 1) * deviation / math.sqrt(count)
    return Estimate(figure, count, mean, deviation, mean - half, mean + half)


def t_quantile(probability: float, freedom: int) -> float:
    """Below which a variable of Student's t lies with this probability, from 0.5 on; `freedom` is 1 or more."""
    low, high = 0.0, 1.0
    while _t_within(high, freedom) < 2 * probability - 1:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_within(middle, freedom) < 2 * probability - 1 else (low, middle)
    return high


def _t_within(t: float, freedom: int) -> float:
    """The probability that a variable of Student's t lies within -t and t: Abramowitz & Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine, total = math.cos(angle), 0.0
    term = cosine if freedom % 2 else 1.0
    for number in range(1 if freedom % 2 else 0, freedom - 1, 2):
        total += term
        term *= (number + 1) / (number + 2) * cosine**2
    inner = math.sin(angle) * total
    return 2 / math.pi * (angle + inner) if freedom % 2 else inner
