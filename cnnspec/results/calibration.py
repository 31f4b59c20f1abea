"""Whether probabilities are what they say: of answers with 0.8 eight in ten should be right."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose probability lies above `least` and is at most `most`; the first bin has its lower end, too.

    Their mean probability is `confidence`, and the share of them that are right is `accuracy`; None where there are
    none.
    """

    least: float
    most: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The reliability of an output's probabilities, in bins of equal width.

    Of classes the probability of the likeliest counts, right where it is the true one; `of` is then `answers`. Of
    labels the probability of each counts, right where it holds; `of` is `labels`. `ece` is the expected calibration
    error (Naeini et al. 2015; Guo et al. 2017), the mean distance of accuracy and confidence, each bin by its count;
    `largest` is the largest of these distances. `brier` is the Brier score as scikit-learn has it.
    """

    of: str
    count: int
    ece: float
    largest: float
    brier: float
    bins: tuple[Bin, ...]
