"""All that is told of an output beside its figures: top-k, calibration, curves, intervals."""

from dataclasses import replace

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.mistaken import Said, spread
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.scores import sureness
from cnnspec.backend.scores.calibration import calibration_of
from cnnspec.backend.scores.intervals import Units
from cnnspec.backend.scores.threshold_curves import MOST_CURVES, curves_of
from cnnspec.backend.scores.top_k import within
from cnnspec.results.evaluation import OutputFigures, TopK
from cnnspec.results.intervals import Intervals
from cnnspec.results.threshold_curves import ThresholdCurves


def scored(found: OutputFigures, answer: Answer, labels: Array, said: Said, units: Units) -> OutputFigures:
    """The figures of an output with what else is worked out of all that it says (n, ...); `units` are for intervals."""
    truth = answer.truth(labels)
    found = replace(found, intervals=intervals_of(answer, truth, said, units), not_finite=said.lost)
    if said.lost:
        return found
    of = "labels" if answer.form == "labels" else "answers"
    calibration = None if said.reliability is None else calibration_of(said.reliability, of)
    counted = _counted(answer, truth)
    top = _top(answer, said, counted)
    return replace(found, calibration=calibration, top=top, curves=_curves(answer, truth, said, counted))


def _counted(answer: Answer, truth: Array) -> Array:
    """Which examples have a label (n), of class numbers of which one may stand for none."""
    if answer.form != "class" or answer.ignored is None:
        return np.ones(len(truth), bool)
    return np.asarray(truth.reshape(len(truth), -1)[:, 0] != answer.ignored)


def _top(answer: Answer, said: Said, counted: Array) -> tuple[TopK, ...]:
    if said.ranks is None or not counted.any():
        return ()
    return tuple(TopK(k, float(each.mean())) for k, each in within(said.ranks[counted], answer.head.units))


def _curves(answer: Answer, truth: Array, said: Said, counted: Array) -> tuple[ThresholdCurves, ...]:
    if answer.form == "class" and said.scores is not None:
        holds, decided = truth.reshape(-1)[counted] == 1, said.decided[counted] == 1
        found = [curves_of(answer.classes[1], holds, said.scores[counted], decided)]
    elif answer.form == "labels" and said.chances is not None:
        columns = zip(answer.classes[:MOST_CURVES], truth.T, said.chances.T, said.decided.T, strict=False)
        found = [curves_of(*column) for column in columns]
    else:
        found = []
    return tuple(each for each in found if each is not None)


def intervals_of(answer: Answer, truth: Array, said: Said, units: Units) -> Intervals | None:
    """The intervals of an output's figures; None where they have none."""
    if answer.form == "values":
        return _of_values(truth, said, units)
    if said.chances is None:
        return _of_places(answer, truth, said, units)
    if answer.form == "labels":
        return sureness.of_labels(truth, said.decided.astype(bool), units)
    counted = _counted(answer, truth)
    if not counted.any():
        return None
    kept, true, decided = units.take(counted), truth.reshape(-1)[counted], said.decided[counted]
    top = () if said.ranks is None or said.lost else within(said.ranks[counted], answer.head.units)
    found = sureness.of_classes(true, decided, kept, top)
    scores = None if said.scores is None or said.lost else said.scores[counted]
    area = None if scores is None or len(set(true.tolist())) < 2 else sureness.of_area(true == 1, scores, kept)
    return found if area is None else replace(found, of={**found.of, "roc_auc": area})


def _of_values(truth: Array, said: Said, units: Units) -> Intervals | None:
    true, told = (array.reshape(len(truth), -1).astype(np.float64) for array in (truth, said.decided))
    if said.mask is not None or true.shape != told.shape or not (np.isfinite(true).all() and np.isfinite(told).all()):
        return None
    return sureness.of_values(true, told, units)


def _of_places(answer: Answer, truth: Array, said: Said, units: Units) -> Intervals | None:
    """Of the share of places that are right, of labels of those with every label right."""
    right = truth.reshape(said.decided.shape) == said.decided
    counted = np.ones(right.shape, bool) if said.mask is None else spread(said.mask, said.decided)
    if answer.form == "labels":
        right, counted = right.all(axis=-1), counted[..., 0]
    elif answer.ignored is not None:
        counted = counted & (truth.reshape(said.decided.shape) != answer.ignored)
    flat = [each.reshape(len(truth), -1).sum(axis=1) for each in (right & counted, counted)]
    return sureness.of_places(flat[0], flat[1], units) if flat[1].any() else None
