"""What an evaluation came to: loss and metrics of a split, and how well each output answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cnnspec.results.calibration import Calibration
from cnnspec.results.groups import Groups
from cnnspec.results.intervals import Intervals
from cnnspec.results.mistaken import Mistakes
from cnnspec.results.threshold_curves import ThresholdCurves
from cnnspec.results.thresholds import Threshold, Withheld

MOST_MISTAKES = 10
"""Examples that are named of those that an output is wrong about, unless more are asked for."""
Form = Literal["class", "labels", "values"]
"""How an output is read: as one class of several, as labels that may go together, or as plain values."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class, or an average. `support` are its examples, `predicted` the answers that name it, `right` both."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int | None = None
    right: int | None = None


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many examples of one class, a `share` of all it has, were taken for another."""

    true: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class TopK:
    """The share of examples whose true class is among the `k` likeliest."""

    k: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many numbers lie in each bin between two neighbouring `edges`; those on the last edge count, too."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Residuals:
    """How far numbers are off: prediction minus label, in the labels' unit, of one `unit` of the output or of all.

    The sizes of half of them are at most `half`, those of nine in ten at most `nine_tenths`.
    """

    unit: int | None
    least: float
    mean: float
    deviation: float
    most: float
    half: float
    nine_tenths: float
    histogram: Histogram | None = None
    pairs: tuple[tuple[float, float], ...] = ()
    """Label and prediction of some of the numbers, evenly taken from all: as many as a picture shows."""


@dataclass(frozen=True, slots=True)
class OutputFigures:
    """What one output came to.

    `accuracy` is the share of right answers, for labels the share of examples with every label right. `classes` are
    those that occur, in labels or in answers; the `absent` others have no figures. `confusions` come with the most
    frequent first; `matrix` has a row for each true class of `classes`. `values` are figures of numbers, and
    `residuals` say how these are off. `mistakes` are the examples that it is wrong about.

    `top` are of three classes and more, `curves` of two classes or of labels, `calibration` is of probabilities; where
    `not_finite` examples have predictions that are no numbers, there are none of these. `intervals` are of figures by
    name, as `accuracy` or `macro_f1`; `groups` are of the column that was asked for. Answers are those under the
    `threshold`, where there is one; so many were `withheld` by it.
    """

    output: str
    form: str
    accuracy: float | None = None
    classes: tuple[ClassFigures, ...] = ()
    averages: tuple[ClassFigures, ...] = ()
    absent: tuple[str, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    matrix: tuple[tuple[int, ...], ...] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    residuals: tuple[Residuals, ...] = ()
    mistakes: Mistakes | None = None
    top: tuple[TopK, ...] = ()
    calibration: Calibration | None = None
    curves: tuple[ThresholdCurves, ...] = ()
    intervals: Intervals | None = None
    groups: Groups | None = None
    not_finite: int = 0
    threshold: Threshold | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and metrics of a run on a split of `count` examples, and how well each output answers.

    `weights` is the file that was scored: best.keras, or last.keras where there is no other. Where the examples are no
    split of the run's, `split` is empty and `data` the path that they lie at, if any; of it so many were `skipped`, as
    they could not be read.
    `examples` is a checksum of which examples they are: of runs with another they cannot be compared in pairs.
    """

    run: str
    split: str
    count: int
    loss: float
    metrics: Mapping[str, float]
    weights: str
    outputs: tuple[OutputFigures, ...]
    data: str = ""
    skipped: int = 0
    examples: str = ""


def with_worst(evaluation: Evaluation, most: int = MOST_MISTAKES) -> Evaluation:
    """The same with no more than so many mistakes of each output, the worst of them."""

    def fewer(output: OutputFigures) -> OutputFigures:
        found = output.mistakes
        return output if found is None else replace(output, mistakes=replace(found, worst=found.worst[:most]))

    return replace(evaluation, outputs=tuple(map(fewer, evaluation.outputs)))
