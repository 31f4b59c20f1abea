"""What a network makes of raw numbers is known of a spec and of a file, and the same that Keras computes."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.backend.train import plan, train
from cnnspec.weights.preprocessing import _of_config, prepared_in
from tests.support.small_runs import DATA, TRAINING, small_spec, written_spec

NUMBER = st.floats(-3, 3).map(lambda number: round(number, 3))
SPREAD = st.floats(0.1, 4).map(lambda number: round(number, 3))


def each(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """One for all channels, or one for each of three."""
    return st.one_of(numbers, st.lists(numbers, min_size=3, max_size=3))


ENTRY = st.one_of(
    st.builds(lambda scale, offset: {"rescaling": {"scale": scale, "offset": offset}}, each(NUMBER), each(NUMBER)),
    st.builds(
        lambda mean, variance, invert: {"normalization": {"mean": mean, "variance": variance, "invert": invert}},
        st.lists(NUMBER, min_size=3, max_size=3), st.lists(SPREAD, min_size=3, max_size=3), st.booleans(),
    ),
)  # fmt: skip


def keras_layer(entry: dict[str, Any]) -> Any:
    ((kind, arguments),) = entry.items()
    return {"rescaling": keras.layers.Rescaling, "normalization": keras.layers.Normalization}[kind](**arguments)


@settings(deadline=None, max_examples=40)
@given(st.lists(ENTRY, max_size=3))
def test_a_spec_and_a_file_tell_what_keras_computes(tmp_path_factory: Any, entries: list[dict[str, Any]]) -> None:
    """Any chain of rescalings and normalisations, for all channels alike or for each."""
    path = tmp_path_factory.mktemp("spec") / "spec.yaml"
    head = [*entries, "flatten", {"dense": 2}]
    path.write_text(json.dumps({"cnnspec": 1, "inputs": {"image": [2, 2, 3]}, "model": head}), encoding="utf-8")
    graph = analyse(str(path)).graph
    assert graph is not None
    image = inner = keras.Input((2, 2, 3))
    for entry in entries:
        inner = keras_layer(entry)(inner)
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(inner)))
    prepare = keras.Model(image, inner)
    pixels = np.stack([np.full((2, 2, 3), level, "float32") for level in (0, 255)])
    wanted = np.asarray(prepare(pixels))[:, 0, 0].T
    configured = _of_config({"config": model.get_config()})
    assert (configured is None) == (not entries)
    for found in filter(None, (prepared_in(graph)["image"], configured)):
        ends = [*found.ends((0.0, 255.0))] * (3 if len(found.ends((0.0, 1.0))) == 1 else 1)
        assert np.allclose(ends, wanted, rtol=1e-4, atol=1e-2)


MODEL = """
inputs: {image: [6, 6, 1]}
model:
  stem: [rescaling: 0.1, conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}]
  head: [flatten, dense: {units: 3, activation: softmax}]
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of MODEL, `runs/small-1`."""
    folder = tmp_path_factory.mktemp("source")
    spec, graph = small_spec(folder, TRAINING.replace("epochs: 2", "epochs: 1"), MODEL)
    train(spec, graph, runs_dir=folder / "runs")
    return folder


def doubts(folder: Path, prepared: str, weights: str) -> list[str]:
    """What is said of weights that a network with this preparation begins with."""
    training = TRAINING.replace("epochs: 2", f"epochs: 1, start_from: {weights}")
    spec, graph = written_spec(folder, MODEL.replace("rescaling: 0.1, ", prepared) + DATA + training)
    return [f"{each.code} {each.span and each.span.line} {each.help}" for each in plan(spec, graph).doubts]


@pytest.mark.parametrize("weights", ["runs/small-1", "runs/small-1/last.keras"])
def test_weights_that_were_trained_on_other_numbers_are_doubted(source: Path, weights: str) -> None:
    """A run's spec and a model's file both tell; what hardly differs is the same, and the help ends it."""
    assert doubts(source, "rescaling: 0.1, ", weights) == doubts(source, "rescaling: 0.102, ", weights) == []
    help = "prepare it as there: rescaling: {scale: 0.1, offset: 0}"
    assert doubts(source, "rescaling: {scale: 0.2, offset: -1}, ", weights) == [f"other-preprocessing 6 {help}"]
    assert doubts(source, "", weights) == [f"other-preprocessing 4 {help}"]
    assert doubts(source, "normalization: {mean: 0, variance: 100}, ", weights) == []
    assert doubts(source, "rescaling: {scale: 0.1, offset: 0}, ", weights) == []


def test_of_a_file_without_any_preparation_nothing_is_said(source: Path) -> None:
    """The numbers may have been prepared before they came to the network."""
    keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(4, 3, use_bias=False, name="stem.conv1"),
        keras.layers.BatchNormalization(name="stem.conv1.batch_norm"), keras.layers.Flatten(),
        keras.layers.Dense(3, name="head.dense1")]).save(source / "plain.keras")  # fmt: skip
    assert doubts(source, "rescaling: 0.1, ", "plain.keras") == []
