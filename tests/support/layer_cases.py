"""Layers to ask: those of the docstrings' examples part by part, and more where a trait depends on the arguments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import keras

from cnnspec.layers import LAYERS
from cnnspec.layers.base import Layer, Misfit, expand
from cnnspec.layers.building import Assembled
from cnnspec.layers.examples import examples_of
from cnnspec.layers.merge import Stack
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.split import SliceChannels
from tests.support.layers_read import read, read_example

_PICTURES = (8, 8, 4)
_PLACES, _CHANNELS, _STEPS = 16, 24, 2
_MORE: tuple[tuple[str, Any], ...] = (
    ("batch_norm", {"axis": 1}),
    ("batch_norm", {"synchronized": True}),
    ("batch_norm", {"momentum": 0.9}),
    ("conv", {"filters": 4, "kernel_size": 3, "activation": "relu"}),
    ("conv", {"filters": 4, "kernel_size": 3, "activation": "silu"}),
    ("conv", {"filters": 4, "kernel_size": 3, "groups": 2}),
    ("conv_transpose", {"filters": 4, "kernel_size": 3}),
    ("group_norm", {"groups": -1}),
    ("layer_norm", {"axis": [1, 2]}),
    ("resizing", {"height": 4, "width": 12, "interpolation": "nearest"}),
    ("resizing", {"height": 4, "width": 12, "interpolation": "nearest", "pad_to_aspect_ratio": True}),
    ("resizing", {"height": 4, "width": 12, "interpolation": "nearest", "crop_to_aspect_ratio": True}),
    *(("up_sample", {"size": 2, "interpolation": way}) for way in ("bicubic", "lanczos3")),
    *(("activation", name) for name in ("silu", "softmax", "tanh")),
)


@dataclass(frozen=True)
class Asked:
    """A plain layer, and shapes for it to read."""

    layer: Layer
    shapes: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return f"{self.layer.kind} {self.layer.written()} on {self.shapes}"


def taking_training(built: Any, shapes: Iterable[tuple[int, ...]]) -> Any:
    """What a builder made, as what can be called in training or outside: a model where it is several operations."""
    if not isinstance(built, Assembled):
        return built
    inputs = [keras.Input(shape) for shape in shapes]
    given = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(given, built(given))


def _small(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """Shapes of few places and channels where the layer reads such; and of few steps, which are computed in turn."""
    places = _STEPS if "return_sequences" in type(layer).model_fields else _PLACES
    small = tuple(
        (*(min(size, places) for size in each[:-1]), *(min(size, _CHANNELS) for size in each[-1:])) for each in shapes
    )
    try:
        layer.infer(*small)
    except Misfit:
        return shapes
    return small


def asked() -> Iterator[Asked]:
    """Every kind at least once, those that only the program makes among them."""
    for layer in LAYERS.values():
        for example in examples_of(layer):
            for part, shapes, _ in expand(read_example(example), *example.inputs):
                given = tuple(tuple(map(int, map(str, each))) for each in shapes)
                yield Asked(part.layer, _small(part.layer, given))
    yield Asked(PadChannels(filters=10, strides=2), (_PICTURES,))
    yield Asked(SliceChannels(parts_of_channels=2, index=1), (_PICTURES,))
    yield Asked(Stack(), (_PICTURES, _PICTURES))
    for kind, arguments in _MORE:
        yield Asked(read(kind, arguments), (_PICTURES,))
