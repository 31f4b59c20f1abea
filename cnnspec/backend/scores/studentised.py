"""Intervals of errors of numbers, of which a few decide: bootstraps of Student's t, of fewer draws than examples.

What a resample's figure is off by is divided by the resample's own standard error (Efron 1981), that of the delta
method, so that a resample without the large errors, whose figure is small, does not make the interval short. A resample
has half as many draws as there are examples (Bickel, Götze & van Zwet 1997): squared errors have heavy tails, of which
so many know as much less than all examples as these know less than there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from cnnspec.backend.data.splits import Array
from cnnspec.backend.scores.intervals import Units, expanded
from cnnspec.results.intervals import Interval

_FEWEST_UNITS = 10
"""Of fewer, resamples with hardly any spread of their own make intervals that say nothing."""
_FEWEST = 25
"""Draws of a resample, where there are as many units: half of fewer would make intervals half as long again."""
_ALIKE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A figure made of sums `of` some columns (rows, columns), which is the same where all sums are twice as large.

    `told` gives its values (rows) and its slopes by each sum (rows, columns); it lies between `least` and `most`.
    """

    of: tuple[int, ...]
    told: Callable[[Array], tuple[Array, Array]]
    least: float = -np.inf
    most: float = np.inf

    def measured(self, counts: Array, held: Array) -> tuple[Array, Array]:
        """Its values and their standard errors (rows), from how often each unit counts (rows, units)."""
        own = held[:, self.of]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values, slopes = self.told(counts @ own)
            lean = slopes @ own.T
            return values, np.sqrt(np.einsum("ij,ij,ij->i", counts, lean, lean))


def studentised(columns: Array, units: Units, figures: Mapping[str, Smooth]) -> dict[str, Interval]:
    """The intervals of figures of sums of columns (n, columns); a figure that has none of this kind is left out."""
    if units.count < _FEWEST_UNITS:
        return {}
    held, pivots = units.held(columns), {name: list[Array]() for name in figures}
    known = {name: figure.measured(np.ones((1, units.count)), held) for name, figure in figures.items()}
    for counts in units.drawn(max(units.count // 2, min(units.count, _FEWEST))):
        for name, figure in figures.items():
            values, errors = figure.measured(counts, held)
            off = values - known[name][0]
            with np.errstate(divide="ignore", invalid="ignore"):
                pivots[name].append(np.where(np.abs(off) < _ALIKE, 0.0, off / errors))
    found = {}
    for name, (whole, error) in known.items():
        ends = _ends(np.concatenate(pivots[name]), units.count)
        if ends is not None and error[0] > 0:
            least, most = (float(whole[0] - end * error[0]) for end in ends)
            found[name] = Interval(float(whole[0]), max(least, figures[name].least), min(most, figures[name].most))
    return found


def _ends(pivots: Array, units: int) -> tuple[float, float] | None:
    """The upper and the lower end of the pivots; None where they are infinite, or no numbers."""
    if np.isnan(pivots).any():
        return None
    wide = expanded(units)
    low, high = np.quantile(pivots, norm.cdf([-wide, wide]), method="nearest").tolist()
    return (high, low) if np.isfinite([low, high]).all() and high - low > _ALIKE else None
