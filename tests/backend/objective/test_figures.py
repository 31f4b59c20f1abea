"""Figures of outputs equal scikit-learn's, whatever the output's form."""

import math
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    multilabel_confusion_matrix,
    precision_recall_fscore_support,
    r2_score,
)

from cnnspec.backend.objective.figures import figures
from cnnspec.backend.objective.output_reading import Answer, answers
from cnnspec.graph.heads import Head
from tests.support.small_runs import written_spec

NAMES = ("airplane", "bird", "cat", "dog")


def answer_of(folder: Path, layer: str, loss: str, names: tuple[str, ...] = ()) -> Answer:
    """How the output of a network that ends in `layer` is read after training with `loss`."""
    text = f"inputs: {{x: [3]}}\nmodel: [{layer}]\ntraining: {{loss: {loss}}}\n"
    _, graph = written_spec(folder, text)
    (answer,) = answers(graph, dict.fromkeys(graph.outputs, names))
    return answer


SOFTMAX = "dense: {units: 4, activation: softmax}"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_figures_by_class_are_those_of_scikit_learn(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[int, int]]
) -> None:
    """Precision, recall, F1, support, averages and the matrix over the classes that occur."""
    answer = answer_of(tmp_path_factory.mktemp("spec"), SOFTMAX, "sparse_categorical_crossentropy", NAMES)
    true, said = np.array(pairs, np.int32).T
    found = figures(answer, true, answer.decide(np.eye(4, dtype=np.float32)[said]))
    columns = zip(*((row.precision, row.recall, row.f1, row.support) for row in found.classes), strict=True)
    for mine, theirs in zip(columns, precision_recall_fscore_support(true, said, zero_division=0), strict=True):
        assert np.array_equal(mine, theirs)
    for row in found.averages:
        theirs = precision_recall_fscore_support(true, said, average=row.name, zero_division=0)[:3]
        assert (row.precision, row.recall, row.f1) == theirs and row.support == len(true)
    assert found.accuracy == accuracy_score(true, said)
    occurring = sorted({*true.tolist(), *said.tolist()})
    matrix = confusion_matrix(true, said, labels=range(4))[np.ix_(occurring, occurring)]
    assert found.matrix == tuple(map(tuple, matrix.tolist()))
    assert [row.predicted for row in found.classes] == matrix.sum(axis=0).tolist()
    assert [row.right for row in found.classes] == matrix.diagonal().tolist()
    assert [row.name for row in found.classes] == [NAMES[number] for number in occurring]
    assert set(found.absent) == set(NAMES) - {NAMES[number] for number in occurring}
    confused = {(each.true, each.predicted): each.count for each in found.confusions}
    wrong = confusion_matrix(true, said, labels=range(4)) * (1 - np.eye(4, dtype=int))
    assert confused == {(NAMES[i], NAMES[j]): wrong[i, j] for i, j in zip(*wrong.nonzero(), strict=True)}
    counts = [each.count for each in found.confusions]
    assert counts == sorted(counts, reverse=True)
    assert all(each.share == each.count / (true == NAMES.index(each.true)).sum() for each in found.confusions)


@pytest.mark.parametrize(
    ("layer", "loss"),
    [
        ("dense: {units: 1, activation: sigmoid}", "binary_crossentropy"),
        ("dense: 1", "{binary_crossentropy: {from_logits: true}}"),
    ],
)
def test_a_single_unit_tells_two_classes_apart(tmp_path: Path, layer: str, loss: str) -> None:
    """As a probability or as a logit; both classes have their figures."""
    answer = answer_of(tmp_path, layer, loss, ("no", "yes"))
    random = np.random.default_rng(3)
    logits, labels = random.normal(size=(50, 1)).astype("float32"), random.integers(0, 2, (50, 1))
    numbers = logits if answer.function else 1 / (1 + np.exp(-logits))
    found = figures(answer, labels, answer.decide(numbers))
    theirs = precision_recall_fscore_support(labels[:, 0], logits[:, 0] > 0)
    assert [(row.name, row.f1, row.support) for row in found.classes] == [
        ("no", theirs[2][0], theirs[3][0]),
        ("yes", theirs[2][1], theirs[3][1]),
    ]
    probabilities = answer.probabilities(numbers)
    assert np.allclose(probabilities[:, 1], 1 / (1 + np.exp(-logits[:, 0]))) and probabilities.shape == (50, 2)


