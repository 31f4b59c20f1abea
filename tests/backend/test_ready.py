"""Whole trainings of tiny networks that really learn: numbers, yes or no, several labels, several outputs."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import train
from cnnspec.language.losses import Loss
from cnnspec.layers.kind import read_kind
from tests.support.small_loops import learner_of, trained
from tests.support.small_runs import written_spec

RUN = """
data: {source: arrays, train: train.npz, test: test.npz, validation_split: 0.1}
training: {epochs: 6, batch_size: 32, optimizer: {adam: 0.01}, loss: auto, seed: 1, %s}
"""


def learnt(folder: Path, model: str, training: str, **labels: Any) -> dict[str, float]:
    """The figures of a run on 4 drawn numbers x; each label is a function of them."""
    for seed, (name, count) in enumerate({"train": 2000, "test": 96}.items()):
        x = np.random.default_rng(seed).normal(size=(count, 4)).astype("float32")
        np.savez(folder / f"{name}.npz", x=x, **{key: label(x) for key, label in labels.items()})
    return dict(train(*written_spec(folder, model + RUN % training), runs_dir=folder / "runs").metrics)


def test_a_regression_learns_a_curve(tmp_path: Path) -> None:
    """Two numbers from four: the mean error falls to a tenth of the numbers' spread."""
    model = "inputs: {x: [4]}\nmodel: [dense: {units: 32, activation: tanh}, dense: 2]\n"
    figures = learnt(
        tmp_path,
        model,
        "metrics: [mean_absolute_error, r2_score]",
        y=lambda x: np.stack([x[:, 0] - 2 * x[:, 1], np.sin(x[:, 2])], axis=1).astype("float32"),
    )
    assert figures["test_mean_absolute_error"] < 0.15 and figures["test_r2_score"] > 0.95


def test_yes_or_no_is_learnt_by_one_unit(tmp_path: Path) -> None:
    model = "inputs: {x: [4]}\nmodel: [dense: {units: 16, activation: relu}, dense: {units: 1, activation: sigmoid}]\n"
    more = "metrics: [accuracy, auc], label_smoothing: 0.05, class_weight: balanced"
    figures = learnt(tmp_path, model, more, y=lambda x: (x[:, 0] + x[:, 1] > 1).astype("int64"))
    assert figures["test_accuracy"] > 0.9 and figures["test_auc"] > 0.95


def test_several_labels_at_once_are_learnt(tmp_path: Path) -> None:
    """Three sigmoids, each of them right or wrong by itself."""
    model = "inputs: {x: [4]}\nmodel: [dense: {units: 16, activation: relu}, dense: {units: 3, activation: sigmoid}]\n"
    figures = learnt(tmp_path, model, "metrics: [binary_accuracy]", y=lambda x: (x[:, :3] > 0.5).astype("int64"))
    assert figures["test_binary_accuracy"] > 0.93


HEADS = """
inputs: {x: [4]}
model:
  trunk: [dense: {units: 32, activation: relu}]
  kind: [{dense: {units: 3, activation: softmax, from: trunk}}]
  size: [{dense: {units: 1, from: trunk}}]
  tags: [{dense: {units: 2, activation: sigmoid, from: trunk}}]
outputs: {kind: kind, size: size, tags: tags}
"""


def test_three_outputs_learn_each_by_its_own_loss(tmp_path: Path) -> None:
    """Classes, a number and two labels from one trunk, weighted by name; an average of the weights at the end."""
    figures = learnt(
        tmp_path,
        HEADS,
        "loss_weights: {kind: 1, size: 0.5, tags: 2}, ema: {momentum: 0.9}, gradient_clip: {global_norm: 5.0},"
        " metrics: {kind: [accuracy], size: [mean_absolute_error], tags: [binary_accuracy]}",
        kind=lambda x: np.digitize(x[:, 0], [-0.5, 0.5]),
        size=lambda x: (x[:, 1] + x[:, 2]).astype("float32"),
        tags=lambda x: (x[:, 2:] > 0).astype("int64"),
    )
    assert figures["test_kind_accuracy"] > 0.85 and figures["test_tags_binary_accuracy"] > 0.9
    assert figures["test_size_mean_absolute_error"] < 0.3
    parts = figures["test_kind_loss"] + 0.5 * figures["test_size_loss"] + 2 * figures["test_tags_loss"]
    assert figures["test_loss"] == pytest.approx(parts, abs=1e-5)


