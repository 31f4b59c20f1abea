"""A training whose validation lags behind since its moving statistics are young says so, once, with what to write."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.loop.progress import Epoch
from cnnspec.backend.loop.so_far import SoFar
from cnnspec.backend.loop.young_statistics import statistics, young_statistics
from cnnspec.backend.train import resume, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.figures import Direction
from cnnspec.language.location import locate
from cnnspec.results.events import Doubted, Event
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Diagnostic
from tests.support.small_runs import DATA, small_spec, written_spec
from tests.support.spec_texts import read

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  - rescaling: 0.01
  - conv: {filters: 8, kernel_size: 3, norm: NORM, activation: relu}
  - conv: {filters: 8, kernel_size: 3, use_bias: false}
  - batch_norm: {momentum: 0.5}
  - flatten
  - dense: {units: 3, activation: softmax}
"""
TRAINING = """
training: {epochs: EPOCHS, batch_size: 8, optimizer: {adam: 0.01}, loss: auto, metrics: [accuracy], seed: 5,
  checkpoint: {best: val_accuracy}}
"""


def graph_of(folder: Path, model: str) -> Graph:
    return written_spec(folder, model)[1]


def doubt(epochs: list[Epoch], steps: int, graph: Graph, watched: str, better: Direction) -> Diagnostic | None:
    """What is said after these epochs of so many steps."""
    return young_statistics(SoFar(epochs, steps, graph, watched, better))


def course(*pairs: tuple[float, float]) -> list[Epoch]:
    """Epochs of these figures of training and validation."""
    figures = [{"accuracy": one, "val_accuracy": other, "loss": 1 - one, "val_loss": 1 - other} for one, other in pairs]
    return [Epoch(number, each, 1.0, 0.1, False) for number, each in enumerate(figures)]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([0.0, 0.5, 0.9, 0.99]), st.integers(1, 40))
def test_what_is_left_of_the_first_values_is_what_keras_leaves(
    tmp_path_factory: pytest.TempPathFactory, momentum: float, steps: int
) -> None:
    """Of a moving mean of 1, over batches whose mean is 0."""
    graph = graph_of(tmp_path_factory.mktemp("spec"), MODEL.replace("NORM", f"{{batch: {{momentum: {momentum}}}}}"))
    layer = keras.layers.BatchNormalization(momentum=momentum)
    layer.build((None, 2))
    layer.moving_mean.assign(np.ones(2))
    for _ in range(steps):
        layer(np.array([[1.0, -1.0], [-1.0, 1.0]]), training=True)
    found = {each.momentum: each.left(steps) for each in statistics(graph)}
    assert found.get(momentum, 0.0) == pytest.approx(float(layer.moving_mean[0]), rel=1e-3, abs=1e-7)


def test_what_is_frozen_or_used_again_is_counted_as_it_moves(tmp_path: Path) -> None:
    text = """
inputs: {one: [4], other: [4]}
model:
  encode: [{dense: {units: 5, from: one}}, batch_norm]
  again: [reuse: {entry: encode, from: other}]
  frozen: [concat: {from: [encode, again]}, batch_norm: {trainable: false}]
"""
    (found,) = statistics(graph_of(tmp_path, text))
    assert (found.node.name, found.times) == ("encode.batch_norm1", 2)
    assert found.left(3) == pytest.approx(0.99**6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=6), st.integers(1, 400))
def test_nothing_is_said_of_a_validation_that_follows_or_of_statistics_that_are_old(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]], steps: int
) -> None:
    """And the same of a loss, which gets better the other way."""
    graph = graph_of(tmp_path_factory.mktemp("spec"), MODEL.replace("NORM", "batch"))
    epochs = course(*pairs)
    found = doubt(epochs, steps, graph, "val_accuracy", "max")
    of_loss = doubt(epochs, steps, graph, "val_loss", "min")
    assert (found is None) == (of_loss is None) or any(abs(a - b) < 1e-6 for a, b in zip(*pairs[:2], strict=False))
    if found is not None:
        (first, there), (last, here) = pairs[0], pairs[-1]
        assert 0.99 ** (steps * len(epochs)) > 0.05
        assert last > first and here - there < last - first and here < last
    assert doubt([replace(each, figures={"accuracy": 1.0}) for each in epochs], steps, graph, "accuracy", "max") is None


@pytest.mark.parametrize(
    ("model", "steps", "help"),
    [
        ("conv: {filters: 2, kernel_size: 3, norm: batch}", 18, "norm: {batch: {momentum: 0.9}}, which leaves 15%"),
        ("batch_norm", 18, "batch_norm: {momentum: 0.9}, which leaves 15% after an epoch of 18 steps"),
        ("batch_norm", 1, "take a smaller batch_size, and write batch_norm: {momentum: 0.5}, which leaves 50% after"),
        ("batch_norm: {momentum: 1}", 400, "batch_norm: {momentum: 0.99}, which leaves 2%"),
        ("batch_norm: {momentum: 0.5}", 1, "train for more epochs, or with a smaller batch_size"),
    ],
)
def test_the_momentum_that_is_advised_forgets_within_an_epoch(
    tmp_path: Path, model: str, steps: int, help: str
) -> None:
    graph = graph_of(tmp_path, f"inputs: {{image: [6, 6, 1]}}\nmodel: [{model}]\n")
    found = doubt(course((0.5, 0.5), (0.7, 0.5)), steps, graph, "val_accuracy", "max")
    assert found is not None and help in found.help


def doubts(folder: Path, norm: str, epochs: int) -> tuple[list[Diagnostic], dict[str, float], RunFolder]:
    """What a training of 60 pictures in 8 steps an epoch warns of, its figures, and its run."""
    told: list[Event] = []
    training = TRAINING.replace("EPOCHS", str(epochs))
    data = DATA.replace(", test: test.npz", "")
    spec, graph = small_spec(folder, training, MODEL.replace("NORM", norm), data)
    result = train(spec, graph, runs_dir=folder / "runs", on_event=told.append)
    found = [event.diagnostic for event in told if isinstance(event, Doubted)]
    return found, dict(result.metrics), RunFolder(Path(result.run))


def test_a_training_says_so_once_and_its_advice_helps(tmp_path: Path) -> None:
    """Not again where the run goes on; with the momentum that is advised validation follows, and nothing is said."""
    found, figures, run = doubts(tmp_path, "batch", 4)
    (warning,) = found
    assert (warning.code, warning.severity) == ("young-statistics", "warning")
    assert warning.span is not None and warning.span.line == 7
    assert f"{0.99**32:.0%} is still what they began as, after 32 steps with momentum 0.99" in warning.message
    assert "write norm: {batch: {momentum: 0.8}}, which leaves 17% after an epoch of 8 steps" in warning.help
    told: list[Event] = []
    spec, graph = read(locate(str(run.spec), print), settings=("training.epochs=6",))
    resume(run, spec, graph, data_root=tmp_path, on_event=told.append)
    assert not [event for event in told if isinstance(event, Doubted)]
    advised, better, _ = doubts(tmp_path, "{batch: {momentum: 0.8}}", 4)
    assert not advised and better["val_accuracy"] > figures["val_accuracy"] + 0.2
