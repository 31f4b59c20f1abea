"""How often the intervals of `cnnspec evaluate` hold the true figure, simulated: 95 in 100 are promised.

`python -m tests.support.interval_coverage [DRAWS]` prints a row for each figure: of so many data sets, each drawn from
a known truth, the share whose interval has the truth in it. The truth of figures that have no formula is that of a
mean over six data sets of 20,000 examples.

`python -m tests.support.interval_coverage DRAWS SIZE...` prints what becomes of errors of numbers, in data sets of such
sizes: labels are normal, errors 0.4 of a normal number, of an exponential one less its mean, of Student's t with 6 or
3 degrees of freedom, whose squares have a variance or none.
"""

import math
import sys
from collections.abc import Callable, Mapping

import numpy as np

from cnnspec.backend.scores.intervals import Units, of_kinds, of_sums, share, units_of
from cnnspec.backend.scores.sureness import macro_f1, of_area, of_labels, of_values
from cnnspec.results.intervals import Interval

Random = np.random.Generator
Drawn = Callable[[Random, int], tuple[np.ndarray, ...]]
Figure = Callable[..., Interval | None]
_PARTS = 6


def classes(count: int, right: float) -> Drawn:
    """True classes, of uneven shares, and what is said, so often `right`."""
    shares = np.arange(1, count + 1) / np.arange(1, count + 1).sum()

    def draw(random: Random, examples: int) -> tuple[np.ndarray, ...]:
        true = random.choice(count, examples, p=shares)
        return true, np.where(
            random.random(examples) < right, true, (true + random.integers(1, count, examples)) % count
        )

    return draw


def accuracy(true: np.ndarray, said: np.ndarray) -> Interval | None:
    return share(int((true == said).sum()), len(true))


def macro(true: np.ndarray, said: np.ndarray) -> Interval | None:
    (one, other), kinds = np.unique(np.stack([true, said]), axis=1, return_inverse=True)
    rows = of_kinds(kinds.reshape(-1), len(one), units_of(len(true)))
    return rows.interval(lambda counts: macro_f1(counts, one, other))


def labels(random: Random, examples: int) -> tuple[np.ndarray, ...]:
    true = random.random((examples, 4)) < np.array([0.1, 0.3, 0.5, 0.7])
    return true, true ^ (random.random((examples, 4)) < 0.1)


def of_label(name: str) -> Figure:
    return lambda true, said: of_labels(true, said, units_of(len(true))).of.get(name)


def numbers(random: Random, examples: int) -> tuple[np.ndarray, ...]:
    """Labels, and predictions whose errors are normal."""
    true = random.normal(size=(examples, 1))
    return true, true + 0.4 * random.normal(size=(examples, 1))


def outliers(random: Random, examples: int) -> tuple[np.ndarray, ...]:
    """The same with errors of heavy tails."""
    true = random.normal(size=(examples, 1))
    return true, true + 0.4 * random.standard_t(6, (examples, 1))


def of_number(name: str) -> Figure:
    return lambda true, said: of_values(true, said, units_of(len(true))).of.get(name)


def scores(random: Random, examples: int) -> tuple[np.ndarray, ...]:
    holds = random.random(examples) < 0.3
    return holds, random.normal(size=examples) + 1.5 * holds


def area(holds: np.ndarray, found: np.ndarray) -> Interval | None:
    return of_area(holds, found, units_of(len(holds)))


