"""Mean, deviation and interval of figures over several trainings."""

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from cnnspec.results.series import Member, estimate, estimates, t_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 100, 1001])
def test_quantiles_are_those_of_scipy(freedom: int) -> None:
    for probability in (0.5, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9999):
        assert t_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-9, abs=1e-9)


def test_an_interval_is_that_of_scipy() -> None:
    values = [0.91, 0.93, 0.9, 0.95, 0.92]
    found = estimate("accuracy", values)
    low, high = stats.t.interval(0.95, 4, statistics.fmean(values), stats.sem(values))
    assert (found.count, found.mean, found.deviation) == (5, pytest.approx(0.922), statistics.stdev(values))
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))


def test_intervals_cover_the_mean_as_often_as_they_say() -> None:
    """Of 4,000 times five draws of a normal variable between 94 and 96 % hold its mean."""
    draws = np.random.default_rng(0).normal(3.0, 2.0, (4000, 5))
    found = [estimate("", list(row)) for row in draws]
    assert 0.94 < statistics.fmean(each.low <= 3.0 <= each.high for each in found) < 0.96


def test_a_single_value_has_no_interval() -> None:
    assert math.isnan(estimate("loss", [1.0]).low)
    assert math.isnan(estimate("loss", [1.0, math.nan]).high)


def test_failed_trainings_count_nowhere() -> None:
    """And a figure counts only where all that finished have it."""
    finished = [
        Member("seed 0", "a", "finished", {"loss": 1.0, "x": 2.0}),
        Member("seed 1", "b", "finished", {"loss": 3.0}),
    ]
    found = estimates([*finished, Member("seed 2", "c", "failed", {"loss": 9.0})])
    assert [(each.figure, each.count, each.mean) for each in found] == [("loss", 2, 2.0)]
