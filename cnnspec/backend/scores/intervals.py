"""Intervals of figures: what they come to when the examples, or whole groups of them, are drawn again.

A resample has as many examples as there are, drawn with replacement (Efron 1979). Quantiles of the resamples are taken
as BCa says (Efron 1987), which corrects for figures that are biased or skewed, at levels of Student's t, since few
units vary more than their resamples do; `studentised.py` has another way, for errors of numbers. Where every example
counts for itself the interval of a share is Wilson's (1927): resamples of right answers alone would know of no wrong
ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest, norm, t

from cnnspec.backend.data.splits import Array
from cnnspec.results.intervals import Interval

LEVEL = 0.95
RESAMPLES = 1000
_SEED = 1979
"""The same resamples every time, so that the same predictions have the same intervals."""
_DRAWS = 200_000_000
"""Examples that are drawn in all: of very many fewer resamples are taken, which are as steady."""
_FEWEST = 200
_AT_ONCE = 4_000_000
"""Numbers of draws that are in memory together."""
_IN_CACHE = 200_000
"""Of which so many are counted together, as they stay in a processor's cache."""
_BLOCKS = 200
"""Parts that are left out in turn, where leaving out each unit would take long."""
_ALIKE = 1e-12

Figure = Callable[[Array], Array]
"""From rows of sums (rows, columns), or of how often each example counts (rows, n), to a figure of each (rows)."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is drawn: so many examples, or the groups that they belong to, whose numbers `of` says (n), from 0.

    `lone` (n) are those that are a group for themselves, as the column says nothing of them.
    """

    count: int
    of: Array | None = None
    column: str = ""
    lone: Array | None = None

    @property
    def resamples(self) -> int:
        """How many resamples are drawn."""
        return int(np.clip(_DRAWS // max(1, self.count), _FEWEST, RESAMPLES))

    def drawn(self, size: int | None = None) -> Iterator[Array]:
        """How often each unit is in a resample of that `size`, else of all, some resamples at a time: (some, units)."""
        random = np.random.default_rng(_SEED)
        step = max(1, _AT_ONCE // self.count)
        for start in range(0, self.resamples, step):
            yield np.concatenate(list(self._counted(random, min(step, self.resamples - start), size or self.count)))

    def _counted(self, random: np.random.Generator, rows: int, size: int) -> Iterator[Array]:
        step = max(1, _IN_CACHE // self.count)
        for start in range(0, rows, step):
            some = min(step, rows - start)
            picked = random.integers(0, self.count, (some, size))
            picked += (np.arange(some) * self.count)[:, None]
            found = np.bincount(picked.reshape(-1), minlength=some * self.count)
            yield found.reshape(some, self.count).astype(np.float64)

    def take(self, kept: Array) -> "Units":
        """Those of some of the examples, which are `kept` (n)."""
        if self.of is None:
            return units_of(int(kept.sum()))
        lone = None if self.lone is None else self.lone[kept]
        return replace(units_of(int(kept.sum()), self.of[kept], self.column), lone=lone)

    def weights(self, units: Array) -> Array:
        """How often each example counts (rows, n), from how often each unit does (rows, units)."""
        return units if self.of is None else units[:, self.of]

    def held(self, columns: Array) -> Array:
        """The sums of columns (n, columns) for each unit (units, columns)."""
        held = columns.astype(np.float64)
        if self.of is None:
            return held
        return np.stack([np.bincount(self.of, each, self.count) for each in held.T], axis=1)

    def left_out(self) -> Array:
        """Rows in each of which some other units are left out (rows, units)."""
        blocks = min(_BLOCKS, self.count)
        return np.asarray(np.arange(blocks)[:, None] != (np.arange(self.count) % blocks)[None], np.float64)


def units_of(count: int, groups: Array | None = None, column: str = "") -> Units:
    """Examples for themselves, or in groups by the values (n) of a column."""
    if groups is None:
        return Units(count)
    numbers = np.unique(groups, return_inverse=True)[1].reshape(-1)
    return Units(int(numbers.max(initial=-1)) + 1, numbers, column)


def units_by(texts: Array, column: str) -> Units:
    """Examples in groups by the texts (n) of a column; where one is empty nothing tells which others belong to it."""
    bare = np.array([text.strip() for text in texts], str)
    lone = bare == ""
    numbers = np.unique(bare, return_inverse=True)[1].reshape(-1)
    numbers[lone] = len(bare) + np.arange(lone.sum())
    return replace(units_of(len(bare), numbers, column), lone=lone)


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Rows that figures are made of: those of resamples, of all units, and of all but some units, `of_left` units each.

    `of_left` weighs the rows of which some were left out, where many would be alike.
    """

    units: int
    rows: Array
    whole: Array
    left: Array
    of_left: Array

    def interval(self, figure: Figure) -> Interval | None:
        """The interval of a figure; None where its resamples are all alike, or are no numbers."""
        if self.units < 2:
            return None
        values, without = figure(self.rows), figure(self.left)
        whole = float(figure(self.whole)[0])
        if not np.isfinite(values).all() or np.ptp(values) < _ALIKE:
            return None
        below = (values < whole).mean() + (np.abs(values - whole) < _ALIKE).mean() / 2
        bias = float(norm.ppf(np.clip(below, 1 / len(values), 1 - 1 / len(values))))
        kept = np.isfinite(without)
        skew = _acceleration(without[kept], self.of_left[kept])
        wide = expanded(self.units)
        ends = [norm.cdf(bias + (bias + z) / max(_ALIKE, 1 - skew * (bias + z))) for z in (-wide, wide)]
        return Interval(whole, *np.quantile(values, ends).tolist())


def expanded(units: int) -> float:
    """How far out quantiles are taken, in normal deviations: as Student's, for units vary more than their resamples."""
    return float(np.sqrt(units / (units - 1)) * t.ppf((1 + LEVEL) / 2, units - 1))


def _acceleration(values: Array, weights: Array) -> float:
    """How skewed a figure is, from its values with some units left out."""
    if not len(values):
        return 0.0
    off = np.average(values, weights=weights) - values
    squares = float((weights * off**2).sum())
    return 0.0 if squares < _ALIKE**2 else float((weights * off**3).sum()) / (6 * squares**1.5)


def of_kinds(kinds: Array, many: int, units: Units) -> Resamples:
    """How many examples of each of `many` kinds (rows, many) there are, from the kind of each example (n).

    Where examples count for themselves that is a multinomial draw, for which none of them is drawn alone.
    """
    if units.of is not None:
        held = np.bincount(units.of * many + kinds, minlength=units.count * many).reshape(units.count, many)
        return of_sums(held, Units(units.count, None, units.column))
    counts = np.bincount(kinds, minlength=many).astype(np.float64)
    random = np.random.default_rng(_SEED)
    rows = random.multinomial(len(kinds), counts / counts.sum(), units.resamples).astype(np.float64)
    there = np.flatnonzero(counts)
    return Resamples(units.count, rows, counts[None], counts - np.eye(many)[there], counts[there])


def of_sums(columns: Array, units: Units) -> Resamples:
    """Sums of columns (n, columns) of examples, in rows (rows, columns)."""
    held = units.held(columns)
    rows = np.concatenate([weights @ held for weights in units.drawn()])
    whole = held.sum(axis=0)
    return Resamples(units.count, rows, whole[None], whole - held, np.ones(len(held)))


def of_weights(figure: Figure, units: Units) -> Interval | None:
    """The interval of a figure that needs to know how often each example counts (rows, n)."""
    values = np.concatenate([figure(units.weights(some)) for some in units.drawn()])
    left = figure(units.weights(units.left_out()))
    rows = Resamples(units.count, values, figure(units.weights(np.ones((1, units.count)))), left, np.ones(len(left)))
    return rows.interval(lambda found: found)


def share(right: int, count: int) -> Interval | None:
    """Wilson's interval of a share; None of nothing."""
    if not count:
        return None
    found = binomtest(right, count).proportion_ci(LEVEL, method="wilson")
    return Interval(right / count, float(found.low), float(found.high))
