"""Labels counted as NumPy counts them, whichever form they have; a plan's steps and bytes."""

from pathlib import Path

import numpy as np
import pytest
from small_runs import TRAINING, small_spec

from cnnspec.backend.job import prepare
from cnnspec.backend.plan import label_facts, plan_of

NUMBERS = np.array([0, 2, 2, 1, 2, 0])
NAMES = ("cat", "dog", "fox", "owl")
COUNTS = {"cat": 2, "dog": 1, "fox": 3, "owl": 0}


@pytest.mark.parametrize(
    "labels",
    [
        NUMBERS,
        NUMBERS[:, None],
        NUMBERS.astype("uint8"),
        np.eye(4, dtype="float32")[NUMBERS],
        np.eye(4, dtype=bool)[NUMBERS],
    ],
    ids=["numbers", "column", "bytes", "one-hot", "one-hot booleans"],
)
def test_classes_are_counted_by_name_those_without_an_example_too(labels: np.ndarray) -> None:
    facts = label_facts(labels, NAMES)
    assert facts.counts == COUNTS and facts.span is None and not facts.shared


def test_rows_of_several_ones_are_counted_by_column() -> None:
    facts = label_facts(np.array([[1, 1, 0], [0, 1, 0]]), ())
    assert facts.counts == {"0": 1, "1": 2, "2": 0} and facts.shared


def test_a_class_number_at_every_place_is_counted_and_an_ignored_one_is_not() -> None:
    facts = label_facts(np.array([[[0, 1], [1, -1]], [[1, 1], [0, 0]]]), ("ground", "sky"))
    assert facts.counts == {"ground": 3, "sky": 4} and facts.shared


@pytest.mark.parametrize("labels", [np.array([0, 1, 1]), np.array([[0.0], [1.0], [1.0]])])
def test_zeros_and_ones_without_names_are_two_classes(labels: np.ndarray) -> None:
    assert label_facts(labels, ()).counts == {"0": 1, "1": 2}


@pytest.mark.parametrize("labels", [np.array([0.5, -1.0, 3.5]), np.array([[1, 2], [-3, 4]])])
def test_numbers_have_a_range(labels: np.ndarray) -> None:
    facts = label_facts(labels, ())
    assert facts.counts == {} and facts.span == (labels.min(), labels.mean(), labels.max())


def test_a_plan_counts_steps_examples_and_bytes(tmp_path: Path) -> None:
    """60 examples in batches of 8 are 8 steps; data stands in memory twice, as an array and as a tensor."""
    plan = plan_of(prepare(*small_spec(tmp_path, TRAINING)))
    assert (plan.steps_per_epoch, plan.counts) == (8, {"train": 60, "validation": 20, "test": 21})
    assert plan.held == 2 * (60 + 20 + 21) * (6 * 6 * 4 + 4) and plan.precision == "float32"
