"""Every key of `training` that changes how weights change does what Keras' own arguments and callbacks do under fit."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.objective.callbacks import build_early_stopping, build_reduce_on_plateau
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.source.diagnostic import Rejected
from tests.support.small_loops import agree, fitted, prepared, same_weights, trained
from tests.support.small_runs import ALONE, examples, small_spec, two_outputs, written_spec

schedules = keras.optimizers.schedules
STEPS = 8
"""Steps in an epoch of small_loops."""
DENSE = """
inputs: {image: [6, 6, 1]}
model:
  - flatten
  - dense: {units: 4, activation: relu}
  - dense: {units: 3, activation: softmax, kernel_regularizer: {l2: 0.001}}
"""
"""Of what is done to rates and gradients no more is asked than weights of several layers, and a penalty."""


def dense(folder: Path, training: str) -> Prepared:
    """A job of dense layers with these keys of `training`; nothing is validated."""
    always = "batch_size: 8, loss: auto, metrics: [accuracy], seed: 5"
    return prepare(*small_spec(folder, f"training: {{{always}, {training}}}", DENSE, ALONE))


def check(job: Prepared, optimizer: Any, callbacks: Any = None) -> None:
    """The loop's figures and weights are those of fit with an optimizer made by hand."""
    same(trained(job), fitted(job, callbacks, compiled={"optimizer": optimizer}))


def same(made: Any, by_fit: Any) -> None:
    """A model and its epochs are what fit made: a model and its history."""
    (ours, epochs), (theirs, history) = made, by_fit
    agree(epochs, history)
    same_weights(ours, theirs, 2e-5)


@pytest.mark.parametrize(
    ("rate", "schedule"),
    [
        ("{constant: {rate: 0.1, warmup: 2}}", schedules.PolynomialDecay(0.0, 2 * STEPS, 0.1)),
        ("{cosine: {peak: 0.1, warmup: 1}}", schedules.CosineDecay(0.0, 4 * STEPS, 0.0, "c", 0.1, STEPS)),
        ("{step: {peak: 0.1, at: [1, 2.5]}}", schedules.PiecewiseConstantDecay([STEPS - 1, 19], [0.1, 1e-2, 1e-3])),
        ("{step: {peak: 0.1, every: 2}}", schedules.ExponentialDecay(0.1, 2 * STEPS, 0.1, staircase=True)),
        ("{exponential: {peak: 0.1, factor: 0.5}}", schedules.ExponentialDecay(0.1, STEPS, 0.5)),
    ],
    ids=["constant", "cosine", "step-at", "step-every", "exponential"],
)
def test_a_schedule_trains_as_keras_own(tmp_path: Path, rate: str, schedule: Any) -> None:
    job = dense(tmp_path, f"epochs: 5, optimizer: {{sgd: {{learning_rate: {rate}, momentum: 0.9}}}}")
    check(job, keras.optimizers.SGD(schedule, momentum=0.9))


class Cycle(keras.callbacks.Callback):
    """Sets the rate before every batch, as the formula of one cycle has it: 0.3 of the way up, the rest down."""

    step = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        t = self.step / (5 * STEPS)
        up = 0.004 + (0.1 - 0.004) * (1 - math.cos(math.pi * t / 0.3)) / 2
        down = 4e-7 + (0.1 - 4e-7) * (1 + math.cos(math.pi * (t - 0.3) / 0.7)) / 2
        self.model.optimizer.learning_rate = up if t < 0.3 else down
        self.step += 1


def test_one_cycle_trains_as_its_formula_set_before_each_batch(tmp_path: Path) -> None:
    job = dense(tmp_path, "epochs: 5, optimizer: {sgd: {learning_rate: {one_cycle: {peak: 0.1}}}}")
    check(job, keras.optimizers.SGD(0.1), [Cycle()])


