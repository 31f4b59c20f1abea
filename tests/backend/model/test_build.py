"""A graph becomes a plain Keras model."""

from pathlib import Path

import keras
import numpy as np
import pytest

from cnnspec.backend.model.build import build_model, save_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.graph.facts import totals
from cnnspec.results.failure import RunFailed
from cnnspec.runs.files import AlreadyThere
from tests.support.faster_layers import GROUPED, numbers
from tests.support.script import run_plain
from tests.support.spec_texts import graph_of

RESIDUAL = """
inputs: {image: [8, 8, 3]}
model:
  stem: [conv: {filters: 4, kernel_size: 3, padding: 1, norm: batch, activation: relu}]
  body:
    - residual:
        activation: relu
        layers:
          - conv: {filters: 8, kernel_size: 3, strides: 2, padding: same, norm: batch, activation: relu}
          - conv: {filters: 8, kernel_size: 3, padding: same, norm: batch}
    - parallel: {branches: {a: [], b: [conv: {filters: 2, kernel_size: 1}]}}
  head: [global_avg_pool, dense: {units: 5, activation: softmax}]
"""
SIAMESE = """
inputs: {left: [8], right: {shape: [8], dtype: int32}}
model:
  encode: [{dense: {units: 4, from: left}}]
  again: [{reuse: {entry: encode, from: right}}]
  far: [{subtract: {from: [encode, again]}}]
  score: [{dense: {units: 1, activation: sigmoid, from: far}}]
outputs: {distance: far, same: score}
"""


@pytest.mark.parametrize("text", [RESIDUAL, SIAMESE])
def test_parameters_are_those_of_the_facts(text: str) -> None:
    graph = graph_of(text)
    model, facts = build_model(graph, "small"), totals(graph.nodes)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert (model.count_params(), trainable) == (facts.params, facts.trainable_params)


def test_every_layer_has_the_name_of_its_node() -> None:
    graph = graph_of(RESIDUAL)
    model = build_model(graph, "small")
    assert {layer.name for layer in model.layers} == {node.name for node in graph.nodes}
    assert model.name == "small"


def test_several_inputs_and_outputs_go_by_name_with_their_types() -> None:
    model = build_model(graph_of(SIAMESE), "siamese")
    assert set(model.input) == {"left", "right"} and model.input["right"].dtype == "int32"
    result = model({"left": np.ones((2, 8), "float32"), "right": np.ones((2, 8), "int32")})
    assert {name: tuple(value.shape) for name, value in result.items()} == {"distance": (2, 4), "same": (2, 1)}
    assert np.allclose(result["distance"], 0), "one encoder with shared weights sees the same twice"


def test_an_unknown_length_stays_open() -> None:
    model = build_model(graph_of("inputs: {signal: [null, 2]}\nmodel: [conv: {filters: 3, kernel_size: 3}]"), "open")
    assert model.output.shape == (None, None, 3)


def test_a_saved_model_opens_in_plain_keras(tmp_path: Path) -> None:
    """A process that cannot import cnnspec finds plain layers and predicts the same, by faster ones too."""
    models = {"plain": build_model(graph_of(RESIDUAL), "small")}
    models["faster"] = build_model(graph_of(GROUPED), "small", namespace=FASTER)
    models["faster"](numbers((3, 6, 6, 1)), training=True)
    for name, model in models.items():
        save_model(model, tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.npy", numbers((3, *model.input_shape[1:])))
    script = (
        "import keras, numpy as np\n"
        f"for name in {[*models]}:\n"
        "    model = keras.models.load_model(name + '.keras')\n"
        "    assert all(type(layer).__module__.startswith('keras.') for layer in model.layers)\n"
        "    np.save(name + '.npy', model.predict(np.load(name + '.npy'), verbose=0))\n"
    )
    run_plain(script, tmp_path)
    for name, model in models.items():
        pictures = numbers((3, *model.input_shape[1:]))
        assert np.allclose(np.load(tmp_path / f"{name}.npy"), model(pictures, training=False), atol=1e-6)


def test_a_model_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    model, path = build_model(graph_of(RESIDUAL), "small"), tmp_path / "model.keras"
    path.write_text("precious")
    with pytest.raises(AlreadyThere):
        save_model(model, path, replace=False)
    assert path.read_text() == "precious"
    save_model(model, path)
    assert keras.models.load_model(path).count_params() == model.count_params()
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.keras"]


def test_weights_beyond_all_memory_fail_with_a_message() -> None:
    graph = graph_of("inputs: {x: [64]}\nmodel: [dense: 2000000000, dense: 4]")
    with pytest.raises(RunFailed, match="not enough memory"):
        build_model(graph, "huge")
