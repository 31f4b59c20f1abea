"""Whether a difference is larger than the noise, held against SciPy and against the examples of the papers."""

import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnnspec.results.noise import Interval, of_intervals, of_pairs, of_seeds, of_shares, sign_test, wilson

NEWCOMBE = {
    (56, 48, 70, 80): (0.0524, 0.3339),
    (9, 3, 10, 10): (0.1705, 0.8090),
    (6, 2, 7, 7): (0.0582, 0.8062),
    (5, 0, 56, 29): (-0.0381, 0.1926),
    (0, 0, 10, 20): (-0.1611, 0.2775),
    (10, 0, 10, 20): (0.6791, 1.0),
    (10, 0, 10, 10): (0.6075, 1.0),
}
"""Table II of Newcombe 1998, method 10: right of the one and the other, of so many."""


@pytest.mark.parametrize("counts", NEWCOMBE)
def test_two_shares_are_as_far_apart_as_in_newcombes_table(counts: tuple[int, int, int, int]) -> None:
    one, other, of_one, of_other = counts
    found = of_shares((one, other), (of_one, of_other))
    assert (found.low, found.high) == pytest.approx(NEWCOMBE[counts], abs=6e-5)
    assert found.larger == (NEWCOMBE[counts][0] > 0)
    back = of_shares((other, one), (of_other, of_one))
    assert (back.low, back.high, back.larger) == pytest.approx((-found.high, -found.low, found.larger))


@given(st.integers(1, 3000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_one_share_has_wilsons_interval(counts: tuple[int, int]) -> None:
    theirs = stats.binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(st.integers(0, 800), st.integers(0, 800))
def test_pairs_are_decided_by_the_exact_test_of_mcnemar(one: int, other: int) -> None:
    theirs = stats.binomtest(one, one + other).pvalue if one + other else 1.0
    assert sign_test(one, other) == pytest.approx(theirs, abs=1e-9)
    assert of_pairs(one, other, 2000).larger == (theirs < 0.05)


VALUES = st.lists(st.integers(-10_000, 10_000).map(lambda value: value / 1000), min_size=2, max_size=12)


@given(VALUES, VALUES)
def test_seeds_are_decided_by_welchs_test(ones: list[float], others: list[float]) -> None:
    found = of_seeds(ones, others)
    if len(set(ones)) == len(set(others)) == 1:
        assert found.larger == (ones[0] != others[0])
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where the one of them is the same throughout
        theirs = stats.ttest_ind(ones, others, equal_var=False).pvalue
    assert found.p == pytest.approx(theirs, rel=1e-6, abs=1e-12)
    assert found.larger == (theirs < 0.05)


def test_intervals_are_joined_as_of_independent_figures() -> None:
    one, other = (0.9, Interval(0.87, 0.93)), (0.85, Interval(0.81, 0.89))
    found = of_intervals(one, other)
    assert (found.low, found.high) == pytest.approx((0.0, 0.1)) and math.isclose(found.difference, 0.05)
    assert not of_intervals((0.9, Interval(0.87, 0.93)), (0.87, Interval(0.83, 0.91))).larger
    assert of_intervals((0.9, Interval(0.87, 0.93)), (0.82, Interval(0.78, 0.86))).larger