def test_labels_that_go_together_are_judged_each_for_itself(tmp_path: Path) -> None:
    answer = answer_of(tmp_path, "dense: {units: 4, activation: sigmoid}", "binary_crossentropy", NAMES)
    random = np.random.default_rng(4)
    numbers, labels = random.random((80, 4), "float32"), random.integers(0, 2, (80, 4)).astype("float32")
    labels[:, 2] = 0
    found = figures(answer, labels, answer.decide(numbers))
    said = numbers > 0.5
    theirs = precision_recall_fscore_support(labels, said, zero_division=0)
    mine = zip(*((row.precision, row.recall, row.f1, row.support) for row in found.classes), strict=True)
    assert all(np.array_equal(one, other) for one, other in zip(mine, theirs, strict=True))
    assert [row.name for row in found.averages] == ["micro", "macro", "weighted"]
    assert found.accuracy == accuracy_score(labels, said)
    cells = multilabel_confusion_matrix(labels, said)
    assert [(row.right, row.predicted) for row in found.classes] == [
        (cell[1, 1], cell[0, 1] + cell[1, 1]) for cell in cells
    ]


def test_one_hot_labels_logits_and_places_of_a_map_are_understood(tmp_path: Path) -> None:
    """Pixels count one by one, and those of an ignored class not at all."""
    answer = answer_of(tmp_path, "dense: 4", "{categorical_crossentropy: {from_logits: true}}")
    numbers = np.array([[9, 1, 0, 0], [0, 0, 2, 1]], "float32")
    found = figures(answer, np.eye(4)[[0, 3]], answer.decide(numbers))
    assert found.accuracy == 0.5 and [row.name for row in found.classes] == ["0", "2", "3"]
    assert np.allclose(answer.probabilities(numbers).sum(axis=-1), 1)
    (tmp_path / "map").mkdir()
    text = "inputs: {x: [2, 2, 1]}\nmodel: [conv: {filters: 3, kernel_size: 1, activation: softmax}]\n"
    text += "training: {loss: {sparse_categorical_crossentropy: {ignore_class: 2}}}\n"
    _, graph = written_spec(tmp_path / "map", text)
    (pixels,) = answers(graph, {})
    labels = np.array([[[0, 1], [2, 2]]])
    found = figures(pixels, labels, pixels.decide(np.eye(3, dtype="float32")[[[[0, 0], [1, 1]]]]))
    assert found.matrix == ((1, 0), (1, 0)) and found.accuracy == 0.5


def test_numbers_have_their_mean_error_and_r2(tmp_path: Path) -> None:
    answer = answer_of(tmp_path, "dense: 2", "mean_squared_error")
    random = np.random.default_rng(5)
    true, said = random.random((30, 2)), random.random((30, 2))
    found = figures(answer, true, answer.decide(said))
    assert found.values == {"mean_absolute_error": mean_absolute_error(true, said), "r2_score": r2_score(true, said)}
    assert not found.classes and found.accuracy is None


@settings(deadline=None)
@given(st.integers(1, 13), st.integers(1, 40), st.integers(0, 2**32))
def test_residuals_are_what_is_predicted_less_what_is_true(units: int, count: int, seed: int) -> None:
    """Of each unit of a few, or of all of many; half of their sizes are at most the median, nine in ten the decile."""
    answer = Answer(Head("output", (units,), "linear", "the output"), "values")
    random = np.random.default_rng(seed)
    true, said = random.normal(0, 100, (2, count, units))
    rows = figures(answer, true, said).residuals
    assert [row.unit for row in rows] == (list(range(units)) if 1 < units <= 12 else [None])
    for row in rows:
        errors = [a - b for one, other in zip(said, true, strict=True) for a, b in zip(one, other, strict=True)]
        errors = errors if row.unit is None else errors[row.unit :: units]
        mean = math.fsum(errors) / len(errors)
        deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in errors) / len(errors))
        assert (row.least, row.most) == (min(errors), max(errors))
        assert math.isclose(row.mean, mean, abs_tol=1e-9) and math.isclose(row.deviation, deviation, abs_tol=1e-9)
        sizes = sorted(map(abs, errors))
        assert math.isclose(row.half, statistics.median(sizes), abs_tol=1e-9)
        assert sizes[math.floor(0.9 * (len(errors) - 1))] - 1e-9 <= row.nine_tenths <= sizes[-1] + 1e-9


def test_of_very_many_classes_the_matrix_is_left_out(tmp_path: Path) -> None:
    """The confusions hold what there is to know."""
    answer = answer_of(tmp_path, "dense: {units: 3000, activation: softmax}", "sparse_categorical_crossentropy")
    true = np.arange(3000, dtype=np.int32)
    found = figures(answer, true, np.roll(true, 1))
    assert found.matrix is None and len(found.confusions) == 3000
