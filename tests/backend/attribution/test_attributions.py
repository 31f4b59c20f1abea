"""Attributions as the papers define them: against a plain computation, and where the right numbers are known."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.backend.attribution.grad_cam import grad_cam
from cnnspec.backend.attribution.integrated_gradients import Attributions, Way, integrated_gradients
from cnnspec.backend.attribution.network import OpenNetwork, open_network
from cnnspec.backend.attribution.places import last_places
from cnnspec.backend.model.build import build_model
from cnnspec.graph.nodes import Graph
from tests.support.spec_texts import graph_of

PICTURES = """
inputs: {image: {shape: [8, 8, 2], dtype: uint8}}
model:
  scale: [rescaling: 0.01]
  conv1: [conv: {filters: 5, kernel_size: 3, padding: same, norm: batch, activation: relu}, max_pool: 2]
  conv2: [residual: {layers: [conv: {filters: 5, kernel_size: 3, padding: same, activation: relu}]}]
  head: [flatten, dense: {units: 4, activation: softmax}]
"""
SIGNALS = """
inputs: {signal: [64, 2]}
model:
  conv1: [conv: {filters: 6, kernel_size: 7, activation: relu}, max_pool: 4]
  conv2: [conv: {filters: 6, kernel_size: 5, activation: silu}]
  head: [flatten, dense: {units: 3, activation: softmax}]
"""
TEXTS = """
inputs: {tokens: {shape: [9], dtype: int32}}
model:
  embed: [embedding: {input_dim: 30, output_dim: 6}]
  read: [lstm: {units: 5, return_sequences: true}, conv: {filters: 7, kernel_size: 3, activation: relu}]
  head: [global_max_pool, dense: {units: 1, activation: sigmoid}]