MOMENTUM = "epochs: 2, optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}"


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What fit makes of gradients that nothing is done to."""
    job = dense(tmp_path_factory.mktemp("unchanged"), MOMENTUM)
    return fitted(job, compiled={"optimizer": keras.optimizers.SGD(0.1, momentum=0.9)}, by_step=True)


@pytest.mark.parametrize(
    ("written", "argument"),
    [
        ("gradient_clip: {global_norm: 0.5}", {"global_clipnorm": 0.5}),
        ("gradient_clip: {norm: 0.1}", {"clipnorm": 0.1}),
        ("gradient_clip: {value: 0.02}", {"clipvalue": 0.02}),
        ("gradient_accumulation: 3", {"gradient_accumulation_steps": 3}),
        ("gradient_accumulation: 2, gradient_clip: {global_norm: 0.3}",
         {"gradient_accumulation_steps": 2, "global_clipnorm": 0.3}),
    ],
)  # fmt: skip
def test_what_is_done_to_gradients_is_done_by_keras(
    tmp_path: Path, unchanged: Any, written: str, argument: dict[str, Any]
) -> None:
    """And it makes a difference: without it the figures are others."""
    job = dense(tmp_path, f"{MOMENTUM}, {written}")
    made = trained(job)
    compiled = {"optimizer": keras.optimizers.SGD(0.1, momentum=0.9, **argument)}
    same(made, fitted(job, compiled=compiled, by_step=True))
    with pytest.raises(AssertionError):
        same(made, unchanged)


@pytest.mark.parametrize(
    ("ema", "arguments"),
    [
        ("{momentum: 0.9}", {"ema_momentum": 0.9}),
        ("{momentum: 0.8, overwrite_frequency: 5}", {"ema_momentum": 0.8, "ema_overwrite_frequency": 5}),
    ],
)
def test_averaged_weights_are_those_of_keras_swap_ema_weights(
    tmp_path: Path, ema: str, arguments: dict[str, Any]
) -> None:
    """Training goes on with the weights, validation sees their averages, which are also what is left at the end."""
    job = prepared(tmp_path, f"epochs: 3, optimizer: {{sgd: 0.1}}, ema: {ema}", DENSE)
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    check(job, keras.optimizers.SGD(0.1, use_ema=True, **arguments), [swap])


def test_a_plateau_lowers_the_rate_when_keras_does(tmp_path: Path) -> None:
    """The same rates after the same epochs, at least two falls among them."""
    written = "{monitor: val_accuracy, factor: 0.5, patience: 1, cooldown: 1, min_delta: 0.01, min_lr: 0.01}"
    job = prepared(tmp_path, f"epochs: 12, optimizer: {{sgd: 0.1}}, reduce_on_plateau: {written}", DENSE)
    assert job.training.reduce_on_plateau is not None
    mine = build_reduce_on_plateau(job.training.reduce_on_plateau, job.objective.directions)
    keys = {"factor": 0.5, "patience": 1, "cooldown": 1, "min_delta": 0.01, "min_lr": 0.01}
    theirs = keras.callbacks.ReduceLROnPlateau("val_accuracy", mode="max", **keys)
    model, epochs = trained(job, [mine])
    other, history = fitted(job, [theirs], compiled={"optimizer": keras.optimizers.SGD(0.1)})
    rates = [epoch.learning_rate for epoch in epochs]
    assert rates == pytest.approx(history.pop("learning_rate")) and len(set(rates)) >= 3
    agree(epochs, history)
    same_weights(model, other)


@pytest.mark.parametrize("weights", ["", ', class_weight: {"0": 3.0, "2": 0.5}'])
def test_smoothed_class_numbers_are_smoothed_one_hot_labels(tmp_path: Path, weights: str) -> None:
    """Keras' loss of one-hot labels, on one-hot labels; accuracy is that of the labels as they are."""
    job = prepared(tmp_path, f"epochs: 2, label_smoothing: 0.2, optimizer: {{sgd: 0.1}}{weights}", DENSE)
    train, aside = (
        split and split.with_labels({"output": np.eye(3, dtype="float32")[split.labels["output"]]})
        for split in (job.dataset.train, job.dataset.validation)
    )
    assert train is not None
    hot = replace(job, dataset=replace(job.dataset, train=train, validation=aside))
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    options = {"class_weight": {0: 3.0, 1: 1.0, 2: 0.5}} if weights else {}
    compiled = {"optimizer": keras.optimizers.SGD(0.1), "loss": loss, "metrics": ["accuracy"]}
    (ours, epochs), (theirs, history) = trained(job), fitted(hot, compiled=compiled, **options)
    agree(epochs, history)
    same_weights(ours, theirs)


