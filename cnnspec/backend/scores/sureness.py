"""The intervals of an output's figures, by name."""

from collections.abc import Sequence

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.scores.intervals import LEVEL, Figure, Units, of_kinds, of_sums, of_weights, share
from cnnspec.backend.scores.studentised import Smooth, studentised
from cnnspec.results.intervals import Interval, Intervals

MOST_UNITS = 12
"""Of more numbers side by side R2 has no interval: each brings columns of its own."""

_ROUNDING = 1e-12


def of_classes(true: Array, said: Array, units: Units, top: Sequence[tuple[int, Array]] = ()) -> Intervals:
    """Of accuracy, the averages of F1, and top-k, which each example is in or not (n), of class numbers (n)."""
    (first, second), kinds = np.unique(np.stack([true, said]), axis=1, return_inverse=True)
    rows = of_kinds(kinds.reshape(-1), len(first), units)
    found = {
        "accuracy": _share(true == said, units),
        **{f"top_{k}_accuracy": _share(within, units) for k, within in top},
        "macro_f1": rows.interval(lambda counts: macro_f1(counts, first, second)),
        "weighted_f1": rows.interval(lambda counts: macro_f1(counts, first, second, weighted=True)),
    }
    return _intervals(found, units)


def of_labels(true: Array, said: Array, units: Units) -> Intervals:
    """Of the share with every label right, and the averages of F1, of labels (n, labels)."""
    many = true.shape[1]
    rows = of_sums(np.concatenate([true & said, true, said], axis=1), units)

    def parts(sums: Array) -> tuple[Array, Array]:
        """Twice the hits, and what is held plus what is said, of each label."""
        return 2 * sums[:, :many], sums[:, many : 2 * many] + sums[:, 2 * many :]

    def micro(sums: Array) -> Array:
        hits, both = parts(sums)
        return _over(hits.sum(axis=1), both.sum(axis=1))

    found = {
        "accuracy": _share((true == said).all(axis=1), units),
        "micro_f1": rows.interval(micro),
        "macro_f1": rows.interval(lambda sums: _over(*parts(sums)).mean(axis=1)),
    }
    return _intervals(found, units)


def of_places(right: Array, counted: Array, units: Units) -> Intervals:
    """Of the share of places that are right: so many (n) of those that count (n) of each example."""
    rows = of_sums(np.stack([right, counted], axis=1), units)
    return _intervals({"accuracy": rows.interval(lambda sums: _over(sums[:, 0], sums[:, 1]))}, units)


def of_values(true: Array, said: Array, units: Units) -> Intervals:
    """Of the mean absolute error, its root mean square and R2, of numbers (n, units)."""
    errors, many = said - true, true.shape[1]
    centred, ones = true - true.mean(axis=0), np.ones((len(true), 1))
    parts = [np.abs(errors).mean(axis=1, keepdims=True), (errors**2).mean(axis=1, keepdims=True), ones]
    wide = many <= MOST_UNITS
    columns = np.concatenate([*parts, *([errors**2, centred, centred**2] if wide else [])], axis=1)
    figures = {
        "mean_absolute_error": Smooth((0, 2), _mean, least=0.0),
        "root_mean_squared_error": Smooth((1, 2), _root, least=0.0),
        **({"r2_score": Smooth(tuple(range(2, 3 + 3 * many)), _r2, most=1.0)} if wide else {}),
    }
    found = studentised(columns, units, figures)
    left = {name: figure for name, figure in figures.items() if name not in found}
    if left:
        rows = of_sums(columns, units)
        found |= {name: each for name, figure in left.items() if (each := rows.interval(_values_of(figure)))}
    return _intervals({name: found.get(name) for name in figures}, units)


