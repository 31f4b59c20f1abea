"""Labels counted as NumPy counts them, whichever form they have; a plan's steps and bytes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnspec.backend.inspect.look import look
from cnnspec.backend.objective.output_reading import Answer, answer_to, answers
from cnnspec.backend.plan import label_facts, plan_of
from cnnspec.backend.prepared import prepare
from tests.support.objectives import head_ending_in
from tests.support.small_runs import TRAINING, small_spec, written_spec

NUMBERS = np.array([0, 2, 2, 1, 2, 0])
NAMES = ("cat", "dog", "fox", "owl")
COUNTS = {"cat": 2, "dog": 1, "fox": 3, "owl": 0}


def answer(labels: np.ndarray, shape: tuple[int, ...], activation: str, names: tuple[str, ...] = ()) -> Answer:
    """How an output of this shape is read that learns these labels, with the loss that is chosen by itself."""
    return answer_to(labels, head_ending_in(activation, shape, "y"), names)


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
    facts = label_facts(labels, answer(labels, (4,), "softmax", NAMES))
    assert facts.counts == COUNTS and facts.span is None and not facts.shared


def test_rows_of_several_ones_are_counted_by_column() -> None:
    labels = np.array([[1, 1, 0], [0, 1, 0]])
    facts = label_facts(labels, answer(labels, (3,), "sigmoid"))
    assert facts.counts == {"0": 1, "1": 2, "2": 0} and facts.shared


def test_a_class_number_at_every_place_is_counted_and_an_ignored_one_is_not() -> None:
    labels = np.array([[[0, 1], [1, -1]], [[1, 1], [0, 0]]])
    facts = label_facts(labels, answer(labels, (2, 2, 2), "softmax", ("ground", "sky")))
    assert facts.counts == {"ground": 3, "sky": 4} and facts.shared


@pytest.mark.parametrize("labels", [np.array([0, 1, 1]), np.array([[0.0], [1.0], [1.0]])])
def test_zeros_and_ones_without_names_are_two_classes(labels: np.ndarray) -> None:
    assert label_facts(labels, answer(labels, (1,), "sigmoid")).counts == {"0": 1, "1": 2}


@pytest.mark.parametrize("labels", [np.array([0.5, -1.0, 3.5]), np.array([[1, 2], [-3, 4]])])
def test_numbers_have_a_range(labels: np.ndarray) -> None:
    facts = label_facts(labels, answer(labels, labels.shape[1:] or (1,), "linear"))
    assert facts.counts == {} and facts.span == (labels.min(), labels.mean(), labels.max())


def test_a_plan_counts_steps_examples_and_bytes(tmp_path: Path) -> None:
    """60 examples in batches of 8 are 8 steps; data stands in memory twice, as an array and as a tensor."""
    plan = plan_of(prepare(*small_spec(tmp_path, TRAINING)))
    assert (plan.steps_per_epoch, plan.counts) == (8, {"train": 60, "validation": 20, "test": 21})
    assert plan.held == 2 * (60 + 20 + 21) * (6 * 6 * 4 + 4) and plan.precision == "float32"


@pytest.mark.parametrize(
    ("head", "loss", "labels", "form"),
    [
        ("dense: 1", "{binary_crossentropy: {from_logits: true}}", np.array([0, 1, 1, 0]), "class"),
        ("dense: 1", "mse", np.array([0, 1, 1, 0]), "values"),
        ("dense: 3", "auto", np.array([0, 1, 2, 0]), "class"),
        ("dense: {units: 2, activation: sigmoid}", "auto", np.array([[0, 1], [1, 1], [0, 0], [1, 0]]), "labels"),
        ("dense: {units: 2, activation: softmax}", "auto", np.eye(2, dtype="float32")[[0, 1, 1, 0]], "class"),
    ],
)
def test_plan_data_and_evaluation_judge_labels_alike(
    tmp_path: Path, head: str, loss: str, labels: np.ndarray, form: str
) -> None:
    """By the loss: zeros and ones under a squared error are numbers, under logits two classes."""
    np.savez(tmp_path / "train.npz", x=np.zeros((4, 5), "float32"), y=labels)
    text = (
        f"inputs: {{x: [5]}}\nmodel: [{head}]\ndata: {{source: arrays, train: train.npz}}\ntraining: {{loss: {loss}}}\n"
    )
    spec, graph = written_spec(tmp_path, text)
    job = prepare(spec, graph)
    (read,) = answers(replace(graph, losses=job.objective.losses), {})
    (seen,) = look(spec, graph).labels
    (facts,) = plan_of(job).splits[0].labels.values()
    assert read.form == seen.form == form and (facts.span is not None) == (form == "values")
