"""Conveniences stand for plain layers: padding, the layer, its normalisation, its activation, in that order."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, Misfit, expand
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.shape import Shape, unknown
from tests.support.layers_read import read

RANDOM = np.random.default_rng(7)


def model(layer: Layer, *shapes: Shape) -> keras.Model:
    """The model of one layer, built part by part as a whole network is."""
    inputs = [keras.Input(shape) for shape in shapes]
    tensor: Any = inputs if len(inputs) > 1 else inputs[0]
    for part, reads, facts in expand(layer, *shapes):
        tensor = part.layer.build(keras, f"x.{part.suffix}" if part.suffix else "x", *reads)(tensor)
        assert tuple(tensor.shape[1:]) == facts.output
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], tensor)


def names(layer: Layer, *shapes: Shape) -> list[tuple[str, str]]:
    return [(part.suffix, part.layer.kind) for part in layer.parts(*shapes)]


def alike(ours: keras.Model, theirs: keras.Model, shape: tuple[int, ...]) -> None:
    """Equal weights make equal outputs."""
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    weights = [RANDOM.uniform(0.5, 1.5, size=w.shape) for w in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    data = RANDOM.normal(size=(2, *shape)).astype("float32")
    np.testing.assert_allclose(ours(data), theirs(data), rtol=1e-5, atol=1e-5)


def test_a_conv_with_everything_is_the_chain_written_by_hand() -> None:
    """Explicit padding, conv without bias, batch norm, relu."""
    layer = read(
        "conv", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": 1, "norm": "batch", "activation": "relu"}
    )
    assert names(layer, (9, 9, 3)) == [
        ("pad", "zero_pad"),
        ("", "conv"),
        ("batch_norm", "batch_norm"),
        ("activation", "activation"),
    ]
    theirs = keras.Sequential(
        [
            keras.Input((9, 9, 3)),
            keras.layers.ZeroPadding2D(1),
            keras.layers.Conv2D(4, 3, strides=2, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
        ]
    )
    alike(model(layer, (9, 9, 3)), theirs, (9, 9, 3))


def test_padding_counts_as_data() -> None:
    """Multiply-adds of a padded conv are those of its kernel at every output."""
    layer = read("conv", {"filters": 64, "kernel_size": 7, "strides": 2, "padding": 3, "use_bias": False})
    *_, (_, _, facts) = expand(layer, (224, 224, 3))
    assert (facts.output, facts.macs) == ((112, 112, 64), 112 * 112 * 64 * 7 * 7 * 3)


@pytest.mark.parametrize("kind", ["conv", "depthwise_conv", "separable_conv"])
def test_explicit_padding_is_a_zero_padding_before(kind: str) -> None:
    """One number, one a side, or none at all."""
    some = {"kernel_size": 3} | ({} if kind == "depthwise_conv" else {"filters": 4})
    assert names(read(kind, {**some, "padding": 0}), (9, 9, 3)) == [("", kind)]
    layer = read(kind, {**some, "padding": [[0, 2], 1]})
    assert names(layer, (9, 9, 3)) == [("pad", "zero_pad"), ("", kind)]
    cls = {"conv": "Conv2D", "depthwise_conv": "DepthwiseConv2D", "separable_conv": "SeparableConv2D"}[kind]
    own = getattr(keras.layers, cls)(**some)
    theirs = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.ZeroPadding2D(((0, 2), (1, 1))), own])
    alike(model(layer, (9, 9, 3)), theirs, (9, 9, 3))


def test_a_norm_takes_the_bias_unless_it_is_written() -> None:
    """use_bias defaults to false with a norm, and is kept where it is written."""
    shape = (5, 5, 2)
    for arguments, biased in (
        ({}, True),
        ({"norm": "none"}, True),
        ({"norm": "batch"}, False),
        ({"norm": "layer", "use_bias": True}, True),
        ({"norm": {"group": {"groups": 2}}}, False),
        ({"use_bias": False}, False),
    ):
        layer = read("conv", {"filters": 4, "kernel_size": 1, **arguments})
        weights = [
            weight.name for part, _, facts in expand(layer, shape) for weight in facts.weights if not part.suffix
        ]
        assert ("bias" in weights) is biased, arguments


def test_a_norm_has_its_own_arguments_and_activation() -> None:
    """norm: {group: {groups: 2, activation: relu}} is a group norm, then relu, then the conv's own activation."""
    norm = {"group": {"groups": 2, "activation": "relu"}}
    layer = read("dense", {"units": 4, "norm": norm, "activation": {"relu": {"max_value": 6.0}}})
    assert names(layer, (3,)) == [
        ("", "dense"),
        ("group_norm", "group_norm"),
        ("group_norm.activation", "activation"),
        ("activation", "activation"),
    ]


def test_what_is_not_trained_is_not_trained_in_any_part() -> None:
    """trainable: false on a conv freezes its norm too."""
    layer = read("conv", {"filters": 4, "kernel_size": 1, "norm": "batch", "trainable": False})
    assert model(layer, (5, 5, 2)).trainable_weights == []