def _values_of(figure: Smooth) -> Figure:
    def values(sums: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return figure.told(sums[:, figure.of])[0]

    return values


def _mean(sums: Array) -> tuple[Array, Array]:
    """One sum divided by another."""
    one, count = sums.T
    return one / count, np.stack([1 / count, -one / count**2], axis=1)


def _root(sums: Array) -> tuple[Array, Array]:
    """The root of that."""
    mean, slopes = _mean(sums)
    root = np.sqrt(mean)
    return root, slopes / (2 * root)[:, None]


def _r2(sums: Array) -> tuple[Array, Array]:
    """The mean of 1 - off / spread over units: of the count, then of each one's squared errors, labels and squares."""
    count, many = sums[:, :1], (sums.shape[1] - 1) // 3
    off, first, second = (sums[:, 1 + at * many : 1 + (at + 1) * many] for at in range(3))
    mean = first / count
    left = second - mean * first
    spread = np.where(left > _ROUNDING * second, left, 0.0)  # of labels that are all the same
    by_spread = off / spread**2
    slopes = [(by_spread * mean**2).sum(axis=1, keepdims=True), -1 / spread, -2 * mean * by_spread, by_spread]
    return (1 - off / spread).mean(axis=1), np.concatenate(slopes, axis=1) / many


def of_area(holds: Array, scores: Array, units: Units) -> Interval | None:
    """Of the area under the ROC curve of scores (n) of what `holds` (n)."""
    order = np.argsort(scores, kind="stable")
    scores, holds = scores[order], holds[order]
    first, past = (np.searchsorted(scores, scores[holds], side) for side in ("left", "right"))  # of equal scores

    def area(weights: Array) -> Array:
        """Each that holds beats those below it that do not, and half of those beside it."""
        sums = np.zeros((len(weights), len(scores) + 1))
        np.cumsum(weights * ~holds, axis=1, out=sums[:, 1:])
        yes = weights[:, holds]
        beaten = (yes * (sums[:, first] + sums[:, past])).sum(axis=1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(beaten / (yes.sum(axis=1) * sums[:, -1]))

    return of_weights(area, Units(units.count, None if units.of is None else units.of[order]))


def macro_f1(counts: Array, true: Array, said: Array, weighted: bool = False) -> Array:
    """The mean F1 (rows) of the classes that occur, by support where it is `weighted`.

    `counts` (rows, pairs) say how often each pair of a `true` and a `said` class is there.
    """
    classes = np.union1d(true, said)
    support, predicted, right = (
        _by_class(counts * keep, classes, numbers) for keep, numbers in ((1, true), (1, said), (true == said, true))
    )
    f1 = _over(2 * right, support + predicted)
    if weighted:
        return _over((f1 * support).sum(axis=1), support.sum(axis=1))
    return np.asarray(f1.sum(axis=1) / np.maximum(1, (support + predicted > 0).sum(axis=1)))


def _by_class(counts: Array, classes: Array, numbers: Array) -> Array:
    """The counts of pairs added up by class (rows, classes)."""
    order = np.argsort(numbers, kind="stable")
    starts = np.searchsorted(numbers[order], classes)
    padded = np.concatenate([counts[:, order], np.zeros((len(counts), 1))], axis=1)
    found = np.add.reduceat(padded, starts, axis=1)
    return np.where(np.isin(classes, numbers), found, 0.0)


def _share(right: Array, units: Units) -> Interval | None:
    if units.of is None:
        return share(int(right.sum()), len(right))
    rows = of_sums(np.stack([right, np.ones(len(right))], axis=1), units)
    return rows.interval(lambda sums: _over(sums[:, 0], sums[:, 1]))


def _over(one: Array, other: Array) -> Array:
    """Divided; 0 of nothing."""
    return np.divide(one, other, out=np.zeros_like(one, np.float64), where=other > 0)


def _intervals(found: dict[str, Interval | None], units: Units) -> Intervals:
    known = {name: each for name, each in found.items() if each is not None}
    lone = 0 if units.lone is None else int(units.lone.sum())
    return Intervals(LEVEL, units.resamples, units.count, known, units.column, lone)