"""
MASKED = """
inputs: {tokens: {shape: [9], dtype: int32}}
model: [embedding: {input_dim: 30, output_dim: 6, mask_zero: true}, lstm: 5, dense: {units: 2, activation: softmax}]
"""
LINEAR = """
inputs: {row: [5]}
model: [dense: 1]
"""
SPECS = {"pictures": PICTURES, "signals": SIGNALS, "texts": TEXTS}


def example(graph: Graph, seed: int = 0) -> dict[str, np.ndarray]:
    """A batch of one: ids from 1, the last two padding, or numbers."""
    random = np.random.default_rng(seed)
    ((name, position),) = graph.inputs.items()
    shape = graph.nodes[position].output
    if name == "tokens":
        return {name: np.array([[*random.integers(1, 30, 7), 0, 0]], np.int32)}
    return {name: random.normal(0, 3, (1, *shape)) if name != "image" else random.integers(0, 256, (1, *shape))}


def opened(text: str, seed: int = 1) -> tuple[Graph, OpenNetwork]:
    """A network of drawn weights, opened at the last stage with spatial axes."""
    keras.utils.set_random_seed(seed)
    graph = graph_of(text)
    nodes = tuple(placed.position for placed in last_places(graph))
    return graph, open_network(graph, nodes, lambda build: _drawn(build()))


def _drawn(model: Any) -> Any:
    """Weights as a training might leave them: no bias, mean or variance as it began."""
    random = np.random.default_rng(3)
    for weight in model.weights:
        weight.assign(weight + random.uniform(0.0, 0.4, weight.shape))
    return model


def plain(graph: Graph, network: OpenNetwork) -> Any:
    """The network as it is saved and predicts, with the same weights."""
    model = build_model(graph, "plain")
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(network.layer(layer.name).get_weights())
    return model


def attributed(network: OpenNetwork, inputs: dict[str, np.ndarray], unit: int, most: int | None = None) -> Attributions:
    """Integrated gradients of a unit of the output, from zeros."""
    there = network.read(inputs)
    zeros = tuple(tf.zeros_like(each) for each in there)
    return integrated_gradients(
        Way(network, inputs, there, zeros, lambda a, n: tf.gather(a["output output"], n, axis=1), "x", unit), most
    )


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_the_opened_network_says_what_the_plain_one_says(text: str) -> None:
    """Fed at its points with what it reads; and its scores are those before the softmax or sigmoid."""
    graph, network = opened(text)
    inputs = example(graph)
    answer = network.answer(inputs, network.read(inputs))
    expected = plain(graph, network)(next(iter(inputs.values())), training=False)
    np.testing.assert_allclose(answer["output output"], expected, atol=1e-6)
    squash = tf.nn.softmax if expected.shape[-1] > 1 else tf.sigmoid
    np.testing.assert_allclose(squash(answer["scores output"]), expected, atol=1e-6)
    assert network.squashed == {"output": "softmax" if expected.shape[-1] > 1 else "sigmoid"}


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_integrated_gradients_add_up(text: str) -> None:
    """To F(x) - F(baseline) within 1 %, whatever unit is attributed."""
    graph, network = opened(text)
    for seed in range(3):
        inputs = example(graph, seed)
        found = attributed(network, inputs, 0)
        difference = found.at_example - found.at_baseline
        assert abs(found.total - difference) <= max(0.01 * abs(difference), 1e-4)
        assert found.complete
        there = network.read(inputs)
        ends = (tuple(map(tf.zeros_like, there)), there)
        said = [float(network.answer(inputs, end)["output output"][0, 0]) for end in ends]
        np.testing.assert_allclose((found.at_baseline, found.at_example), said, rtol=1e-5)


def test_integrated_gradients_are_those_of_many_even_steps() -> None:
    """Each attribution, not their sum alone: the plain mean of gradients at 4,000 places of the plain network."""
    graph, network = opened(SIGNALS)
    inputs = example(graph)
    model, x = plain(graph, network), tf.constant(inputs["signal"], tf.float32)
    places = tf.reshape((tf.range(4000, dtype=tf.float32) + 0.5) / 4000, (-1, 1, 1))
    with tf.GradientTape() as tape:
        tape.watch(way := places * x)
        said = model(way, training=False)[:, 1]
    expected = np.mean(tape.gradient(said, way), axis=0) * inputs["signal"][0]
    (found,) = attributed(network, inputs, 1).at_points
    np.testing.assert_allclose(found, expected, atol=0.01 * np.abs(expected).max())


def test_a_linear_network_attributes_weight_times_number() -> None:
    """Exactly, as proposition 1 has it with one way for all that is linear; and the bias to nothing."""
    graph, network = opened(LINEAR)
    inputs = example(graph)
    found = attributed(network, inputs, 0)
    kernel, bias = network.layer(graph.nodes[-1].name).get_weights()
    np.testing.assert_allclose(found.at_points[0], inputs["row"][0] * kernel[:, 0], rtol=1e-6)
    assert found.at_baseline == pytest.approx(bias[0]) and found.complete


def test_too_few_steps_are_told() -> None:
    graph, network = opened(PICTURES)
    assert not attributed(network, example(graph), 0, most=4).complete


@pytest.mark.parametrize("steps", [5, 64, 203])
def test_as_many_steps_are_taken_as_are_wanted(steps: int) -> None:
    """Exactly, also where fewer would do; and all of them count."""
    graph, network = opened(PICTURES)
    found = attributed(network, example(graph), 0, steps)
    assert found.steps == steps and found.complete == (steps == 203)
    graph, network = opened(LINEAR)
    found = attributed(network, example(graph), 0, steps)
    assert found.steps == steps and found.total == pytest.approx(found.at_example - found.at_baseline, rel=1e-5)


def test_padding_counts_nothing_where_the_network_is_told_of_it() -> None:
    """The mask of an embedding holds for the vectors that stand in its place on the way."""
    graph, network = opened(MASKED)
    (found,) = attributed(network, example(graph), 0).at_points
    assert np.abs(found[:7]).min() > 0 and not found[7:].any()


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_grad_cam_is_equations_1_and_2(text: str) -> None:
    """Against a plain network whose own layers give the stage, its gradient, and a loop over channels and places."""
    graph, network = opened(text)
    inputs = example(graph, 4)
    (placed,) = last_places(graph)
    cams = grad_cam(
        network, inputs, network.read(inputs), (placed.position,), lambda a, n: a["scores output"][:, 0], "x"
    )
    model = plain(graph, network)
    model.layers[-1].activation = keras.activations.linear
    at = graph.nodes[placed.position].name
    both = keras.Model(model.input, [model.get_layer(at).output, model.layers[-1].output])
    with tf.GradientTape() as tape:
        stage, scores = both(next(iter(inputs.values())), training=False)
        score = scores[:, 0]
    expected = _by_hand(np.asarray(stage[0]), np.asarray(tape.gradient(score, stage)[0]))
    np.testing.assert_allclose(cams[placed.position], expected, rtol=1e-4, atol=1e-7)
    assert expected.max() > 0


def _by_hand(stage: np.ndarray, slope: np.ndarray) -> np.ndarray:
    places = list(np.ndindex(stage.shape[:-1]))
    found = np.zeros(stage.shape[:-1])
    for channel in range(stage.shape[-1]):
        weight = sum(slope[(*place, channel)] for place in places) / len(places)
        for place in places:
            found[place] += weight * stage[(*place, channel)]
    return np.where(found > 0, found, 0.0)
