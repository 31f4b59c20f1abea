"""Forms of labels: on two sides, where yes is what an output gives above 0; with or without a last axis of one."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from cnnspec.backend.data.splits import Split
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.inspect.look import look
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.metric_fit import check_metrics, form_of
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.backend.train import train
from cnnspec.graph.heads import Head
from cnnspec.language.location import locate
from cnnspec.language.losses import Loss
from cnnspec.language.training import Training
from cnnspec.layers.kind import read_kind
from cnnspec.reports.evaluation import evaluation_sheets
from cnnspec.reports.page import Page
from cnnspec.reports.terminal import lay_out
from cnnspec.runs.folder import open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_ending_in, metric_of
from tests.support.often import examples
from tests.support.small_runs import written_spec
from tests.support.spec_texts import read

ORACLES = {
    "accuracy": theirs.accuracy_score,
    "binary_accuracy": theirs.accuracy_score,
    "precision": theirs.precision_score,
    "recall": theirs.recall_score,
}


def _under(kind: str, activation: str, units: int) -> Head:
    loss = read_kind("loss", Loss.members, {kind: {}})
    assert isinstance(loss, Loss)
    return head_ending_in(activation, (units,)).under(loss)


@settings(deadline=None, max_examples=examples(30, 100))
@given(
    st.sampled_from(["hinge", "squared_hinge"]),
    st.sampled_from(["linear", "tanh"]),
    st.sampled_from([1, 3]),
    st.sampled_from([0, -1]),
    st.integers(0, 2**32 - 1),
)
def test_yes_and_no_are_told_apart_at_zero(kind: str, activation: str, units: int, no: int, seed: int) -> None:
    """Several units each for themselves, however the labels are written."""
    random, head = np.random.default_rng(seed), _under(kind, activation, units)
    truth = random.random((25, units)) < 0.5
    truth[0], truth[1], truth[2] = True, False, np.arange(units) < 2
    scores = random.normal(size=(25, units)).astype("float32")
    outputs, labels = np.tanh(scores) if activation == "tanh" else scores, np.where(truth, 1, no).astype("float32")
    split = Split("train", {"x": outputs}, {head.name: labels})
    listed = tuple(map(metric_of, ORACLES))
    check_metrics({head.name: listed}, (head,), split, Training())
    for metric in build_metrics(listed, head, (units,), form_of(head, labels)):
        for rows in (slice(0, 16), slice(16, 25)):
            metric.update_state(labels[rows], outputs[rows])
        expected = ORACLES[metric.name](truth.ravel(), scores.ravel() > 0)
        assert float(metric.result()) == pytest.approx(expected, abs=1e-6), metric.name


@pytest.mark.parametrize(
    ("loss", "metric"),
    [
        ("hinge", "crossentropy"),
        ("categorical_hinge", "auc"),
        ("categorical_hinge", "precision"),
        ("mean_squared_error", "auc"),
        ("mean_squared_error", "precision_at_recall"),
        ("mean_squared_error", "categorical_crossentropy"),
    ],
)
def test_a_metric_of_probabilities_is_refused_where_there_are_none(loss: str, metric: str) -> None:
    head, labels = _under(loss, "linear", 3), np.eye(3, dtype="int32")
    split = Split("train", {"x": labels}, {head.name: labels})
    with pytest.raises(Rejected) as refusal:
        check_metrics({head.name: (metric_of(metric),)}, (head,), split, Training())
    assert "probabilities, where the output can be any number" in refusal.value.diagnostics[0].message


@pytest.mark.parametrize("masked", [False, True])
def test_each_place_is_weighed_and_masked_for_itself_where_labels_lack_the_last_axis(masked: bool) -> None:
    """Labels (n, t) of an output (n, t, 1): not the mean of an example by the mean of its weights."""
    random, loss = np.random.default_rng(5), read_kind("loss", Loss.members, {"binary_crossentropy": {}})
    assert isinstance(loss, Loss)
    labels, given = random.integers(0, 2, (6, 4)), random.uniform(0.1, 0.9, (6, 4, 1)).astype("float32")
    weights, there = random.uniform(0, 2, (6, 4)).astype("float32"), random.random((6, 4)) < 0.6
    outputs: Any = keras.ops.convert_to_tensor(given)
    if masked:
        outputs._keras_mask = keras.ops.convert_to_tensor(there)
    right = np.where(labels == 1, given[..., 0], 1 - given[..., 0])
    each = -np.log(right) * weights * (there if masked else 1)
    found = build_loss(loss)(keras.ops.convert_to_tensor(labels), outputs, weights)
    assert float(found) == pytest.approx(each.sum() / (there.sum() if masked else each.size), rel=1e-5)
    head = head_ending_in("sigmoid", (4, 1)).under(loss)
    for metric in build_metrics(tuple(map(metric_of, ("accuracy", "precision"))), head, (4,)):
        metric.update_state(keras.ops.convert_to_tensor(labels), outputs)
        counted = there if masked else np.ones_like(there)
        expected = ORACLES[metric.name](labels[counted], given[..., 0][counted] > 0.5)
        assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


SIDES = """
inputs: {x: [4]}
model: [dense: {units: 1, activation: tanh}]
data: {source: arrays, train: train.npz, test: test.npz}
training: {epochs: 2, batch_size: 8, loss: hinge, metrics: [accuracy], class_weight: {"-1": 2, "1": 1}, seed: 1}
"""


def test_evaluation_judges_sides_as_classes_by_their_names(tmp_path: Path) -> None:
    """With the same accuracy as the metric, and scikit-learn's figures of both sides."""
    random = np.random.default_rng(0)
    for name, count in (("train", 40), ("test", 21)):
        x = random.normal(size=(count, 4)).astype("float32")
        np.savez(tmp_path / f"{name}.npz", x=x, y=np.where(x[:, 0] > 0.3, 1, -1))
    run = open_run(Path(train(*written_spec(tmp_path, SIDES), runs_dir=tmp_path / "runs").run))
    evaluation = evaluate(run, *read(locate(str(run.spec), print)))
    (found,) = evaluation.outputs
    (seen,) = look(*written_spec(tmp_path, SIDES)).labels
    assert [row.name for row in found.classes] == [each.name for each in seen.classes] == ["-1", "1"]
    held = np.load(tmp_path / "test.npz")["y"]
    assert [row.support for row in found.classes] == [(held < 0).sum(), (held > 0).sum()]
    assert found.accuracy == pytest.approx(evaluation.metrics["accuracy"], abs=1e-6)
    signed = np.asarray(keras.models.load_model(run.best)(np.load(tmp_path / "test.npz")["x"]))[:, 0]
    (curves,), margins = found.curves, np.abs(signed)
    assert theirs.f1_score(held > 0, signed >= curves.best.value) == pytest.approx(curves.best.f1, abs=1e-9)
    assert curves.roc.thresholds[1:] == pytest.approx(sorted(curves.roc.thresholds[1:], reverse=True))
    assert set(np.float32(curves.roc.thresholds[1:])) <= set(signed)
    text = lay_out(evaluation_sheets(evaluation, 80), Page(80)).plain
    assert "which are no probabilities" in text and "--threshold auto" not in text
    assert found.mistakes is not None and found.mistakes.worst
    rows = [int(mistake.example.place.rpartition(" ")[2]) for mistake in found.mistakes.worst]
    assert rows == sorted(rows, key=lambda row: -margins[row])
    assert all(getattr(mistake, "probability", 1) is None for mistake in found.mistakes.worst)
