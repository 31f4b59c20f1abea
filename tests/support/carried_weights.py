"""Carry weights from one Keras model into another of the same structure, whatever the layers of both are called.

Both are walked from the output to the input, what a merge reads in its order, but of a sum or a product the side with
most weighted layers first. Layers with weights then stand in one order in both. Nothing of the package is used for it.
"""

from typing import Any

import keras
import numpy as np

_COMMUTE = ("Add", "Multiply")


def weighted_layers(model: Any) -> list[Any]:
    """The layers with weights, each once, after those that it reads; a nested sequence stands as its layers."""
    depths = _depths(model)
    found: dict[int, Any] = {}
    done: set[int] = set()
    stack = [(*_call(output), False) for output in reversed(model.outputs)]
    while stack:
        layer, call, ready = stack.pop()
        if ready:
            found.update((id(part), part) for part in _parts(layer) if part.weights)
        elif id(call) not in done:
            done.add(id(call))
            read = [_call(tensor) for tensor in call.input_tensors]
            if type(layer).__name__ in _COMMUTE:
                read.sort(key=lambda each: -depths[id(each[1])])
            stack += [(layer, call, True), *((*each, False) for each in reversed(read))]
    return list(found.values())


def _depths(model: Any) -> dict[int, int]:
    """How many weighted layers stand before each call, on the longest path; Keras lists what is read first."""
    depths: dict[int, int] = {}
    for layer in model.operations:
        for call in layer._inbound_nodes:
            read = [depths.get(id(_call(tensor)[1]), 0) for tensor in call.input_tensors]
            depths[id(call)] = max(read, default=0) + bool(getattr(layer, "weights", ()))
    return depths


def _call(tensor: Any) -> tuple[Any, Any]:
    """The layer that made a tensor, and the call of it in which it did."""
    layer, at, _ = tensor._keras_history
    return layer, layer._inbound_nodes[at]


def _parts(layer: Any) -> list[Any]:
    if isinstance(layer, keras.Sequential):
        return [each for part in layer.layers for each in _parts(part)]
    return [layer] if isinstance(layer, keras.Layer) else []


def draw_weights(model: Any, seed: int) -> None:
    """Weights at random: kernels that keep the size of what flows, scales of either sign."""
    random = np.random.default_rng(seed)
    for layer in weighted_layers(model):
        layer.set_weights([_drawn(random, layer, weight) for weight in layer.weights])
        _settle(layer)


def _drawn(random: np.random.Generator, layer: Any, weight: Any) -> np.ndarray:
    name, shape = weight.path.rpartition("/")[2], tuple(weight.shape)
    if not shape:
        return np.zeros(shape, weight.dtype)  # how many examples a normalization has seen
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    if "gamma" in name or "scale" in name:
        return random.uniform(0.5, 1.5, shape) * random.choice((-1, 1), shape)
    if len(shape) == 1:
        return random.normal(0, 0.1, shape)
    depthwise = "depthwise" in name or isinstance(layer, keras.layers.DepthwiseConv2D)
    return random.normal(0, np.sqrt(1 / np.prod(shape[:2] if depthwise else shape[:-1])), shape)


def carry_weights(source: Any, target: Any) -> int:
    """Copy them in order and say how many layers have some; AssertionError where shapes, but for ones, differ."""
    left, right = weighted_layers(source), weighted_layers(target)
    assert [_shapes(layer) for layer in left] == [_shapes(layer) for layer in right]
    for one, other in zip(left, right, strict=True):
        pairs = zip(one.get_weights(), other.weights, strict=True)
        other.set_weights([np.reshape(values, weight.shape) for values, weight in pairs])
        _settle(other)
    return len(left)


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(size for size in weight.shape if size != 1) for weight in layer.weights]


def _settle(layer: Any) -> None:
    """A normalization computes with constants that it makes of its weights when they are loaded."""
    if isinstance(layer, keras.layers.Normalization):
        layer.finalize_state()


def without_softmax(model: Any) -> Any:
    """The same model to its logits, in which differences are not squeezed between a thousand classes."""
    last = model.layers[-1]
    assert last.activation is keras.activations.softmax
    last.activation = keras.activations.linear
    return model
