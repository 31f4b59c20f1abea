"""Whether probabilities are what they say, summed batch by batch: maps of many places are never held whole."""

from dataclasses import dataclass

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.results.calibration import Bin, Calibration

BINS = 15
"""As many bins of equal width as Guo et al. 2017 have."""
EDGES = np.linspace(0, 1, BINS + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Of each bin (bins, 3): how many answers, the sum of their probabilities, how many are right.

    `squares` is the sum of what the Brier score is the mean of, over `count` examples or places; `lost` are those that
    have no finite probability.
    """

    sums: Array
    squares: float
    count: int
    lost: int = 0

    def __add__(self, other: "Reliability") -> "Reliability":
        return Reliability(
            self.sums + other.sums, self.squares + other.squares, self.count + other.count, self.lost + other.lost
        )


def of_classes(probabilities: Array, true: Array, counted: Array) -> Reliability:
    """From probabilities (..., classes) and class numbers (...), of the places that are `counted` (...)."""
    probabilities, true = probabilities[counted].astype(np.float64), true[counted]
    there = np.isfinite(probabilities).all(axis=-1)
    kept, true = probabilities[there], true[there]
    rows = np.arange(len(true))
    said = kept.argmax(axis=-1)
    of_true = kept[rows, true]
    squares = (1 - of_true) ** 2 if kept.shape[-1] == 2 else (kept**2).sum(axis=-1) - 2 * of_true + 1
    return Reliability(_sums(kept[rows, said], said == true), float(squares.sum()), len(true), int((~there).sum()))


def of_labels(probabilities: Array, holds: Array, counted: Array) -> Reliability:
    """From the probability of each label (..., units), and whether it holds."""
    probabilities, holds = probabilities[counted].astype(np.float64), holds[counted]
    there = np.isfinite(probabilities).all(axis=-1)
    kept, holds = probabilities[there], holds[there]
    squares = float(((kept - holds) ** 2).sum())
    return Reliability(_sums(kept.reshape(-1), holds.reshape(-1)), squares, kept.size, int((~there).sum()))


def _sums(confidence: Array, right: Array) -> Array:
    """Above an edge and at most the next, as scikit-learn's `calibration_curve` divides."""
    bins = np.searchsorted(EDGES[1:-1], confidence)
    columns = (None, confidence, right.astype(np.float64))
    return np.stack([np.bincount(bins, weights=each, minlength=BINS) for each in columns], axis=1).astype(np.float64)


def calibration_of(found: Reliability, of: str) -> Calibration | None:
    """The reliability as values; None where nothing counted."""
    if not found.count:
        return None
    counts = found.sums[:, 0]
    means = found.sums[:, 1:] / np.maximum(1, counts)[:, None]
    apart = np.abs(means[:, 0] - means[:, 1])
    bins = tuple(
        Bin(
            float(EDGES[number]),
            float(EDGES[number + 1]),
            int(counts[number]),
            *(means[number].tolist() if counts[number] else (None, None)),
        )
        for number in range(BINS)
    )
    ece = float((apart * counts).sum() / counts.sum())
    return Calibration(of, int(counts.sum()), ece, float(apart.max()), found.squares / found.count, bins)
