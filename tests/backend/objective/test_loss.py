"""Losses, metrics, optimizers and schedules are Keras' own, and auto is read off the network and the labels."""

import keras
import numpy as np
import pytest

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.callbacks import check_monitor
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.loss import check_labels, choose_loss, describe_loss
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.backend.objective.optimizer import build_optimizer, training_optimizer
from cnnspec.graph.heads import heads
from cnnspec.language.figures import direction, names_of
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training
from cnnspec.layers.kind import read_kind
from cnnspec.source.diagnostic import Rejected
from tests.support.objectives import head_ending_in, head_of, metric_of
from tests.support.spec_texts import graph_of

INTS = np.array([0, 1, 2, 1], "int32")
FLOATS = np.array([0.5, 1.5, 2.0, 1.0], "float32")
ONE_HOT = np.eye(3, dtype="float32")[INTS]
YES_NO = np.array([0, 1, 1, 0], "int32")


@pytest.mark.parametrize(
    ("last", "labels", "wanted"),
    [
        ("dense: {units: 3, activation: softmax}", INTS, "sparse_categorical_crossentropy"),
        ("dense: 3, activation: softmax, identity", INTS, "sparse_categorical_crossentropy"),
        ("dense: {units: 3, activation: softmax}", ONE_HOT, "categorical_crossentropy"),
        ("dense: 3", INTS, "sparse_categorical_crossentropy: {from_logits: true}"),
        ("dense: {units: 1, activation: sigmoid}", YES_NO, "binary_crossentropy"),
        ("dense: {units: 3, activation: sigmoid}", ONE_HOT, "binary_crossentropy"),
        ("dense: 1", FLOATS, "mean_squared_error"),
        ("dense: 3", ONE_HOT, "mean_squared_error"),
        ("dense: 1", INTS, "mean_squared_error"),
    ],
)  # fmt: skip
def test_auto_reads_the_loss_off_activation_and_labels(last: str, labels: np.ndarray, wanted: str) -> None:
    layers = last.replace(", activation: softmax, ", "}, {activation: softmax}, ").replace("dense: 3}", "{dense: 3}")
    assert describe_loss(choose_loss("auto", head_of(layers), labels, "here")) == wanted


@pytest.mark.parametrize("last", ["spatial_dropout: 0.5", "gaussian_noise: 0.1", "permute: [2, 1]", "flatten"])
def test_auto_sees_through_what_leaves_values_as_they_are_outside_training(last: str) -> None:
    """Probabilities that noise is added to while training are probabilities."""
    (head,) = heads(graph_of(f"inputs: {{x: [5, 4]}}\nmodel: [dense: {{units: 3, activation: softmax}}, {last}]"))
    assert head.activation == "softmax"


@pytest.mark.parametrize("last", ["leaky_relu", "prelu", "activation: leaky_relu"])
def test_an_activation_that_is_a_layer_of_its_own_is_what_a_network_ends_in(last: str) -> None:
    """Its values are no logits, nor anything else that a loss could be read off."""
    (head,) = heads(graph_of(f"inputs: {{x: [4]}}\nmodel: [dense: 3, {last}]"))
    assert head.activation in ("leaky_relu", "prelu")
    with pytest.raises(Rejected, match=r"ends in (leaky_relu|prelu)"):
        choose_loss("auto", head, INTS, "here")


@pytest.mark.parametrize(
    ("last", "labels"),
    [
        ("dense: 1", YES_NO),  # logits or a regression
        ("dense: {units: 3, activation: softmax}", FLOATS),
        ("dense: {units: 3, activation: sigmoid}", INTS),
        ("dense: {units: 3, activation: relu}", ONE_HOT),
    ],
)
def test_auto_refuses_what_could_mean_two_things(last: str, labels: np.ndarray) -> None:
    with pytest.raises(Rejected, match=r"loss: auto, where the output of shape .* in here"):
        choose_loss("auto", head_of(last), labels, "here")


@pytest.mark.parametrize("kind", sorted(set(Loss.members) - {"ctc", "circle"}))
def test_every_loss_is_keras_own(kind: str) -> None:
    """Built from a spec and by Keras' name, it gives the same number."""
    written = read_kind("loss", Loss.members, kind)
    assert isinstance(written, Loss)
    random = np.random.default_rng(0)
    predicted = random.uniform(0.05, 1, (6, 4)).astype("float32")
    predicted /= predicted.sum(axis=1, keepdims=True)
    labels = np.arange(6) % 4
    label = labels if "sparse" in kind or "generalized" in kind else np.eye(4, dtype="float32")[labels]
    ours, theirs = build_loss(written)(label, predicted), getattr(keras.losses, written.stock)()(label, predicted)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-6)


