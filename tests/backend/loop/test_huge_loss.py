"""A loss that is a number and says nothing good: told while the training goes on, once, with what helps."""

import math
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backend.loop.huge_loss import huge_loss
from cnnspec.backend.loop.progress import Epoch
from cnnspec.backend.loop.so_far import SoFar
from cnnspec.backend.objective.yardstick import Yardstick
from cnnspec.backend.ready import get_ready
from cnnspec.backend.train import resume, train
from cnnspec.language.location import locate
from cnnspec.results.events import Doubted, EpochEnded, Event
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import open_run
from cnnspec.source.diagnostic import Diagnostic
from tests.support.small_runs import written_spec
from tests.support.spec_texts import graph_of, read

LINE = "inputs: {x: [3]}\nmodel: [dense: 1]\n"
DATA = "data: {source: arrays, train: train.npz, validation_split: 0.2}\n"
TRAINING = "training: {epochs: 2, batch_size: 32, optimizer: {sgd: 1.9}, loss: mse, seed: 1}\n"


def numbers(scale: float = 1.0, far: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """400 examples of three numbers, whose weighted sum is to be learnt, in another scale."""
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 3)).astype("float32")
    return x, (x @ np.array([1.0, -2.0, 0.5]) * scale + far).astype("float32")


def warned(folder: Path, text: str) -> tuple[list[Diagnostic], list[Event]]:
    """What a training of numbers that lie there warns of, and all that happens."""
    told: list[Event] = []
    spec, graph = written_spec(folder, text)
    train(spec, graph, runs_dir=folder / "runs", on_event=told.append)
    return [event.diagnostic for event in told if isinstance(event, Doubted)], told


def save(folder: Path, scale: float = 1.0, far: float = 0.0) -> None:
    x, y = numbers(scale, far)
    np.savez(folder / "train.npz", x=x, y=y)


def test_a_loss_that_grows_is_told_at_once_and_once(tmp_path: Path) -> None:
    """In the midst of the first epoch, at the optimizer, with a rate and a clipping that help; not when it goes on."""
    save(tmp_path)
    found, told = warned(tmp_path, LINE + DATA + TRAINING)
    (warning,) = found
    assert (warning.code, warning.severity) == ("huge-loss", "warning")
    assert warning.span is not None and warning.span.line == 6
    kinds = [type(event) for event in told]
    assert kinds.index(Doubted) < kinds.index(EpochEnded)
    assert "lower the learning rate from 1.9 to 0.019, or write gradient_clip: {global_norm: 1}" in warning.help
    run = open_run(tmp_path / "runs" / "small-1")
    again: list[Event] = []
    spec, graph = read(locate(str(run.spec), print), settings=("training.epochs=3",))
    resume(run, spec, graph, data_root=tmp_path, on_event=again.append)
    assert EpochEnded in map(type, again) and Doubted not in map(type, again)


@pytest.mark.parametrize(
    "training", ["optimizer: {sgd: 0.019}", "optimizer: {sgd: 1.9}, gradient_clip: {global_norm: 1}"]
)
def test_what_the_help_says_helps(tmp_path: Path, training: str) -> None:
    save(tmp_path)
    assert warned(tmp_path, LINE + DATA + TRAINING.replace("optimizer: {sgd: 1.9}", training))[0] == []


@pytest.mark.parametrize(
    ("scale", "far", "help"),
    [
        (1e6, 0.0, ""),
        (1e5, 3e6, ""),
        (10.0, 1e6, ""),
        (1e-6, 0.0, "divide the targets by about 2.2e-06 in the data"),
    ],
)
def test_large_targets_are_no_divergence_and_tiny_ones_are_told(
    tmp_path: Path, scale: float, far: float, help: str
) -> None:
    """A mean squared error of 1e12 is what targets of a million give; one of 0.1 is much for targets of a millionth."""
    save(tmp_path, scale, far)
    found, _ = warned(tmp_path, LINE + DATA + TRAINING.replace("sgd: 1.9", "adam: 0.01"))
    assert [diagnostic.help for diagnostic in found] == ([help] if help else [])


