"""How well an output answers: scikit-learn's precision, recall and F1 by class, and what is taken for what."""

import numpy as np
from sklearn.metrics import mean_absolute_error, precision_recall_fscore_support, r2_score

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.results.evaluation import ClassFigures, Confusion, Histogram, OutputFigures, Residuals

MOST_IN_MATRIX = 2000
"""With more classes the whole matrix is left out: most of it is zeros, and `confusions` holds the rest."""

MOST_UNITS = 12
"""The residuals of more units are told all together."""
_BARS = 30
_PAIRS = 300


def figures(answer: Answer, labels: Array, decided: Array, mask: Array | None = None) -> OutputFigures:
    """The figures of an output from all labels of a split and what `Answer.decide` made of all predictions.

    Of its places (n, ...) those count that the `mask` leaves; without one all do.
    """
    truth = answer.truth(labels)
    if mask is not None:
        truth, decided = truth[mask], decided[mask]
    if answer.form == "values":
        return _of_values(answer, truth, decided)
    if answer.form == "labels":
        units = answer.head.units
        return _of_labels(answer, truth.reshape(-1, units), decided.reshape(-1, units))
    true, said = truth.reshape(-1), decided.reshape(-1)
    counted = np.ones(len(true), bool) if answer.ignored is None else true != answer.ignored
    return _of_classes(answer, true[counted], said[counted])


def _of_classes(answer: Answer, true: Array, said: Array) -> OutputFigures:
    if not len(true):
        return OutputFigures(answer.output, answer.form, absent=answer.classes)
    numbers = np.union1d(true, said)
    names = [answer.classes[number] for number in numbers]
    each = precision_recall_fscore_support(true, said, labels=numbers, average=None, zero_division=0)
    predicted, right = (np.bincount(found, minlength=len(answer.classes)) for found in (said, said[said == true]))
    return OutputFigures(
        output=answer.output,
        form=answer.form,
        accuracy=float((true == said).mean()),
        classes=_rows(names, each, predicted[numbers].tolist(), right[numbers].tolist()),
        averages=_averages(true, said, numbers, ("macro", "weighted")),
        absent=tuple(name for number, name in enumerate(answer.classes) if number not in set(numbers.tolist())),
        confusions=_confusions(true, said, answer.classes),
        matrix=_matrix(true, said, numbers),
    )


def _of_labels(answer: Answer, true: Array, said: Array) -> OutputFigures:
    each = precision_recall_fscore_support(true, said, average=None, zero_division=0)
    return OutputFigures(
        output=answer.output,
        form=answer.form,
        accuracy=float((true == said).all(axis=1).mean()),
        classes=_rows(answer.classes, each, said.sum(axis=0).tolist(), (said & true).sum(axis=0).tolist()),
        averages=_averages(true, said, None, ("micro", "macro", "weighted")),
    )


def _of_values(answer: Answer, true: Array, said: Array) -> OutputFigures:
    """Mean absolute error and R2 over all numbers, as scikit-learn has them, and the residuals of each unit."""
    true, said = (array.reshape(len(array), -1).astype(np.float64) for array in (true, said))
    if true.shape != said.shape or not true.size or not (np.isfinite(true).all() and np.isfinite(said).all()):
        return OutputFigures(answer.output, answer.form)
    values = {"mean_absolute_error": float(mean_absolute_error(true, said))}
    values |= {"r2_score": float(r2_score(true, said))} if len(true) > 1 else {}
    errors = said - true
    alone = 1 < errors.shape[1] <= MOST_UNITS and len(answer.head.shape) == 1
    columns = list(enumerate(zip(errors.T, true.T, strict=True))) if alone else [(None, (errors, true))]
    return OutputFigures(
        answer.output, answer.form, values=values, residuals=tuple(_residuals(unit, *each) for unit, each in columns)
    )


def _residuals(unit: int | None, errors: Array, true: Array) -> Residuals:
    half, most = np.quantile(np.abs(errors), [0.5, 0.9]).tolist()
    least, mean, deviation, largest = map(float, (errors.min(), errors.mean(), errors.std(), errors.max()))
    counts, edges = np.histogram(errors, _BARS)
    histogram = Histogram(tuple(edges.tolist()), tuple(counts.tolist()))
    some = np.unique(np.linspace(0, errors.size - 1, _PAIRS).astype(np.int64))
    labels = true.reshape(-1)[some]
    pairs = zip(labels.tolist(), (labels + errors.reshape(-1)[some]).tolist(), strict=True)
    return Residuals(unit, least, mean, deviation, largest, half, most, histogram, tuple(pairs))


def _rows(
    names: list[str] | tuple[str, ...], each: tuple[Array, ...], predicted: list[int], right: list[int]
) -> tuple[ClassFigures, ...]:
    columns = (array.tolist() for array in each)
    return tuple(
        ClassFigures(name, precision, recall, f1, int(support), named, hits)
        for name, precision, recall, f1, support, named, hits in zip(names, *columns, predicted, right, strict=True)
    )


def _averages(true: Array, said: Array, numbers: Array | None, kinds: tuple[str, ...]) -> tuple[ClassFigures, ...]:
    support = len(true) if true.ndim == 1 else int(true.sum())
    rows = []
    for kind in kinds:
        precision, recall, f1, _ = precision_recall_fscore_support(
            true, said, labels=numbers, average=kind, zero_division=0
        )
        rows.append(ClassFigures(kind, float(precision), float(recall), float(f1), support))
    return tuple(rows)


def _confusions(true: Array, said: Array, names: tuple[str, ...]) -> tuple[Confusion, ...]:
    """Every pair of classes that was confused: the most frequent first, among equals the larger share."""
    wrong = true != said
    pairs, counts = np.unique(np.stack([true[wrong], said[wrong]]), axis=1, return_counts=True)
    support = np.bincount(true, minlength=len(names))
    found = [
        (-count, -count / support[one], one, other)
        for (one, other), count in zip(pairs.T.tolist(), counts.tolist(), strict=True)
    ]
    return tuple(
        Confusion(names[one], names[other], -count, float(-share)) for count, share, one, other in sorted(found)
    )


def _matrix(true: Array, said: Array, numbers: Array) -> tuple[tuple[int, ...], ...] | None:
    """As scikit-learn's confusion_matrix."""
    size = len(numbers)
    if size > MOST_IN_MATRIX:
        return None
    cells = np.searchsorted(numbers, true) * size + np.searchsorted(numbers, said)
    return tuple(map(tuple, np.bincount(cells, minlength=size * size).reshape(size, size).tolist()))
