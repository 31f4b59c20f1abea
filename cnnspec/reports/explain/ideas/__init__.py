"""What the ideas of a lecture have more to tell of a layer: drawings, worked examples, algorithms."""

import importlib
from collections.abc import Iterator
from types import MappingProxyType

from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape
from cnnspec.reports.explain.network import Network
from cnnspec.reports.explain.parts import Section

IDEAS = MappingProxyType(
    {
        "activation": "activation",
        "attention": "attention",
        "batch normalisation": "batch_normalisation",
        "convolution": "convolution",
        "dense": "neuron",
        "dropout": "dropout",
        "pooling": "pooling",
        "recurrence": "recurrence",
        "skip connection": "skip_connection",
        "tokens": "tokens",
    }
)
"""Idea, as a layer names it -> the module here that tells it."""


def idea_sections(network: Network, layer: Layer, shapes: tuple[Shape, ...], position: int) -> Iterator[Section]:
    """What the layer's idea has to tell of it; nothing where it names none."""
    if layer.idea:
        module = importlib.import_module(f"{__name__}.{IDEAS[layer.idea]}")
        yield from module.told(network, layer, shapes, position)
