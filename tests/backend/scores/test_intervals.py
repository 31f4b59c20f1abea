"""Intervals hold what they promise."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from sklearn.metrics import f1_score, mean_absolute_error, r2_score, roc_auc_score, root_mean_squared_error

from cnnspec.backend.scores.intervals import of_kinds, of_sums, units_by, units_of
from cnnspec.backend.scores.sureness import macro_f1, of_area, of_classes, of_labels, of_places, of_values
from cnnspec.results.intervals import Interval


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 40), st.integers(2, 6), st.integers(0, 2**32))
def test_the_figures_are_those_of_scikit_learn(count: int, classes: int, seed: int) -> None:
    """In the middle of each interval stands the figure itself."""
    random = np.random.default_rng(seed)
    true, said = random.integers(0, classes, (2, count))
    found = of_classes(true, said, units_of(count)).of
    for name, kind in (("macro_f1", "macro"), ("weighted_f1", "weighted")):
        if name in found:
            assert found[name].value == pytest.approx(f1_score(true, said, average=kind, zero_division=0), abs=1e-9)
    holds, told = random.random((2, count, classes)) < 0.5
    found = of_labels(holds, told, units_of(count)).of
    for name, kind in (("macro_f1", "macro"), ("micro_f1", "micro")):
        if name in found:
            assert found[name].value == pytest.approx(f1_score(holds, told, average=kind, zero_division=0), abs=1e-9)
    numbers, others = random.normal(size=(2, count, 2))
    found = of_values(numbers, others, units_of(count)).of
    assert found["mean_absolute_error"].value == pytest.approx(mean_absolute_error(numbers, others), abs=1e-9)
    flat = root_mean_squared_error(numbers.reshape(-1), others.reshape(-1))
    assert found["root_mean_squared_error"].value == pytest.approx(flat, abs=1e-9)
    assert "r2_score" not in found or found["r2_score"].value == pytest.approx(r2_score(numbers, others), abs=1e-9)
    scores, yes = random.random(count).round(1), np.arange(count) % 2 == 0
    area = of_area(yes, scores, units_of(count))
    assert area is None or area.value == pytest.approx(roc_auc_score(yes, scores), abs=1e-9)


def covered(draw: Callable[[np.random.Generator], tuple[Interval | None, float]], times: int) -> float:
    """In which share of so many draws the true value lies in the interval."""
    random = np.random.default_rng(11)
    found = [draw(random) for _ in range(times)]
    return float(np.mean([each is not None and each.least <= true <= each.most for each, true in found]))


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Of 300 draws of 200 examples; the program `tests.support.interval_coverage` has more of them, and narrower."""

    def accuracy(random: np.random.Generator) -> tuple[Interval | None, float]:
        true = random.integers(0, 3, 200)
        said = np.where(random.random(200) < 0.8, true, (true + 1) % 3)
        rows = of_kinds(3 * true + said, 9, units_of(200))
        return rows.interval(lambda counts: macro_f1(counts, *np.divmod(np.arange(9), 3))), 0.8

    def grouped(random: np.random.Generator) -> tuple[Interval | None, float]:
        groups = np.repeat(np.arange(40), 10)
        right = random.random(400) < np.repeat(random.beta(8, 2, 40), 10)
        rows = of_sums(right[:, None], units_of(400, groups, "patient"))
        return rows.interval(lambda sums: sums[:, 0] / 400), 0.8

    assert 0.91 <= covered(accuracy, 300) <= 0.985
    assert 0.91 <= covered(grouped, 300) <= 0.985


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("groups", [np.arange(30), np.arange(60) // 2])
def test_intervals_of_numbers_are_those_of_pivots_worked_out_by_nudging_each_weight(
    units: int, groups: np.ndarray
) -> None:
    """A weighted figure is nudged unit by unit, which gives its standard error (Efron's infinitesimal jackknife)."""
    random, count = np.random.default_rng(units), len(groups)
    true = random.normal(size=(count, units))
    said, drawn = true + random.standard_t(4, (count, units)), units_of(count, groups, "patient")

    def figure(name: str, counts: np.ndarray) -> np.ndarray:
        """Of how often each unit counts (..., 30)."""
        off, weights = said - true, counts[..., groups]
        if name == "r2_score":
            middle = (weights @ true / weights.sum(axis=-1, keepdims=True))[..., None, :]
            spread = (weights[..., None] * (true - middle) ** 2).sum(axis=-2)
            return (1 - weights @ off**2 / spread).mean(axis=-1)
        if name == "mean_absolute_error":
            return weights @ abs(off).mean(axis=1) / weights.sum(axis=-1)
        return np.sqrt(weights @ (off**2).mean(axis=1) / weights.sum(axis=-1))

    def told(name: str, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nudge = 1e-5 * np.eye(drawn.count)
        up, down = (figure(name, counts[:, None] + way * nudge) for way in (1, -1))
        return figure(name, counts), np.sqrt((counts * ((up - down) / 2e-5) ** 2).sum(axis=1))

    counts = np.concatenate(list(drawn.drawn(25)))
    wide = np.sqrt(drawn.count / (drawn.count - 1)) * t.ppf(0.975, drawn.count - 1)
    for name, found in of_values(true, said, drawn).of.items():
        (value,), (error,) = told(name, np.ones((1, drawn.count)))
        values, errors = told(name, counts)
        ends = np.quantile((values - value) / errors, norm.cdf([wide, -wide]), method="nearest")
        assert np.allclose((found.value, found.least, found.most), (value, *(value - ends * error)), rtol=1e-5)


def test_intervals_of_numbers_stay_where_the_figure_can_be() -> None:
    """And there is one of a few examples, too, where the figure differs at all."""
    random = np.random.default_rng(2)
    for count in (2, 3, 5, 12):
        true = random.normal(size=(count, 1))
        found = of_values(true, true + random.standard_t(3, (count, 1)), units_of(count)).of
        assert all(np.isfinite([each.least, each.most]).all() for each in found.values())
        assert all(each.least >= 0 for name, each in found.items() if name != "r2_score")
        assert "r2_score" not in found or found["r2_score"].most <= 1
    assert not of_values(true, true + 0.5, units_of(12)).of.keys() - {"r2_score"}


def test_groups_are_drawn_whole() -> None:
    """Ten examples of a group that are all right or all wrong say no more than one: the interval is as wide as that."""
    right = np.repeat(np.random.default_rng(5).random(60) < 0.7, 10)
    said = np.where(right, 0, 1)
    alone = of_classes(np.zeros(600, int), said, units_of(600)).of["accuracy"]
    together = of_classes(np.zeros(600, int), said, units_of(600, np.repeat(np.arange(60), 10), "patient"))
    few = of_classes(np.zeros(60, int), said[::10], units_of(60, np.arange(60), "patient")).of["accuracy"]
    wide = together.of["accuracy"]
    assert (together.units, together.groups) == (60, "patient")
    assert wide == few and wide.most - wide.least > 2.5 * (alone.most - alone.least)


def test_the_same_predictions_have_the_same_interval_every_time() -> None:
    random = np.random.default_rng(2)
    true, said = random.integers(0, 4, (2, 300))
    assert of_classes(true, said, units_of(300)) == of_classes(true, said, units_of(300))


def test_what_never_varies_has_no_interval_but_a_share_has() -> None:
    """Three right answers of three are no proof that all are right."""
    true = np.array([0, 1, 2])
    found = of_classes(true, true, units_of(3)).of
    assert set(found) == {"accuracy"} and found["accuracy"].least == pytest.approx(0.438, abs=1e-3)
    assert of_classes(true[:1], true[:1], units_of(1)).of["accuracy"].least < 0.3
    assert of_classes(true, true, units_of(3, np.array(["a", "a", "a"]), "site")).of == {}
    places = of_places(np.array([3, 4]), np.array([4, 4]), units_of(2)).of["accuracy"]
    assert places.value == 7 / 8


def test_an_example_without_a_group_is_one_for_itself() -> None:
    """Cells are told apart without the blanks around them; of some examples the same holds."""
    units = units_by(np.array(["b", "", " b", " ", "a ", ""], object), "patient")
    assert units.count == 2 + 3 and units.of is not None and units.lone is not None
    assert units.of.tolist() == [1, 2, 1, 3, 0, 4] and units.lone.tolist() == [False, True, False, True, False, True]
    some = units.take(np.array([True, True, True, False, False, True]))
    assert (some.count, some.column) == (1 + 2, "patient") and some.lone is not None and some.lone.sum() == 2