def test_a_training_that_fails_in_the_end_has_been_warned_of(tmp_path: Path) -> None:
    save(tmp_path, 1e6, 3e6)
    told: list[Event] = []
    spec, graph = written_spec(tmp_path, LINE + DATA + TRAINING.replace("epochs: 2", "epochs: 9"))
    with pytest.raises(RunFailed):
        train(spec, graph, runs_dir=tmp_path / "runs", on_event=told.append)
    (warning,) = [event.diagnostic for event in told if isinstance(event, Doubted)]
    assert "divide the targets by about 3.5e+06 in the data" in warning.help


LEAST = st.floats(1e-6, 1e6)
LOSS = st.floats(-1e30, 1e30)


@given(LEAST, LEAST, st.lists(st.tuples(LOSS, LOSS), max_size=3), st.none() | LOSS)
def test_it_is_told_where_a_loss_is_a_thousandfold_of_both_or_later_of_a_single_answer(
    start: float, guess: float, losses: list[tuple[float, float]], running: float | None
) -> None:
    epochs = [
        Epoch(number, {"loss": one, "val_loss": other}, 1.0, 0.1, False) for number, (one, other) in enumerate(losses)
    ]
    graph = graph_of(LINE)
    known = SoFar(epochs, 8, graph, "val_loss", "min", Yardstick(start, guess), 0.1)
    if running is not None:
        known = replace(known, running={"loss": running})
    now = [running] if running is not None else list(losses[-1]) if losses else []
    grown = any(abs(each) > 1000 * max(start, guess) for each in now)
    far = running is None and len(losses) > 1 and any(abs(each) > 1000 * guess for each in now)
    found = huge_loss(known)
    assert (found is not None) == (grown or far)
    if found is not None and running is None:
        least = max(start, guess) if grown else guess
        assert found.message.startswith("the loss" if abs(now[0]) > 1000 * least else "the validation loss")


def test_without_anything_to_hold_it_against_nothing_is_said() -> None:
    graph = graph_of(LINE)
    epochs = [Epoch(0, {"loss": 1e30}, 1.0, 0.1, False)] * 3
    assert huge_loss(SoFar(epochs, 8, graph, "loss", "min")) is None


TWO = """
inputs: {x: [3]}
model:
  body: [dense: {units: 4, kernel_regularizer: {l2: 0.1}}]
  kind: [dense: {units: 3, activation: softmax}]
  size: [dense: {units: 1, from: body}]
outputs: {kind: kind, size: size}
data: {source: arrays, train: train.npz}
training: {loss: {kind: auto, size: mae}, loss_weights: {size: 0.5}, seed: 1}
"""


def test_a_loss_is_held_against_what_keras_has_for_the_first_weights_and_for_one_answer(tmp_path: Path) -> None:
    """Of two outputs: a log of three classes, and the mean or 0, whichever is worse, of the numbers."""
    x, y = numbers(50.0, 20.0)
    kinds = np.arange(400) % 3
    np.savez(tmp_path / "train.npz", x=x, kind=kinds, size=y)
    ready = get_ready(*written_spec(tmp_path, TWO))
    found = ready.trainee.yardstick
    answers = ready.model(x[:8])
    entropy = keras.losses.sparse_categorical_crossentropy(kinds[:8], answers["kind"]).numpy().mean()
    error = np.abs(answers["size"].numpy()[:, 0] - y[:8]).mean()
    penalty = 0.1 * float((ready.model.get_layer("body.dense1").kernel.numpy() ** 2).sum())
    assert found.start == pytest.approx(entropy + 0.5 * error + penalty, rel=1e-4)
    worse = max(np.abs(y - y.mean()).mean(), np.abs(y).mean())
    assert found.guess == pytest.approx(math.log(3) + 0.5 * worse, rel=1e-4)
    assert found.targets == pytest.approx(np.sqrt((y.astype("float64") ** 2).mean()), rel=1e-4)