def test_a_penalty_on_the_output_sees_the_activation() -> None:
    """An activation with arguments is a layer of its own, and the activity regularizer moves to it."""
    layer = read("dense", {"units": 2, "activation": {"relu": {"max_value": 0.0}}, "activity_regularizer": "l1"})
    built = model(layer, (3,))
    built(np.ones((2, 3), "float32"))
    assert [float(loss) for loss in built.losses] == [0.0]


def padded_pool(data: np.ndarray, size: int, stride: int, pad: int, fill: float) -> np.ndarray:
    """All windows of an array padded by hand: (batch, rows, columns, channels, size, size)."""
    padded = np.pad(data, ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=fill)
    return sliding_window_view(padded, (size, size), axis=(1, 2))[:, ::stride, ::stride]


def test_a_max_pool_pads_with_minus_infinity() -> None:
    """Where all numbers are negative the padding still never wins."""
    layer = read("max_pool", {"pool_size": 3, "strides": 2, "padding": 1})
    assert names(layer, (8, 8, 2)) == [("pad", "infinity_pad"), ("", "max_pool")]
    data = -1 - RANDOM.random(size=(2, 8, 8, 2)).astype("float32")
    expected = padded_pool(data, 3, 2, 1, -np.inf).max(axis=(-1, -2))
    np.testing.assert_array_equal(model(layer, (8, 8, 2))(data), expected)


def test_an_average_pool_counts_its_zeros() -> None:
    """The mean is over the whole window, padding included."""
    layer = read("avg_pool", {"pool_size": 3, "strides": 2, "padding": 1})
    assert names(layer, (8, 8, 2)) == [("pad", "zero_pad"), ("", "avg_pool")]
    data = RANDOM.normal(size=(2, 8, 8, 2)).astype("float32")
    expected = padded_pool(data, 3, 2, 1, 0.0).mean(axis=(-1, -2))
    np.testing.assert_allclose(model(layer, (8, 8, 2))(data), expected, rtol=1e-5, atol=1e-6)


def test_a_window_never_lies_in_the_padding_altogether() -> None:
    """Its maximum would be minus infinity."""
    with pytest.raises(Misfit):
        read("max_pool", {"pool_size": 2, "padding": 2}).parts((8, 8, 2))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_option_a_thins_out_and_appends_zero_channels(rank: int) -> None:
    """Every strides-th place, then zeros behind the channels, in every rank; strides of 1 as well."""
    shape = (*(7, 6, 5)[:rank], 3)
    for strides in (1, 2):
        layer = PadChannels(filters=5, strides=strides)
        data = RANDOM.normal(size=(2, *shape)).astype("float32")
        thin = data[(slice(None), *(slice(None, None, strides),) * rank)]
        expected = np.concatenate([thin, np.zeros((*thin.shape[:-1], 2))], axis=-1)
        np.testing.assert_array_equal(model(layer, shape)(data), expected)
    with pytest.raises(Misfit):
        PadChannels(filters=2).infer(shape)


def test_internal_layers_cannot_be_written() -> None:
    """A spec knows only what the reference shows."""
    assert not {"pad_channels", "infinity_pad"} & set(LAYERS)


def test_what_is_built_opens_in_plain_keras(tmp_path: Path) -> None:
    """A saved model loads without any of ours, with the names given and the same output."""
    for layer in (
        read("max_pool", {"pool_size": 3, "strides": 2, "padding": 1}),
        PadChannels(filters=5, strides=2),
        read(
            "conv",
            {"filters": 2, "kernel_size": 3, "padding": 1, "norm": "layer", "activation": {"elu": {"alpha": 0.5}}},
        ),
    ):
        ours = model(layer, (8, 8, 3))
        ours.save(tmp_path / "model.keras")
        theirs = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
        assert "x" in {operation.name for operation in ours.operations}
        assert [operation.name for operation in theirs.operations] == [operation.name for operation in ours.operations]
        data = RANDOM.normal(size=(2, 8, 8, 3)).astype("float32")
        np.testing.assert_allclose(ours(data), theirs(data), rtol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (1,), (), (3, 1)])
def test_one_hot_always_adds_an_axis(shape: tuple[int, ...]) -> None:
    """Also behind a last axis of size 1, which Keras alone would drop, and where the length is unknown."""
    layer = read("one_hot", {"num_tokens": 5})
    data = RANDOM.integers(0, 5, size=(2, *shape))
    opened = (*shape[:-1], unknown("x")) if shape else shape
    for reads in (shape, opened):
        inputs = keras.Input(tuple(size if isinstance(size, int) else None for size in reads), dtype="int32")
        built = keras.Model(inputs, layer.build(keras, "x", reads)(inputs))
        np.testing.assert_array_equal(built.predict(data, verbose=0), np.eye(5)[data])
    assert layer.infer(shape).output == (*shape, 5)
