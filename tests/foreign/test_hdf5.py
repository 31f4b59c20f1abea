"""Models in `.h5`, as Keras 3 writes it where it is asked to and as Keras 2 wrote it."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers

from cnnspec.analysis import analyse
from cnnspec.foreign.importing import imported
from cnnspec.graph.nodes import Graph
from cnnspec.results.transfer import Start
from cnnspec.weights.mapping import mapped
from cnnspec.weights.source import named
from tests.support.imported import signs
from tests.support.keras2_network import keras2_model


def graph_of(file: Path) -> Graph:
    """The network of the spec that is imported from a file."""
    found = imported(file)
    assert found.left_out == ()
    analysis = analyse("-", standard_input=found.text.encode)
    assert analysis.diagnostics == ()
    assert analysis.graph is not None
    return analysis.graph


def branched() -> keras.Model:
    """Two branches that meet, and a sequence within the model."""
    image = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(image)
    x = layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization(epsilon=1e-5)(x))
    x = layers.Concatenate()([layers.Conv2D(2, 1)(x), layers.DepthwiseConv2D(3, padding="same")(x)])
    within = keras.Sequential([keras.Input((12, 12, 6)), layers.MaxPooling2D(), layers.Flatten(), layers.Dropout(0.2)])
    return keras.Model(image, layers.Dense(3, activation="softmax")(within(x)), name="branched")


def test_an_h5_is_the_same_network_as_a_keras_file(tmp_path: Path) -> None:
    """Keras 3 writes both; but for the name of the file, the spec is the same."""
    model = branched()
    for ending in ("h5", "keras"):
        model.save(tmp_path / f"model.{ending}")
    texts = [imported(tmp_path / f"model.{ending}").text.partition("\n") for ending in ("h5", "keras")]
    assert [first for first, _, _ in texts] == ["# Imported from model.h5.", "# Imported from model.keras."]
    assert texts[0][2] == texts[1][2]


def modern() -> keras.Model:
    """The network that `keras2_model` describes, built by Keras 3."""
    image = keras.Input((32, 32, 3), name="image")
    penalty = keras.regularizers.L2(1e-4)
    x = layers.Conv2D(8, 3, padding="same", use_bias=False, kernel_regularizer=penalty)(image)
    x = layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(layers.Rescaling(2.0)(x))
    return keras.Model(image, layers.Dense(10, activation="softmax")(x))


def written_by_keras2(path: Path, model: keras.Model) -> Path:
    """A file as Keras 2 laid it out: the configuration and the order of layers in attributes, weights by `:0` names."""
    trained = {"stem_conv": 0, "stem_bn": 1, "head_dense": 2}
    held = [layer for layer in model.layers if layer.weights]
    names = [layer["config"]["name"] for layer in keras2_model()["config"]["layers"]]
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(keras2_model()).encode()
        file.attrs["keras_version"] = b"2.11.0"
        file.attrs["backend"] = b"tensorflow"
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = np.asarray([name.encode() for name in names])
        for name in names:
            group = root.create_group(name)
            weights: list[Any] = held[trained[name]].weights if name in trained else []
            group.attrs["weight_names"] = np.asarray([f"{name}/{each.name}:0".encode() for each in weights])
            for each in weights:
                group[f"{name}/{each.name}:0"] = np.asarray(each)
    return path


def test_an_h5_of_keras_2_is_the_same_network_as_keras_3_builds(tmp_path: Path) -> None:
    """Its layers, shapes and weights are those of the same network in Keras 3, and the network takes its weights."""
    model = modern()
    file, other = written_by_keras2(tmp_path / "old.h5", model), tmp_path / "new.keras"
    model.save(other)
    assert signs(graph_of(file)) == signs(graph_of(other))
    for each in (file, other):
        found, unclear, refused = mapped(named(Start(each)), graph_of(file))
        assert (found.count("loaded"), len(found.weights), unclear, refused) == (7, 7, {}, None)
