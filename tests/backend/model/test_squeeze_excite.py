"""A squeeze-and-excitation gate gives what Keras' own layers give with the same weights."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.model.build import build_model
from cnnspec.graph.facts import totals
from tests.support.often import examples
from tests.support.spec_texts import graph_of

ACTIVATIONS = st.sampled_from(["relu", "silu", "hard_sigmoid", "sigmoid", "tanh", "linear", "hard_silu"])


def functions(rank: int, units: int, channels: int, form: str, activation: str, gate: str) -> Any:
    """The gate as a paper's code has it: pool, two layers, a product."""
    image = keras.Input((5,) * rank + (channels,))
    pooled = getattr(keras.layers, f"GlobalAveragePooling{rank}D")()(image)
    if form == "conv":
        layer = getattr(keras.layers, f"Conv{rank}D")
        pooled = keras.layers.Reshape((1,) * rank + (channels,))(pooled)
        squeezed = layer(units, 1, activation=activation)(pooled)
        excited = layer(channels, 1, activation=gate)(squeezed)
    else:
        squeezed = keras.layers.Dense(units, activation=activation)(pooled)
        excited = keras.layers.Dense(channels, activation=gate)(squeezed)
        excited = keras.layers.Reshape((1,) * rank + (channels,))(excited)
    return keras.Model(image, image * excited)


@settings(max_examples=examples(25, 100))
@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 6),
    st.sampled_from(["conv", "dense"]),
    ACTIVATIONS,
    ACTIVATIONS,
)
def test_a_gate_gives_what_keras_own_layers_give(
    rank: int, units: int, channels: int, form: str, activation: str, gate: str
) -> None:
    shape = [5] * rank + [channels]
    arguments = f"{{units: {units}, form: {form}, activation: {activation}, gate: {gate}}}"
    graph = graph_of(f"inputs: {{x: {shape}}}\nmodel: [squeeze_excite: {arguments}]")
    ours, theirs = build_model(graph, "gate"), functions(rank, units, channels, form, activation, gate)
    random = np.random.default_rng(units)
    weights = [random.normal(size=weight.shape).astype("float32") for weight in theirs.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    numbers = random.normal(size=(2, *shape)).astype("float32")
    np.testing.assert_allclose(ours(numbers), theirs(numbers), rtol=1e-5, atol=1e-6)
    assert totals(graph.nodes).params == theirs.count_params()
    assert totals(graph.nodes).macs == 2 * units * channels


@pytest.mark.parametrize("shape", ["[null, 3]", "[null, null, 3]"])
def test_a_gate_reads_pictures_of_any_size(shape: str) -> None:
    graph = graph_of(f"inputs: {{x: {shape}}}\nmodel: [squeeze_excite: 2]")
    sizes = [None if size == "null" else 3 for size in shape.strip("[]").split(", ")]
    assert build_model(graph, "open").output.shape == (None, *sizes)


def test_its_layers_are_called_by_what_they_do_below_its_own_name() -> None:
    graph = graph_of("inputs: {x: [4, 3]}\nmodel: {body: [squeeze_excite: {units: 2, name: se}, squeeze_excite: 2]}")
    parts = ("pool", "squeeze", "excite", "multiply")
    assert [node.name for node in graph.nodes[1:]] == [
        *(f"body.se.{part}" for part in parts),
        *(f"body.squeeze_excite2.{part}" for part in parts),
    ]
