"""Correlations over the examples of a split are numpy's on all of them, whatever the batches are."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.objective.metrics import build_metrics
from tests.support.objectives import head_ending_in, metric_of
from tests.support.often import examples


def _pearson(labels: np.ndarray, outputs: np.ndarray) -> float:
    return float(np.corrcoef(labels, outputs)[0, 1])


def _concordance(labels: np.ndarray, outputs: np.ndarray) -> float:
    shared = np.cov(labels, outputs, bias=True)[0, 1]
    return float(2 * shared / (labels.var() + outputs.var() + (labels.mean() - outputs.mean()) ** 2))


def _cosine(labels: np.ndarray, outputs: np.ndarray) -> float:
    return float(labels @ outputs / np.linalg.norm(labels) / np.linalg.norm(outputs))


ORACLES = {"pearson_correlation": _pearson, "concordance_correlation": _concordance, "cosine_similarity": _cosine}


@settings(deadline=None, max_examples=examples(40, 100))
@given(
    st.sampled_from(sorted(ORACLES)),
    st.integers(1, 3),
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.sampled_from([0.0, 1000.0]),
    st.integers(0, 2**32 - 1),
)
def test_a_correlation_over_examples_is_that_of_the_whole_split(
    kind: str, units: int, sizes: list[int], offset: float, seed: int
) -> None:
    """Of each unit, then the mean of them; a single example more is no batch of its own."""
    random, count = np.random.default_rng(seed), sum(sizes) + 2
    outputs = (offset + random.normal(size=(count, units))).astype("float32")
    labels = (offset + 0.5 * (outputs - offset) + random.normal(size=(count, units))).astype("float32")
    head = head_ending_in("linear", (units,))
    (metric,) = build_metrics([metric_of(kind, axis=0)], head, (units,))
    for rows in np.split(np.arange(count), np.cumsum(sizes)):
        metric.update_state(labels[rows], outputs[rows])
    each = [ORACLES[kind](labels[:, at].astype("float64"), outputs[:, at].astype("float64")) for at in range(units)]
    assert float(metric.result()) == pytest.approx(np.mean(each), abs=1e-5)


def test_padding_is_no_part_of_a_correlation() -> None:
    """Each step of a sequence over the examples that reach it; labels may come without the last axis of one."""
    random = np.random.default_rng(4)
    outputs = random.normal(size=(30, 4, 1)).astype("float32")
    labels = (outputs[..., 0] + random.normal(size=(30, 4))).astype("float32")
    there = random.random((30, 4)) < 0.7
    (metric,) = build_metrics([metric_of("pearson_correlation", axis=-3)], head_ending_in("linear", (4, 1)), (4,))
    for rows in (slice(0, 17), slice(17, 30)):
        masked: Any = keras.ops.convert_to_tensor(outputs[rows])
        masked._keras_mask = keras.ops.convert_to_tensor(there[rows])
        metric.update_state(labels[rows], masked)
    each = [_pearson(labels[there[:, at], at], outputs[there[:, at], at, 0]) for at in range(4)]
    assert float(metric.result()) == pytest.approx(np.mean(each), abs=1e-5)


def test_what_does_not_vary_has_no_correlation() -> None:
    (metric,) = build_metrics([metric_of("pearson_correlation", axis=0)], head_ending_in("linear", (1,)), (1,))
    metric.update_state(np.ones((3, 1), "float32"), np.arange(3, dtype="float32")[:, None])
    assert float(metric.result()) == 0
