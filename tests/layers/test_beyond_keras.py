"""What is made of several of Keras' layers and operations: saved, masked, counted, and refused in time."""

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml

from cnnspec.backend.model.build import build_model
from cnnspec.layers import LAYERS
from cnnspec.layers.base import Misfit
from cnnspec.layers.examples import examples_of
from cnnspec.weights.store import opened
from tests.support.layers_oracle import BEYOND
from tests.support.layers_read import read, read_example
from tests.support.spec_texts import graph_of

TOKENS = np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0], [6, 7, 8, 9, 1]])
KINDS = (
    *BEYOND,
    "time_distributed",
    "spectral_norm",
    "multi_head_attention",
    "grouped_query_attention",
    "attention",
    "additive_attention",
    "conv_lstm",
    "lstm",
    "gru",
    "simple_rnn",
    "rms_norm",
    "unit_norm",
    "dot",
)


def model_of(kind: str) -> keras.Model:
    """The first example of a kind, each axis at most five long but the last."""
    example = examples_of(LAYERS[kind])[0]
    shapes = [tuple(int(str(size)) for size in shape) for shape in example.inputs]
    shapes = [(*(min(size, 6) for size in shape[:-1]), shape[-1]) for shape in shapes]
    inputs = [keras.Input(shape) for shape in shapes]
    given: Any = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(given, read_example(example).build(keras, "layer", *shapes)(given))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_opens_in_plain_keras(kind: str, tmp_path: Path) -> None:
    """Without code of anybody's, and computes the same."""
    ours = model_of(kind)
    ours.save(tmp_path / "model.keras")
    theirs = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert {type(each).__module__.partition(".")[0] for each in theirs.operations} == {"keras"}
    given = [np.random.default_rng(0).normal(size=(2, *each.shape[1:])).astype("float32") for each in ours.inputs]
    data = given if len(given) > 1 else given[0]
    np.testing.assert_array_equal(ours(data), theirs(data))


