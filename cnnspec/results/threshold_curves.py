"""What each threshold makes of a probability: ROC and precision-recall curves, and the threshold that is best."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RocCurve:
    """True and false positive rates by threshold, from the highest threshold to the lowest; `area` is under it.

    The area is that of the whole curve; of its points no more are here than a picture shows.
    """

    area: float
    false_positive_rates: tuple[float, ...]
    true_positive_rates: tuple[float, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision and recall by threshold, from the lowest to the highest; the last point has none.

    `average_precision` is that of the whole curve; of its points no more are here than a picture shows.
    """

    average_precision: float
    precisions: tuple[float, ...]
    recalls: tuple[float, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BestThreshold:
    """The probability from which on saying yes gives the best F1 on these examples, and that `f1`.

    Of an output that gives no probabilities it is a value of its own number, or of how much the second is above the
    first. `f1_as_is` is that of the threshold that the answers had.
    """

    value: float
    f1: float
    f1_as_is: float


@dataclass(frozen=True, slots=True)
class ThresholdCurves:
    """The curves of one class against all else: the second of two classes, or a label. So many are `positive`."""

    name: str
    positive: int
    negative: int
    roc: RocCurve
    precision_recall: PrecisionRecallCurve
    best: BestThreshold