@pytest.mark.parametrize("kind", sorted(Optimizer.members))
def test_every_optimizer_is_keras_own_with_keras_defaults(kind: str) -> None:
    written = read_kind("optimizer", Optimizer.members, kind)
    assert isinstance(written, Optimizer)
    ours = build_optimizer(written, epochs=3, steps_per_epoch=10)
    theirs = getattr(keras.optimizers, written.stock)()
    assert isinstance(ours, type(theirs))
    assert {**ours.get_config(), "name": ""} == {**theirs.get_config(), "name": ""}
    scheduled = read_kind("optimizer", Optimizer.members, {kind: {"learning_rate": {"cosine": {"peak": 0.1}}}})
    assert isinstance(scheduled, Optimizer)
    assert float(build_optimizer(scheduled, 3, 10).learning_rate) == pytest.approx(0.1)


@pytest.mark.parametrize("kind", sorted(Optimizer.members))
def test_every_optimizer_clips_accumulates_and_averages(kind: str) -> None:
    """After one batch of two nothing has changed, after both the weight has, and its average is what it ends as."""
    keys = {"gradient_clip": {"norm": 0.1}, "gradient_accumulation": 2, "ema": {"momentum": 0.5}, "epochs": 9}
    training = Training.model_validate({"optimizer": {kind: {"learning_rate": {"cosine": 0.1}}}, **keys})
    optimizer, weight = training_optimizer(training, 10), keras.Variable(np.ones((3, 2)), dtype="float32")
    optimizer.build([weight])
    assert (optimizer.clipnorm, optimizer.gradient_accumulation_steps, optimizer.ema_momentum) == (0.1, 2, 0.5)
    optimizer.apply([np.full((3, 2), 5.0, "float32")])
    assert np.array_equal(weight, np.ones((3, 2)))
    optimizer.apply([np.full((3, 2), 5.0, "float32")])
    assert not np.array_equal(weight, np.ones((3, 2))) and np.isfinite(weight).all()
    average = optimizer._model_variables_moving_average[0].numpy()
    optimizer.finalize_variable_values([weight])
    assert np.array_equal(weight, average)


@pytest.mark.parametrize("kind", sorted(Metric.members))
def test_every_metric_is_built_under_its_name_and_knows_its_direction(kind: str) -> None:
    """Keras' own direction, where Keras has one."""
    metric = metric_of(kind)
    (built,) = build_metrics([metric], head_ending_in("softmax", (4,)), (4,))
    assert isinstance(built, keras.metrics.Metric) and built.name == kind
    theirs = getattr(built, "_direction", None)
    assert theirs is None or direction(metric) == {"up": "max", "down": "min"}[theirs]


@pytest.mark.parametrize(
    ("label", "output"),
    [((), (1,)), ((1,), (1,)), ((), (5,)), ((1,), (5,)), ((5,), (5,)), ((4, 4), (4, 4, 3))],
)
def test_accuracy_is_the_one_that_keras_chooses(label: tuple[int, ...], output: tuple[int, ...]) -> None:
    """The class that Keras' own compile resolves `accuracy` to on the same shapes."""
    model = keras.Sequential([keras.Input(output), keras.layers.Identity()])
    model.compile(loss="mse", metrics=["accuracy"])
    model.compute_metrics(None, np.zeros((2, *label)), np.zeros((2, *output)))
    chosen = model.metrics[-1].metrics[0]
    activation = "softmax" if output[-1] > 1 else "sigmoid"
    (ours,) = build_metrics([metric_of("accuracy")], head_ending_in(activation, output), label)
    assert type(ours) is type(chosen) and ours.name == chosen.name


def test_two_metrics_of_a_kind_have_two_names() -> None:
    first, second = metric_of("precision", class_id=0), metric_of("precision", class_id=1)
    assert names_of([first, second, metric_of("precision", name="third")]) == ("precision", "precision_1", "third")


@pytest.mark.parametrize(
    ("monitor", "validated", "message"),
    [
        ("val_acuracy", True, "which the training does not measure"),
        ("val_loss", False, "but nothing is kept for validation"),
        ("auc", True, "which the training does not measure"),
    ],
)
def test_a_monitor_that_nothing_measures_is_refused(monitor: str, validated: bool, message: str) -> None:
    check_monitor("checkpoint", "best", "loss", ("loss", "accuracy"), validated)
    with pytest.raises(Rejected, match=message):
        check_monitor("checkpoint", "best", monitor, ("loss", "accuracy"), validated)


@pytest.mark.parametrize(
    ("loss", "labels", "message"),
    [
        ("sparse_categorical_crossentropy", ONE_HOT.astype("int32"), "one class number for each softmax"),
        ("sparse_categorical_crossentropy", FLOATS, "whole numbers"),
        ("categorical_crossentropy", FLOATS, r"\(3,\), as the output under categorical_crossentropy"),
        ("mean_squared_error", INTS, r"\(3,\), as the output under mean_squared_error"),
        ("mean_squared_error", ONE_HOT[:, :2], r"\(3,\), as the output under mean_squared_error"),
    ],
)
def test_labels_that_a_loss_cannot_compare_are_refused(loss: str, labels: np.ndarray, message: str) -> None:
    written = read_kind("loss", Loss.members, loss)
    assert isinstance(written, Loss)
    split = Split("train", {"x": np.zeros((4, 4))}, {"output": labels})
    with pytest.raises(Rejected, match=message):
        check_labels(written, head_of("dense: {units: 3, activation: softmax}"), split)
