"""Curves and thresholds are scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score, top_k_accuracy_score

from cnnspec.backend.scores.threshold_curves import MOST_POINTS, best, curves_of
from cnnspec.backend.scores.top_k import ranks_of, within


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 80), st.integers(0, 2**32), st.booleans())
def test_areas_are_those_of_scikit_learn_and_no_threshold_has_a_better_f1(count: int, seed: int, ties: bool) -> None:
    """Scores that are equal among them; the F1 that is told is the one that the threshold gives."""
    random = np.random.default_rng(seed)
    holds = random.random(count) < 0.4
    scores = random.random(count).round(1 if ties else 9)
    said = scores > 0.5
    found = curves_of("yes", holds, scores, said)
    if found is None:
        assert holds.sum() in (0, count)
        return
    assert found.roc.area == pytest.approx(roc_auc_score(holds, scores), abs=1e-9)
    assert found.precision_recall.average_precision == pytest.approx(average_precision_score(holds, scores), abs=1e-9)
    assert found.best.f1 == pytest.approx(f1_score(holds, scores >= found.best.value), abs=1e-9)
    assert found.best.f1_as_is == pytest.approx(f1_score(holds, said), abs=1e-9)
    assert found.best.f1 >= max(f1_score(holds, scores >= each) for each in np.unique(scores)) - 1e-12


@settings(max_examples=60, deadline=None)
@given(st.floats(1 / 128, 1.0, width=32), st.integers(2, 30), st.integers(0, 2**32), st.sampled_from(["f4", "f8"]))
def test_scores_that_are_neighbours_are_told_apart(least: float, count: int, seed: int, dtype: str) -> None:
    """Compared in their own precision as in a higher one, and where nothing lies between them."""
    random = np.random.default_rng(seed)
    levels = [np.dtype(dtype).type(least)]
    for _ in range(4):
        levels.append(np.nextafter(levels[-1], np.dtype(dtype).type(2)))
    scores, holds = random.choice(np.array(levels, dtype), count), random.random(count) < 0.5
    if not 0 < holds.sum() < count:
        return
    found = best(holds, scores, holds)
    for said in (scores >= found.value, scores.astype("f8") >= np.float64(found.value)):
        assert found.f1 == pytest.approx(f1_score(holds, said), abs=1e-12)


def test_of_a_long_curve_some_points_are_kept_and_the_area_is_that_of_all() -> None:
    """Both ends, and so many that nobody sees a difference."""
    random = np.random.default_rng(3)
    holds = random.random(20_000) < 0.3
    scores = random.normal(size=20_000) + 2 * holds
    found = curves_of("yes", holds, scores, scores > 0)
    assert found is not None and found.roc.area == pytest.approx(roc_auc_score(holds, scores), abs=1e-9)
    wrong, right = found.roc.false_positive_rates, found.roc.true_positive_rates
    assert len(wrong) == len(right) == len(found.roc.thresholds) <= MOST_POINTS
    assert (wrong[0], right[0], wrong[-1], right[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(right, wrong) == pytest.approx(found.roc.area, abs=1e-3)
    assert len(found.precision_recall.thresholds) == len(found.precision_recall.recalls) - 1 < MOST_POINTS


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 12), st.integers(0, 2**32), st.booleans())
def test_top_k_counts_as_scikit_learn_does(classes: int, seed: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    scores, true = random.random((50, classes)).round(1 if ties else 9), random.integers(0, classes, 50)
    for k, hits in within(ranks_of(scores, true), classes):
        assert hits.mean() == top_k_accuracy_score(true, scores, k=k, labels=range(classes))
