"""The stated reach of a layer is what its outputs see: inputs are changed one by one, and outputs looked at."""

from fractions import Fraction
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.layers.base import expand
from tests.support.layers_read import read

LENGTH = 24


def sees(arguments: dict[str, Any], kind: str, rank: int) -> np.ndarray:
    """Which place along the first axis (column) changes which output (row)."""
    shape = (LENGTH, *(9,) * (rank - 1), 2)
    layer = read(kind, arguments).build(keras, "layer", shape)
    batch = np.ones((LENGTH + 1, *shape), "float32")
    for place in range(LENGTH):
        batch[place + 1, place] = 50.0
    output = np.asarray(layer(batch))
    changed = np.abs(output[1:] - output[:1]) > 1e-4
    return changed.reshape(LENGTH, output.shape[1], -1).any(axis=2).T


def ones(**arguments: Any) -> dict[str, Any]:
    return {"kernel_initializer": "ones", **arguments}


def deep(**arguments: Any) -> dict[str, Any]:
    return {"depthwise_initializer": "ones", **arguments}


LAYERS_SEEN: list[tuple[str, dict[str, Any], int]] = [
    *(("conv", ones(filters=2, kernel_size=3), rank) for rank in (1, 2, 3)),
    ("conv", ones(filters=2, kernel_size=4, strides=3), 1),
    ("conv", ones(filters=2, kernel_size=3, dilation_rate=3), 2),
    ("conv", ones(filters=2, kernel_size=3, dilation_rate=2, padding="causal"), 1),
    ("conv", ones(filters=2, kernel_size=5, strides=2, padding="same"), 2),
    ("conv", ones(filters=2, kernel_size=1, strides=2), 2),
    ("depthwise_conv", deep(kernel_size=3, strides=2), 2),
    ("separable_conv", deep(filters=2, kernel_size=5, pointwise_initializer="ones"), 1),
    *(("max_pool", {"pool_size": 3, "strides": 2}, rank) for rank in (1, 2, 3)),
    ("avg_pool", {"pool_size": 2}, 2),
    ("avg_pool", {"pool_size": 1, "strides": 3}, 1),
    *(("conv_transpose", ones(filters=2, kernel_size=4, strides=2), rank) for rank in (1, 2, 3)),
    ("conv_transpose", ones(filters=2, kernel_size=3, strides=2, padding="same"), 1),
    ("conv_transpose", ones(filters=2, kernel_size=2, strides=2), 2),
    ("conv_transpose", ones(filters=2, kernel_size=3, dilation_rate=2), 1),
    ("conv_transpose", ones(filters=2, kernel_size=3), 2),
    *(("up_sample", {"size": 2}, rank) for rank in (1, 2, 3)),
    ("up_sample", {"size": 3, "interpolation": "bilinear"}, 2),
    ("up_sample", {"size": 2, "interpolation": "bicubic"}, 2),
    ("up_sample", {"size": 2, "interpolation": "lanczos3"}, 2),
    ("up_sample", {"size": 1, "interpolation": "bilinear"}, 2),
    ("resizing", {"height": 12, "width": 5, "interpolation": "nearest"}, 2),
    ("resizing", {"height": 48, "width": 5}, 2),
    ("dense", ones(units=2), 1),
    ("batch_norm", {}, 2),
    ("leaky_relu", {}, 2),
]


@pytest.mark.parametrize(("kind", "arguments", "rank"), LAYERS_SEEN)
def test_reach_is_what_an_output_sees(kind: str, arguments: dict[str, Any], rank: int) -> None:
    """The widest window over all outputs is the stated one, and it moves by the stated stride."""
    ((_, _, facts),) = expand(read(kind, arguments), (LENGTH, *(9,) * (rank - 1), 2))
    assert facts.reach is not None
    window, stride = (facts.reach[0].window, facts.reach[0].stride) if facts.reach else (1, Fraction(1))
    seen = sees(arguments, kind, rank)
    assert len(seen) == facts.output[0]
    first = seen.argmax(axis=1)
    last = seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    assert (last - first).max() + 1 == window
    period, middle = stride.denominator, len(seen) // 2
    assert Fraction(int(first[middle + period] - first[middle]), period) == stride


@pytest.mark.parametrize(
    ("kind", "arguments", "shape"),
    [("flatten", {}, (4, 4, 2)), ("global_avg_pool", {}, (4, 4, 2)), ("reshape", {"target_shape": [-1, 2]}, (4, 4, 2))],
)
def test_places_are_lost(kind: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> None:
    """Behind these an output has no place of its own."""
    assert read(kind, arguments).infer(shape).reach is None
