"""A model of Keras becomes a spec that builds the same network."""

import json
from pathlib import Path

import keras
import pytest

import cnnspec
from cnnspec.foreign.importing import imported
from cnnspec.graph.facts import totals
from cnnspec.source.diagnostic import Rejected


def small() -> keras.Model:
    """A residual network with a convolution in two layers, its activation apart."""
    image = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False, name="stem_conv")(image)
    x = keras.layers.BatchNormalization(name="stem_bn")(x)
    x = keras.layers.ReLU(name="stem_relu")(x)
    y = keras.layers.Conv2D(8, 3, padding="same", name="body_conv")(x)
    x = keras.layers.Add(name="body_add")([x, y])
    x = keras.layers.GlobalAveragePooling2D(name="head_pool")(x)
    return keras.Model(image, keras.layers.Dense(5, activation="softmax", name="head_dense")(x), name="small")


def test_a_spec_says_what_a_person_would_write(tmp_path: Path) -> None:
    """Norm and activation join their convolution, an addition is a residual, stages are what the names begin with."""
    file = tmp_path / "small.json"
    file.write_text(small().to_json())
    assert imported(file).text == (
        "# Imported from small.json.\n"
        "\n"
        "cnnspec: 1\n"
        "name: small\n"
        "inputs: {image: [16, 16, 3]}\n"
        "model:\n"
        "  stem: [conv: {filters: 8, kernel_size: 3, padding: same, norm: batch, activation: relu}]\n"
        "  body: [residual: [conv: {filters: 8, kernel_size: 3, padding: same}]]\n"
        "  head: [global_avg_pool, dense: {units: 5, activation: softmax}]\n"
    )


def test_a_spec_of_a_saved_model_builds_as_many_weights(tmp_path: Path) -> None:
    """A .keras file is read without Keras, and its spec has the same parameters."""
    model, file = small(), tmp_path / "small.keras"
    model.save(file)
    spec = tmp_path / "small.yaml"
    spec.write_text(imported(file).text)
    assert totals(cnnspec.load(spec).graph.nodes).params == model.count_params()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a model", "is no file of a model"),
        (b"{}", "is no configuration of a model"),
        (b"[" * 100_000, "is no configuration of a model"),
        (b"PK\x03\x04 cut off", "is no whole archive"),
        (b"\x89HDF\r\n\x1a\n cut off", "cannot be read"),
        (json.dumps({"config": {"layers": []}}).encode(), "cannot be understood"),
    ],
)
def test_a_file_that_is_no_model_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """It is said what it is instead, without a traceback."""
    file = tmp_path / "model.keras"
    file.write_bytes(content)
    with pytest.raises(Rejected, match=said):
        imported(file)
