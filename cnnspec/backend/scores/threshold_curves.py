"""ROC and precision-recall curves as scikit-learn has them, and the threshold whose F1 is best."""

from typing import Any

import numpy as np
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_curve

from cnnspec.backend.data.splits import Array
from cnnspec.results.threshold_curves import BestThreshold, PrecisionRecallCurve, RocCurve, ThresholdCurves

MOST_POINTS = 200
"""Points of a curve that are kept: more are not seen in a picture."""
MOST_CURVES = 50
"""Labels that have curves."""


def curves_of(name: str, holds: Array, scores: Array, said: Array) -> ThresholdCurves | None:
    """The curves of scores (n) where it is known what `holds` (n); None where all or none do.

    `said` (n) are the answers as they are.
    """
    positive = int(holds.sum())
    if positive in (0, len(holds)):
        return None
    roc = _roc(holds, scores)
    return ThresholdCurves(
        name, positive, len(holds) - positive, roc, _precision_recall(holds, scores), best(holds, scores, said)
    )


def _roc(holds: Array, scores: Array) -> RocCurve:
    wrong, right, thresholds = roc_curve(holds, scores)
    area = float(auc(wrong, right))
    kept = _some(wrong, right)
    thresholds[0] = max(1.0, float(thresholds[1]))  # scikit-learn's is infinite: nobody is said to be
    columns = (tuple(each[kept].tolist()) for each in (wrong, right, thresholds))
    return RocCurve(area, *columns)


def _precision_recall(holds: Array, scores: Array) -> PrecisionRecallCurve:
    precisions, recalls, thresholds = precision_recall_curve(holds, scores, drop_intermediate=True)
    kept = _some(recalls, precisions)
    average = float(average_precision_score(holds, scores))
    levels = np.append(thresholds, np.nan)[kept][:-1]
    return PrecisionRecallCurve(
        average, tuple(precisions[kept].tolist()), tuple(recalls[kept].tolist()), tuple(levels.tolist())
    )


def best(holds: Array, scores: Array, said: Array) -> BestThreshold:
    """The threshold of the best F1: yes is what reaches it. Of equals that in the middle, since new scores vary."""
    precisions, recalls, thresholds = precision_recall_curve(holds, scores)
    f1 = _f1(precisions[:-1], recalls[:-1])
    top = int(np.flatnonzero(f1 == f1.max())[-1])
    below = thresholds[top - 1] if top else min(0.0, float(thresholds[top]))
    hits = float((holds & said).sum())
    as_is = 2 * hits / max(1.0, float(holds.sum() + said.sum()))
    return BestThreshold(_between(float(below), thresholds[top]), float(f1[top]), as_is)


def _between(below: float, reached: np.floating[Any]) -> float:
    """The middle of two scores; where their precision has none that is above the lower one, the upper one."""
    middle = (below + float(reached)) / 2
    return middle if float(type(reached)(middle)) > below else float(reached)


def _f1(precisions: Array, recalls: Array) -> Array:
    sums = precisions + recalls
    return np.asarray(np.divide(2 * precisions * recalls, sums, out=np.zeros_like(sums), where=sums > 0))


def _some(across: Array, up: Array) -> Array:
    """Positions of points that lie evenly along the curve, both ends among them."""
    if len(across) <= MOST_POINTS:
        return np.arange(len(across))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(across), np.diff(up)))])
    wanted = np.linspace(0, along[-1], MOST_POINTS)
    return np.unique(np.concatenate([np.searchsorted(along, wanted[:-1]), [len(across) - 1]]))