def test_two_outputs_with_weights_learn_as_under_fit(tmp_path: Path) -> None:
    """A loss for each by name; labels are smoothed for the one that has classes."""
    learnt = "batch_size: 8, epochs: 2, optimizer: {sgd: 0.05}, loss: {kind: auto, size: huber}, label_smoothing: 0.1"
    job = prepare(*two_outputs(tmp_path, f"{learnt}, loss_weights: {{kind: 1.0, size: 3.0}}", train=60))
    train = job.dataset.train
    hot = train.with_labels({**train.labels, "kind": np.eye(3, dtype="float32")[train.labels["kind"]]})
    losses = {"kind": keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "size": "huber"}
    made = {"optimizer": keras.optimizers.SGD(0.05), "loss": losses, "loss_weights": {"kind": 1.0, "size": 3.0}}
    other = replace(job, dataset=replace(job.dataset, train=hot))
    ours, epochs = trained(job)
    theirs, history = fitted(other, compiled={**made, "metrics": None}, by_step=True)
    agree(epochs, history)
    same_weights(ours, theirs)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ("label_smoothing: 0.1, loss: mse", "label_smoothing 0.1 under mse; expected a loss that has it"),
        ("label_smoothing: 0.1, loss: {kl_divergence: {}}", "under kl_divergence"),
        ("label_smoothing: 0.1, loss: {categorical_crossentropy: {label_smoothing: 0.2}}", "expected one of the two"),
    ],
)
def test_smoothing_that_no_loss_has_is_refused(tmp_path: Path, training: str, message: str) -> None:
    pictures, labels = examples(60)
    np.savez(tmp_path / "train.npz", x=pictures, y=np.eye(3, dtype="float32")[labels])
    spec = f"""
inputs: {{image: [6, 6, 1]}}
model: [flatten, dense: {{units: 3, activation: softmax}}]
data: {{source: arrays, train: train.npz}}
training: {{{training}}}
"""
    with pytest.raises(Rejected, match=message):
        prepare(*written_spec(tmp_path, spec))


def test_more_accumulation_than_steps_is_refused(tmp_path: Path) -> None:
    job = prepared(tmp_path, "epochs: 2, gradient_accumulation: 17")
    with pytest.raises(Rejected, match="gradient_accumulation over 17 batches, in a training of 16"):
        trained(job)


def test_early_stopping_restores_the_averaged_weights_of_its_best_epoch(tmp_path: Path) -> None:
    """What is left scores on the validation split what the best epoch did."""
    stop = "early_stopping: {monitor: val_loss, patience: 1, restore_best_weights: true}"
    job = prepared(tmp_path, f"epochs: 40, optimizer: {{adam: 0.2}}, ema: {{momentum: 0.7}}, {stop}", DENSE)
    assert job.training.early_stopping is not None and job.dataset.validation is not None
    stopping = build_early_stopping(job.training.early_stopping, job.objective.directions)
    model, epochs = trained(job, [stopping])
    model.compile(loss="sparse_categorical_crossentropy")
    held = job.dataset.validation
    loss = model.evaluate(held.inputs["image"], held.labels["output"], verbose=0)
    penalty = min(epoch.figures["val_loss"] for epoch in epochs)
    assert len(epochs) < 40 and loss == pytest.approx(penalty, abs=1e-5)
