"""How often the intervals of `cnnspec evaluate` hold the true figure, simulated: 95 in 100 are promised.

`python -m tests.support.interval_coverage [DRAWS]` prints a row for each figure: of so many data sets, each drawn from
a known truth, the share whose interval has the truth in it. The truth of figures that have no formula is that of a
mean over six data sets of 20,000 examples.
"""

import sys
from collections.abc import Callable

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
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"| figure | intervals that hold it, of {draws:,} | width |\n| --- | --- | --- |")
    for name, (draw, examples, figure, truth) in CASES.items():
        held, width = coverage(draw, examples, figure, truth, draws)
        print(f"| {name} | {held:.1%} | {width:.3f} |", flush=True)


if __name__ == "__main__":
    main()
