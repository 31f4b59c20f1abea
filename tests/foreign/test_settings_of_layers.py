"""Settings of a model's layers that a spec says in another way, or cannot say."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from cnnspec.analysis import analyse
from cnnspec.backend.model.build import build_model
from cnnspec.cli.app import carried_out
from cnnspec.foreign.caffe import caffe_network
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.spec_of import ImportedSpec, spec_of
from cnnspec.source.diagnostic import Rejected


def found(model: keras.Model) -> ImportedSpec:
    return spec_of(keras_network(json.loads(model.to_json())), "model.json")


def test_a_layer_that_is_an_activation_is_the_activation() -> None:
    """Its numbers are its own, be it an argument, apart, or within an Activation; both models compute the same."""
    image = keras.Input((6, 6, 2), name="image")
    x = layers.Conv2D(3, 3, activation=layers.LeakyReLU(negative_slope=0.3))(image)
    x = layers.Conv2D(3, 2, activation=layers.ELU(alpha=0.5))(x)
    x = layers.Activation(layers.LeakyReLU(negative_slope=0.4))(x)
    x = layers.ELU(alpha=0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(4, activation=layers.ReLU(max_value=6))(x)
    model = keras.Model(image, layers.Dense(2, activation=layers.Softmax())(x), name="acting")
    spec = found(model)
    assert not spec.left_out
    assert "activation: {leaky_relu: 0.3}" in spec.text and "{units: 4, activation: relu6}" in spec.text
    again = build_model(analyse("-", standard_input=spec.text.encode).require()[1], "acting")
    again.set_weights(model.get_weights())
    given = np.random.default_rng(1).normal(size=(3, 6, 6, 2)).astype("float32")
    np.testing.assert_allclose(again.predict(given, verbose=0), model.predict(given, verbose=0), rtol=1e-5, atol=1e-6)


def test_of_a_layer_the_one_argument_that_no_spec_says_is_left_out() -> None:
    """The layer stays, and what says nothing is not told."""
    steps = keras.Input((5, 3), name="steps")
    model = keras.Model(steps, layers.LSTM(4, activation=layers.LeakyReLU(), name="rnn")(steps), name="sequence")
    assert found(model).left_out == ("of rnn (lstm): activation: LeakyReLU",)
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, layers.Flatten()(layers.RandomFlip("vertical", name="flip")(image)), name="flipping")
    assert found(model).left_out == ("the layer flip of class RandomFlip, reads image: mode: 'vertical'",)
    prelu = layers.PReLU(name="slopes")
    model = keras.Model(image, layers.Conv2D(2, 3, activation=prelu, name="conv")(image), name="untold")
    assert found(model).left_out == ("of conv (conv): activation: PReLU",)


def test_a_model_of_which_no_layer_can_be_said_is_refused() -> None:
    image = keras.Input((8, 8, 3), name="image")
    with pytest.raises(Rejected, match=r"has no layer that a spec can say.*RandomFlip"):
        found(keras.Model(image, layers.RandomFlip()(image), name="flipping"))


def test_a_model_of_channels_first_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A convolution over another axis would be another network; within a wrapper, too."""
    monkeypatch.chdir(tmp_path)
    conv = layers.Conv2D(2, 3, data_format="channels_first", name="first")
    for inner, shape in ((conv, (3, 8, 8)), (layers.TimeDistributed(conv, name="first"), (4, 3, 8, 8))):
        given = keras.Input(shape, name="given")
        Path("model.json").write_text(keras.Model(given, inner(given), name="first").to_json())
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(carried_out(["import", "model.json"]))
        told = capsys.readouterr()
        assert ended.value.code == 1 and not told.out
        assert "first has data_format: channels_first" in told.err and "data_format='channels_last'" in told.err


def test_a_size_of_batches_is_told_to_be_left_out() -> None:
    image = keras.Input((4,), batch_size=3, name="image")
    told = found(keras.Model(image, layers.Dense(2)(image), name="batches"))
    assert told.left_out == ("of the input image: batch_size: 3, as a spec's takes batches of any size",)


def test_the_order_of_a_flatten_is_told_where_it_is_another_in_the_file() -> None:
    """That is where there are several channels and several places."""
    inner = 'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 2 } }'
    for dims, said in (((1, 3, 2, 2), True), ((1, 1, 2, 2), False), ((1, 3, 1, 1), False)):
        sizes = " ".join(f"dim: {size}" for size in dims)
        network = caffe_network(f'input: "data" input_shape {{ {sizes} }} {inner}', "small")
        assert any("channels come first there" in each for each in network.left_out) is said
        assert ("# - the order in which fc_flatten lays out (2, 2, 3)" in spec_of(network, "a.prototxt").text) is said


def test_a_residual_is_not_all_that_a_residual_holds() -> None:
    """Blocks of one main path, some with a convolution for a shortcut: each is one residual."""
    x = image = keras.Input((8, 8, 4), name="image")
    for width, strides in ((4, 1), (4, 1), (6, 2)):
        y = layers.DepthwiseConv2D(3, padding="same", strides=strides)(x)
        y = layers.Conv2D(width, 1)(layers.BatchNormalization()(y))
        x = layers.Add()([y, x if strides == 1 else layers.Conv2D(width, 1, strides=2)(x)])
    text = found(keras.Model(image, layers.GlobalAveragePooling2D()(x), name="blocks")).text
    assert text.count("residual:") == 2 and "if_same" not in text