def patients(random: Random, examples: int) -> tuple[np.ndarray, ...]:
    """Which are right, and whose they are: ten of a patient, some patients harder than others."""
    own = np.repeat(random.beta(8, 2, examples // 10), 10)
    return random.random(len(own)) < own, np.repeat(np.arange(examples // 10), 10)


def of_patients(right: np.ndarray, of: np.ndarray) -> Interval | None:
    rows = of_sums(np.stack([right, np.ones(len(right))], axis=1), Units(int(of.max()) + 1, of, "patient"))
    return rows.interval(lambda sums: sums[:, 0] / sums[:, 1])


def as_if_alone(right: np.ndarray, of: np.ndarray) -> Interval | None:
    return share(int(right.sum()), len(right))


CASES: dict[str, tuple[Drawn, int, Figure, float | None]] = {
    "accuracy 0.9 of 200": (classes(3, 0.9), 200, accuracy, 0.9),
    "accuracy 0.98 of 100": (classes(3, 0.98), 100, accuracy, 0.98),
    "accuracy 0.5 of 30": (classes(2, 0.5), 30, accuracy, 0.5),
    "macro F1, 3 classes, 200": (classes(3, 0.85), 200, macro, None),
    "macro F1, 10 classes, 1,000": (classes(10, 0.9), 1000, macro, None),
    "micro F1, 4 labels, 200": (labels, 200, of_label("micro_f1"), None),
    "macro F1, 4 labels, 200": (labels, 200, of_label("macro_f1"), None),
    "mean absolute error of 200": (numbers, 200, of_number("mean_absolute_error"), None),
    "R2 of 200": (numbers, 200, of_number("r2_score"), None),
    "R2 of 200, heavy tails": (outliers, 200, of_number("r2_score"), None),
    "ROC area of 300": (scores, 300, area, None),
    "accuracy of 40 patients, --groups": (patients, 400, of_patients, 0.8),
    "the same without --groups": (patients, 400, as_if_alone, 0.8),
}


ERRORS: dict[str, tuple[Callable[[Random, int], np.ndarray], float, float]] = {
    "normal": (lambda random, count: random.normal(size=count), math.sqrt(2 / math.pi), 1.0),
    "skewed": (lambda random, count: random.exponential(size=count) - 1, 2 / math.e, 1.0),
    "heavy tails, t of 6": (lambda random, count: random.standard_t(6, count), 3 * math.sqrt(6) / 8, 1.5),
    "very heavy tails, t of 3": (lambda random, count: random.standard_t(3, count), 2 * math.sqrt(3) / math.pi, 3.0),
}
"""How errors are drawn, the mean of their sizes, and that of their squares."""
_SHARE = 0.4


def of_errors(kind: str, examples: int, draws: int) -> Mapping[str, tuple[float, float]]:
    """Of each figure the share of intervals that hold it, and how wide the half of them is at most."""
    draw, size, square = ERRORS[kind]
    square *= _SHARE**2
    truths = {
        "mean_absolute_error": _SHARE * size,
        "root_mean_squared_error": math.sqrt(square),
        "r2_score": 1 - square,
    }
    random, found = np.random.default_rng(1), []
    for _ in range(draws):
        true = random.normal(size=(examples, 1))
        found.append(of_values(true, true + _SHARE * draw(random, examples)[:, None], units_of(examples)).of)
    return {
        name: (
            sum(each[name].least <= truth <= each[name].most for each in found if name in each) / draws,
            float(np.median([each[name].most - each[name].least for each in found if name in each])),
        )
        for name, truth in truths.items()
    }


def truth_of(draw: Drawn, figure: Figure) -> float:
    """The figure of very many examples: of six parts of 20,000, so that no bootstrap of them takes long."""
    random = np.random.default_rng(0)
    found = [figure(*draw(random, 20_000)) for _ in range(_PARTS)]
    return float(np.mean([each.value for each in found if each is not None]))


def coverage(draw: Drawn, examples: int, figure: Figure, truth: float | None, draws: int) -> tuple[float, float]:
    """The share of intervals that hold the truth, and how wide they are on average."""
    known = truth_of(draw, figure) if truth is None else truth
    random = np.random.default_rng(1)
    found = [figure(*draw(random, examples)) for _ in range(draws)]
    there = [each for each in found if each is not None]
    held = sum(each.least <= known <= each.most for each in there)
    return held / draws, float(np.mean([each.most - each.least for each in there]))


def main() -> None:
    """Print the table."""
    draws, sizes = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, list(map(int, sys.argv[2:]))
    if sizes:
        print(f"| errors | examples | MAE, of {draws:,} | width | RMSE | width | R2 | width |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for kind, size in ((kind, size) for kind in ERRORS for size in sizes):
        cells = (f"{held:.1%} | {width:.3f}" for held, width in of_errors(kind, size, draws).values())
        print(f"| {kind} | {size:,} | {' | '.join(cells)} |", flush=True)
    if sizes:
        return
    print(f"| figure | intervals that hold it, of {draws:,} | width |\n| --- | --- | --- |")
    for name, (draw, examples, figure, truth) in CASES.items():
        held, width = coverage(draw, examples, figure, truth, draws)
        print(f"| {name} | {held:.1%} | {width:.3f} |", flush=True)


if __name__ == "__main__":
    main()