SHAPES = {
    "ctc": ("[3, 2]", "[dense: 5]", lambda numbers: np.stack([1 + numbers % 4, 1 + numbers % 3], axis=1)),
    "circle": ("[6]", "[dense: {units: 4, activation: tanh}]", lambda numbers: numbers),
}
LAST = "[dense: {units: 4, activation: softmax}]"


@pytest.mark.parametrize("kind", sorted(Loss.members))
def test_every_loss_learns_in_the_loop(tmp_path: Path, kind: str) -> None:
    """Two epochs of steps: the loss is a number, and every weight has changed."""
    numbers = np.arange(24) % 4
    rows = np.eye(4, dtype="float32")[numbers]
    shape, model, label = SHAPES.get(kind, ("[6]", LAST, None))
    y = label(numbers) if label else numbers if "sparse" in kind or "generalized" in kind else rows
    x = np.random.default_rng(0).normal(size=(24, 6)).astype("float32")
    np.savez(tmp_path / "train.npz", x=x.reshape((24, 3, 2)) if kind == "ctc" else x, y=y)
    text = f"inputs: {{x: {shape}}}\nmodel: {model}\ndata: {{source: arrays, train: train.npz}}\n"
    job = prepare(*written_spec(tmp_path, f"{text}training: {{epochs: 2, batch_size: 8, loss: {kind}, seed: 1}}\n"))
    before = learner_of(job)[0].get_weights()
    model_, epochs = trained(job)
    assert all(np.isfinite(epoch.figures["loss"]) for epoch in epochs)
    assert all(not np.array_equal(old, new) for old, new in zip(before, model_.get_weights(), strict=True))


def sparse(**arguments: Any) -> Loss:
    loss = read_kind("loss", Loss.members, {"sparse_categorical_crossentropy": arguments})
    assert isinstance(loss, Loss)
    return loss


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.floats(0.01, 0.9), st.booleans(), st.booleans(), st.integers(0, 99))
def test_smoothed_numbers_are_keras_smoothed_rows(
    classes: int, much: float, logits: bool, places: bool, seed: int
) -> None:
    """For one class an example and for one a place of a map, from probabilities or from logits."""
    random = np.random.default_rng(seed)
    shape = (3, 4, 2) if places else (5,)
    scores = random.normal(size=(*shape, classes)).astype("float32")
    predicted = scores if logits else np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    labels = random.integers(0, classes, shape)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=logits, label_smoothing=much)
    wanted = float(theirs(np.eye(classes)[labels], predicted))
    ours = build_loss(sparse(from_logits=logits), much)
    assert float(ours(labels, predicted)) == pytest.approx(wanted, rel=1e-5)
    assert float(ours(labels[..., None], predicted)) == pytest.approx(wanted, rel=1e-5)


def test_an_ignored_class_does_not_count_in_a_smoothed_loss() -> None:
    """The mean is over what counts, as in Keras' own loss without smoothing."""
    random = np.random.default_rng(0)
    scores, labels = random.normal(size=(8, 3)).astype("float32"), np.array([0, 1, -1, 2, -1, 0, 1, 2])
    counted = labels >= 0
    ours = build_loss(sparse(from_logits=True, ignore_class=-1), 0.2)(labels, scores)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    assert float(ours) == pytest.approx(float(theirs(np.eye(3)[labels[counted]], scores[counted])), rel=1e-6)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)(labels, scores)
    nearly = build_loss(sparse(from_logits=True, ignore_class=-1), 1e-7)(labels, scores)
    assert float(nearly) == pytest.approx(float(plain), rel=1e-5)
