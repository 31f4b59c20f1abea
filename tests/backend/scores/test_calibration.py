"""Calibration is what a count says, however the examples were cut into batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from cnnspec.backend.scores.calibration import BINS, calibration_of, of_classes, of_labels


def counted_ece(confidence: list[float], right: list[bool]) -> float:
    """The expected calibration error by its definition, an example at a time."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for each, hit in zip(confidence, right, strict=True):
        number = next(n for n in range(BINS) if each <= np.linspace(0, 1, BINS + 1)[n + 1] or n == BINS - 1)
        bins.setdefault(number, []).append((each, hit))
    apart = (abs(sum(c - h for c, h in held)) for held in bins.values())
    return sum(apart) / len(confidence)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(1, 60), st.integers(0, 2**32), st.booleans())
def test_the_error_is_that_of_a_direct_count_over_all_batches(classes: int, count: int, seed: int, even: bool) -> None:
    """Those that lie on an edge of a bin among them; the Brier score is scikit-learn's."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes), count)
    if even:
        probabilities = np.full((count, classes), 1 / 15)
        probabilities[np.arange(count), random.integers(0, classes, count)] += 1 - classes / 15
    true = random.integers(0, classes, count)
    parts = [
        of_classes(probabilities[at : at + 7], true[at : at + 7], np.ones(len(true[at : at + 7]), bool))
        for at in range(0, count, 7)
    ]
    total = parts[0]
    for part in parts[1:]:
        total += part
    found = calibration_of(total, "answers")
    assert found is not None and found.count == count == sum(each.count for each in found.bins)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    assert found.ece == pytest.approx(counted_ece(confidence.tolist(), right.tolist()), abs=1e-9)
    theirs = probabilities[:, 1] if classes == 2 else probabilities
    assert found.brier == pytest.approx(brier_score_loss(true, theirs, labels=range(classes)), abs=1e-9)
    shares = [(each.confidence or 0, each.accuracy or 0) for each in found.bins if each.count]
    accuracies, confidences = calibration_curve(right, confidence, n_bins=BINS)
    assert np.allclose(shares, np.stack([confidences, accuracies], axis=1), atol=1e-9, rtol=0)
    assert found.largest == pytest.approx(max(abs(one - other) for one, other in shares), abs=1e-12)


def test_of_labels_the_probability_of_each_counts() -> None:
    random = np.random.default_rng(1)
    probabilities = random.random((50, 3))
    holds = random.random((50, 3)) < probabilities**2
    counted = random.random(50) < 0.8
    found = calibration_of(of_labels(probabilities, holds, counted), "labels")
    assert found is not None
    flat, true = probabilities[counted].reshape(-1), holds[counted].reshape(-1)
    assert found.ece == pytest.approx(counted_ece(flat.tolist(), true.tolist()), abs=1e-9)
    assert found.brier == pytest.approx(((flat - true) ** 2).mean(), abs=1e-12)


def test_places_that_do_not_count_and_numbers_that_are_none_are_left_out() -> None:
    probabilities = np.array([[[0.9, 0.1], [0.2, 0.8]], [[np.nan, 0.5], [0.6, 0.4]]])
    found = of_classes(probabilities, np.array([[0, 0], [0, 1]]), np.array([[True, False], [True, True]]))
    assert (found.count, found.lost) == (2, 1)
    nothing = of_classes(probabilities, np.zeros((2, 2), int), np.zeros((2, 2), bool))
    assert calibration_of(nothing, "answers") is None
