"""The mended layers compute what Keras' own do, can be learnt through, and leave nothing of themselves in a file."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.train import train
from cnnspec.runs.folder import open_run
from tests.support.faster_layers import after_a_step, both, close, errors, numbers
from tests.support.small_runs import small_spec

RESIZED = [
    ("UpSampling2D", {"size": 2, "interpolation": "lanczos3"}),
    ("Resizing", {"height": 4, "width": 9, "interpolation": "lanczos5"}),
    ("Resizing", {"height": 4, "width": 9, "interpolation": "lanczos3", "crop_to_aspect_ratio": True}),
]
SHAPE = (2, 6, 7, 3)


@pytest.mark.parametrize(("name", "options"), RESIZED)
def test_in_other_types_resizing_is_keras_own(name: str, options: dict[str, Any]) -> None:
    """Whole numbers as well, which Keras rounds and keeps within what the type holds."""
    close(*both(name, options, numbers(SHAPE), recorded=False))
    whole = np.random.default_rng(0).integers(0, 256, SHAPE)
    for dtype in ("uint8", "int32"):
        inputs = tf.constant(whole, dtype)
        ours, theirs = (getattr(space.layers, name)(**options, dtype=dtype)(inputs) for space in (FASTER, keras))
        assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs)


@pytest.mark.parametrize(("name", "options"), RESIZED)
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_in_16_bits_resizing_says_what_keras_own_says_and_has_its_gradient_in_float32(
    name: str, options: dict[str, Any], precision: str
) -> None:
    """Keras' own has none there: TensorFlow refuses it, and a network recorded as a graph raises TypeError."""
    inputs = numbers(SHAPE)
    ours, theirs = (getattr(space.layers, name)(**options, dtype=precision) for space in (FASTER, keras))
    assert ours(inputs).dtype == theirs(inputs).dtype
    assert np.array_equal(np.asarray(ours(inputs), "float32"), np.asarray(theirs(inputs), "float32"))
    exact, _ = after_a_step(getattr(keras.layers, name)(**options), inputs, recorded=False)
    found, _ = after_a_step(ours, inputs, recorded=False)
    assert max(errors(found, exact).values()) < 0.02
    with pytest.raises(tf.errors.InvalidArgumentError, match="ScaleAndTranslateGrad"):
        after_a_step(theirs, inputs, recorded=False)


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_a_gpus_kernel_is_left_aside_in_bfloat16_alone_and_where_it_is_not_asked_for(kind: str) -> None:
    """Whose gradients differ from one time to the next there, and in no other precision."""
    layer = getattr(FASTER.layers, kind)
    for dtype, asked, used in (
        ("mixed_bfloat16", "auto", False),
        ("mixed_bfloat16", True, True),
        ("mixed_float16", "auto", "auto"),
        ("float32", "auto", "auto"),
    ):
        assert layer(3, use_cudnn=asked, dtype=dtype).use_cudnn == used


def test_a_saved_network_holds_keras_own(tmp_path: Path) -> None:
    """Trained in bfloat16 by the mended layers, within a bidirectional one too."""
    model = """
inputs: {image: [6, 6, 1]}
model:
  - conv: {filters: 2, kernel_size: 3}
  - up_sample: {size: 2, interpolation: lanczos3}
  - reshape: [8, 16]
  - gru: {units: 3, bidirectional: concat}
  - dense: {units: 3, activation: softmax}
"""
    training = "training: {epochs: 1, batch_size: 8, loss: auto, precision: mixed_bfloat16, seed: 1}\n"
    spec, graph = small_spec(tmp_path, training, model)
    trains = build_model(graph, "small", "mixed_bfloat16", FASTER)
    (both_ways,) = [layer for layer in trains.layers if isinstance(layer, keras.layers.Bidirectional)]
    assert both_ways.forward_layer.use_cudnn is both_ways.backward_layer.use_cudnn is False
    folder = open_run(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    for path in (folder.best, folder.last):
        saved = keras.models.load_model(path)
        assert all(type(layer).__module__.startswith("keras.") for layer in saved._flatten_layers())