def test_the_mask_of_padding_reaches_the_layer_that_heeds_it() -> None:
    """Through positions, a scale and attention: padding changes nothing of what comes out at the end."""
    tokens = keras.Input((5,), dtype="int32")
    steps: Any = read("embedding", {"input_dim": 10, "output_dim": 4, "mask_zero": True}).build(keras, "embed", (5,))(
        tokens
    )
    for kind, arguments in (
        ("position_embedding", {"embeddings_initializer": "random_normal"}),
        ("sinusoidal_position", {}),
        ("layer_scale", 0.5),
        ("multi_head_attention", {"num_heads": 2, "key_dim": 3}),
        ("class_token", {}),
    ):
        steps = read(kind, arguments).build(keras, kind, tuple(steps.shape[1:]))(steps)
        assert steps._keras_mask is not None, kind
    for kind in ("lstm", "gru", "simple_rnn"):
        layer = read(kind, {"units": 3, "bidirectional": "concat"}).build(keras, kind, (6, 4))
        model = keras.Model(tokens, layer(steps))
        short = keras.Model(tokens, layer(steps))(TOKENS[:, :5])
        table = model.get_layer("embed").weights[0]
        before = np.asarray(model(TOKENS))
        table.assign(np.concatenate([np.full((1, 4), 9.0), np.asarray(table)[1:]]))  # what padding is made of
        np.testing.assert_allclose(model(TOKENS), before, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(short, before, rtol=1e-6)


ATTENDING = ("attention", "additive_attention", "multi_head_attention: {num_heads: 2, key_dim: 3}",
             "grouped_query_attention: {head_dim: 2, num_query_heads: 2, num_key_value_heads: 1}")  # fmt: skip


@pytest.mark.parametrize("entry", ATTENDING)
def test_attention_in_a_network_reads_one_entry_or_two(entry: str) -> None:
    """Of one entry it is query and value, too."""
    kind, _, arguments = entry.partition(": ")
    crossed = f"{{{arguments.strip('{}')}{', ' if arguments else ''}from: [x, x]}}"
    for model in (f"[{entry}]", f"[{kind}: {crossed}]"):
        built = build_model(graph_of(f"inputs: {{x: [5, 4]}}\nmodel: {model}"), "attending")
        assert built.output_shape == (None, 5, 4)


def products(function: Any, *shapes: tuple[int, ...]) -> int:
    """The multiply-adds of one example in TensorFlow's graph, read off the shapes that its matrix products read."""
    specs = [tf.TensorSpec((1, *shape), "float32") for shape in shapes]
    graph = tf.function(function, autograph=False).get_concrete_function(*specs).graph
    return sum(map(_product, graph.get_operations()))


def _product(operation: Any) -> int:
    if operation.type == "Einsum":
        *read, _ = operation.get_attr("equation").decode().replace("->", ",").split(",")
        sizes = {
            letter: size
            for word, tensor in zip(read, operation.inputs, strict=True)
            for letter, size in zip(word, tensor.shape, strict=True)
        }
        return math.prod(sizes.values())
    if operation.type in ("MatMul", "BatchMatMulV2"):
        one = operation.inputs[0].shape
        transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
        return math.prod(operation.outputs[0].shape) * one[-2 if transposed else -1]
    return 0


@pytest.mark.parametrize(
    ("kind", "arguments", "shapes"),
    [
        ("lstm", {"units": 5}, ((4, 3),)),
        ("lstm", {"units": 2, "bidirectional": "concat", "return_sequences": True}, ((5, 6),)),
        ("gru", {"units": 5}, ((4, 3),)),
        ("gru", {"units": 3, "reset_after": False, "bidirectional": "sum"}, ((4, 3),)),
        ("simple_rnn", {"units": 5}, ((4, 3),)),
        ("grouped_query_attention",
         {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": True, "dropout": 0.1},
         ((5, 4), (7, 4))),
        ("attention", {}, ((5, 4), (7, 6), (7, 4))),
        ("attention", {"score_mode": "concat"}, ((5, 4), (7, 4))),
        ("multi_head_attention", {"num_heads": 2, "key_dim": 3, "dropout": 0.1}, ((5, 4),)),
        ("multi_head_attention", {"num_heads": 2, "key_dim": 3, "value_dim": 5, "use_gate": True, "dropout": 0.1},
         ((5, 4), (7, 6))),
        ("multi_head_attention", {"num_heads": 3, "key_dim": 2, "output_shape": 7, "attention_axes": 2}, ((3, 5, 4),)),
        ("multi_head_attention", {"num_heads": 3, "key_dim": 2, "dropout": 0.1}, ((5, 4), (7, 6), (7, 2))),
    ],
)  # fmt: skip
def test_multiply_adds_are_those_of_the_products_in_the_graph(kind: str, arguments: Any, shapes: Any) -> None:
    """Of a recurrent layer laid out step by step, of attention whole."""
    layer = read(kind, arguments)
    laid_out = read(kind, {**arguments, "unroll": True}) if "unroll" in layer.arguments() else layer
    built = laid_out.build(keras, "counted", *shapes)

    def call(*tensors: Any) -> Any:
        return built(list(tensors) if len(tensors) > 1 else tensors[0])

    call(*(tf.zeros((1, *shape)) for shape in shapes))
    assert layer.infer(*shapes).macs == products(call, *shapes)


@pytest.mark.parametrize(
    ("kind", "arguments", "shape", "field"),
    [
        ("adaptive_max_pool", 1, (4, 4, 2), "output_size"),
        ("adaptive_avg_pool", [2, 5], (4, 4, 2), "output_size"),
        ("rms_norm", {"axis": 1}, (4, 4), "axis"),
        ("multi_head_attention", {"num_heads": 1, "key_dim": 1, "attention_axes": -1}, (4, 4), "attention_axes"),
        ("multi_head_attention", {"num_heads": 1, "key_dim": 1, "sliding_window": 2}, (3, 3, 4), "sliding_window"),
        (
            "multi_head_attention",
            {"num_heads": 1, "key_dim": 1, "use_causal_mask": True, "attention_axes": 2},
            (3, 3, 4),
            "use_causal_mask",
        ),
        ("lstm", {"units": 2, "activation": {"relu": {"max_value": 6.0}}}, (4, 4), "activation"),
        ("lstm", {"units": 2, "bidirectional": "concat", "go_backwards": True}, (4, 4), "go_backwards"),
        ("conv_lstm", {"filters": 1, "kernel_size": 2, "strides": 2, "dilation_rate": 2}, (2, 8, 1), "dilation_rate"),
        ("slice", {"axis": 1, "index": 0, "start": 1}, (4, 4), "index"),
    ],
)
def test_what_keras_takes_and_does_otherwise_or_not_at_all_is_refused(
    kind: str, arguments: Any, shape: tuple[int, ...], field: str
) -> None:
    """Some of it would end Python, some would compute something else."""
    with pytest.raises(Misfit) as refused:
        read(kind, arguments).infer(shape)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("shape", "wanted", "kind"),
    [
        ((8, 6, 2), 1, "global_max_pool"),
        ((8, 6, 2), [2, 1], "max_pool"),
        ((7, 6, 2), [2, 1], "adaptive_avg_pool"),
        ((6, 2), [1], "global_max_pool"),
    ],
)
def test_what_is_advised_for_a_maximum_of_one_place_gives_as_many_places(
    shape: tuple[int, ...], wanted: Any, kind: str
) -> None:
    """A single place along an axis ends TensorFlow; other layers give it."""
    with pytest.raises(Misfit) as refused:
        read("adaptive_max_pool", wanted).infer(shape)
    written = yaml.safe_load(refused.value.help[refused.value.help.index(f"{kind}: ") :].removesuffix(" for one"))
    sizes = wanted if isinstance(wanted, list) else [wanted] * (len(shape) - 1)
    assert read(kind, written[kind]).infer(shape).output == (*sizes, shape[-1])


@pytest.mark.parametrize(
    ("kind", "arguments", "shape"),
    [
        ("multi_head_attention", {"num_heads": 2, "key_dim": 2}, (4, 3)),
        ("lstm", {"units": 2, "bidirectional": "sum"}, (4, 3)),
        ("conv_lstm", {"filters": 2, "kernel_size": 2}, (4, 3, 1)),
        ("conv_lstm", {"filters": 2, "kernel_size": 2, "bidirectional": "sum"}, (4, 3, 1)),
    ],
)
def test_a_frozen_layer_has_no_weights_that_a_model_trains(kind: str, arguments: Any, shape: Any) -> None:
    """Keras' own would train the parts of some."""
    given = keras.Input(shape)
    layer = read(kind, {**arguments, "trainable": False})
    model = keras.Model(given, layer.build(keras, "frozen", shape)(given))
    assert model.weights and not model.trainable_variables


@pytest.mark.parametrize(
    ("kind", "arguments", "shape"),
    [
        ("spectral_norm", {"layer": {"dense": 3}}, (4,)),
        ("time_distributed", {"layer": {"dense": 3}}, (2, 4)),
        ("multi_head_attention", {"num_heads": 2, "key_dim": 3, "use_gate": True}, (5, 4)),
        (
            "grouped_query_attention",
            {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1, "use_gate": True},
            (5, 4),
        ),
        ("gru", {"units": 2, "bidirectional": "concat", "dropout": 0.1}, (5, 4)),
        ("class_token", {}, (5, 4)),
    ],
)
def test_weights_are_read_from_a_file_in_keras_order(kind: str, arguments: Any, shape: Any, tmp_path: Path) -> None:
    """Of a layer with parts as of any other."""
    given = keras.Input(shape)
    model = keras.Model(given, read(kind, arguments).build(keras, "layer", shape)(given))
    for weight in model.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    model.save(tmp_path / "model.keras")
    with opened(tmp_path / "model.keras") as store:
        held = [each.read() for each in store.layers["layer"]]
    expected = model.get_layer("layer").weights
    assert len(held) == len(expected) and all(map(np.array_equal, held, expected))
