"""What an output's probabilities have to reach: chosen on a split whose labels are known, and put to use.

Yes is said from the threshold of the best F1 on. An answer is withheld, as none of the classes, where it is less sure
than nearly all of those examples were: of new ones like them about one in twenty is, which split conformal prediction
promises (Vovk et al. 2005; the least threshold below which at most `(n + 1) / 20` of n examples lie).
"""

from dataclasses import replace

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.objective.mistaken import Said
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.scores.threshold_curves import best
from cnnspec.results.thresholds import Threshold, Withheld

WITHHELD = 0.05
"""The share of examples like those of the split that are withheld."""
_HALF = 0.5


def takes_threshold(answer: Answer) -> bool:
    """Whether an output gives probabilities of classes or labels, once an example."""
    flat = len(answer.head.shape) == 1
    return flat and answer.form != "values" and answer.probable and not answer.head.of_sides


def thresholds_needed(answer: Answer) -> int:
    """How many numbers say when an output says yes."""
    if answer.form == "labels":
        return answer.head.units
    return 1 if len(answer.classes) == 2 else 0


def given_threshold(answer: Answer, value: float) -> Threshold:
    """A threshold that a person chose: for yes, or where more than two classes exclude each other, for being sure."""
    many = thresholds_needed(answer)
    return Threshold(answer.output, (value,) * many, None if many else value)


def chosen_threshold(answer: Answer, labels: Array, said: Said, split: str) -> Threshold:
    """The threshold that is best for what an output says of the examples of a split with these labels."""
    truth = answer.truth(labels)
    if answer.form == "labels":
        assert said.chances is not None
        columns = zip(truth.T, said.chances.T, said.decided.T.astype(bool), strict=True)
        return Threshold(answer.output, tuple(_yes(*column) for column in columns), None, split, len(truth))
    true = truth.reshape(-1)
    counted = np.ones(len(true), bool) if answer.ignored is None else true != answer.ignored
    yes: tuple[float, ...] = ()
    if said.scores is not None:
        yes = (_yes(true[counted] == 1, said.scores[counted], said.decided[counted] == 1),)
    unsure = _quantile(_sureness(said, yes)[counted])
    return Threshold(answer.output, yes, unsure, split, int(counted.sum()))


def _yes(holds: Array, scores: Array, said: Array) -> float:
    """The threshold of the best F1; one half where all or none hold."""
    return best(holds, scores, said).value if 0 < holds.sum() < len(holds) else _HALF


def _quantile(sure: Array) -> float | None:
    """The least sureness that is kept; None of fewer examples than the promise needs."""
    place = int(np.floor(WITHHELD * (len(sure) + 1)))
    return float(np.sort(sure)[place - 1]) if place else None


def _sureness(said: Said, yes: tuple[float, ...]) -> Array:
    """How sure each answer is (n), of two classes as seen from the threshold."""
    assert said.chances is not None
    return two_sided(said.scores, yes[0]) if said.scores is not None and yes else said.chances[:, 0].astype(np.float64)


def two_sided(scores: Array, yes: float) -> Array:
    """The larger of two probabilities (n), after that of the second (n) was moved so that `yes` lies at one half."""
    low, high = max(yes, np.finfo(np.float64).tiny), max(1 - yes, np.finfo(np.float64).tiny)
    scores = scores.astype(np.float64)
    moved = np.where(scores < yes, _HALF * scores / low, _HALF + _HALF * (scores - yes) / high)
    return np.asarray(np.maximum(moved, 1 - moved))


def under(said: Said, threshold: Threshold) -> Said:
    """What is said when the second class, or a label, needs the threshold to be said."""
    if said.scores is not None and threshold.yes:
        decided = (said.scores >= threshold.yes[0]).astype(np.int32)
        assert said.chances is not None
        own = np.where(decided == 1, said.scores, 1 - said.scores)
        return replace(said, decided=decided, chances=np.stack([own, said.chances[:, 1]], axis=1))
    if threshold.yes and said.chances is not None:
        return replace(said, decided=said.chances >= np.array(threshold.yes))
    return said


def withheld(answer: Answer, labels: Array, said: Said, threshold: Threshold) -> Withheld:
    """How many answers are none of the classes, and how good the rest are; `said` is what is said under it."""
    truth = answer.truth(labels)
    if answer.form == "labels":
        counted, kept = np.ones(len(truth), bool), said.decided.any(axis=1)
        right = (truth == said.decided).all(axis=1)
    else:
        true = truth.reshape(-1)
        counted = np.ones(len(true), bool) if answer.ignored is None else true != answer.ignored
        kept = _sureness(said, threshold.yes) >= (threshold.unsure or 0.0)
        right = true == said.decided
    left = right[counted & kept]
    return Withheld(int((counted & ~kept).sum()), int(counted.sum()), float(left.mean()) if len(left) else None)


def under_threshold(
    answer: Answer, probabilities: Array, order: Array, threshold: Threshold
) -> tuple[Array | None, Array, list[bool | None]]:
    """Which labels hold (n, labels), the classes in the order in which they are meant (n, classes), and where none is.

    From probabilities (n, classes) and their own order: of two classes the one that the threshold says comes first.
    """
    if answer.form == "labels":
        hold = np.asarray(probabilities >= np.array(threshold.yes))
        first = np.argsort(
            -1.0 * (hold + probabilities), axis=1, kind="stable"
        )  # those that hold, though others be likelier
        return hold, first, [not some for some in hold.sum(axis=1).tolist()]
    sure = probabilities.max(axis=1).astype(np.float64)
    if threshold.yes:
        said = (probabilities[:, 1] >= threshold.yes[0]).astype(np.int64)
        order, sure = np.stack([said, 1 - said], axis=1), two_sided(probabilities[:, 1], threshold.yes[0])
    kept = sure >= (threshold.unsure or 0.0)  # what is no number is not sure
    return None, order, [not each for each in kept.tolist()]
