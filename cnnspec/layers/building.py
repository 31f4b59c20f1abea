"""From a layer's arguments to its Keras layer, and from its initializers to its weights."""

import re
from collections.abc import Callable
from typing import Any, cast

from cnnspec.layers.base import Layer, Misfit, Weight
from cnnspec.layers.initializer import (
    Fanned,
    IdentityInitializer,
    Initializer,
    Orthogonal,
    OrthogonalRegularizer,
    Regularizer,
    build_initializer,
    build_regularizer,
)
from cnnspec.layers.shape import Shape

LESS: Any = object()
"""Stands for an argument that this Keras layer does not take."""


def keras_layer(keras: Any, layer: Layer, class_name: str, name: str, **changed: Any) -> Callable[..., Any]:
    """The Keras layer of this class with the layer's own arguments, but for the changed ones."""
    arguments = {key: _built(keras, value) for key, value in (layer.arguments() | changed).items() if value is not LESS}
    return cast(Callable[..., Any], getattr(keras.layers, class_name)(**arguments, name=name))


def _built(keras: Any, value: Any) -> Any:
    if isinstance(value, Initializer):
        return build_initializer(keras, value)
    if isinstance(value, Regularizer):
        return build_regularizer(keras, value)
    return value


class Assembled:
    """A Keras layer, whose name and weights are those of the node, among operations that are called with it."""

    def __init__(self, layer: Any, call: Callable[[Any], Any]) -> None:
        self.layer, self._call = layer, call

    def __call__(self, given: Any) -> Any:
        """What comes out for a tensor, or for a list of them."""
        return self._call(given)

    @property
    def weights(self) -> list[Any]:
        """Those of the layer."""
        return list(self.layer.weights)

    @property
    def trainable_variables(self) -> list[Any]:
        """Those of the layer."""
        return list(self.layer.trainable_variables)


def freeze(layer: Any) -> None:
    """What is within a layer is not trained either: Keras makes parts trainable, and sets nothing to what it is."""
    layer.trainable = True
    layer.trainable = False


def uncount_parts(layer: Any) -> None:
    """Parts that Keras names by themselves are called after their kind alone, as softmax instead of softmax_1.

    Keras counts them in each process, and the file of a run that goes on in the same one would hold other names.
    """
    for part in layer._flatten_layers(include_self=False, recursive=False):
        part.name = re.sub(r"_[0-9]+$", "", part.name)


_PADDING = -32768.0
"""A power of two, which all types of floating-point numbers have; no step of a network is made of it alone."""


def hand_mask_on(keras: Any, name: str) -> Callable[[Any, Any], Any]:
    """What makes of (source, output) the output with the mask of its source, which Keras' operations drop.

    Steps that are padding come out as zeros, by Keras' Masking; where there is no mask nothing is added.
    """
    masking = keras.layers.Masking(_PADDING, name=f"{name}.mask")

    def apply(source: Any, output: Any) -> Any:
        mask = getattr(source, "_keras_mask", None)
        if mask is None or len(mask.shape) != len(output.shape) - 1:
            return output
        return masking(keras.ops.where(keras.ops.expand_dims(mask, -1), output, _PADDING))

    return apply


def one_of(keras: Any, tensor: Any, name: str) -> Any:
    """A one of shape (1,) in a model's graph, whatever the tensor holds, of how many examples whatever."""
    whole = keras.ops.sum(named(tensor[_first(tensor)], f"{name}.first"), keepdims=True)
    return named(keras.ops.ones_like(named(whole, f"{name}.sum")), f"{name}.one")


def one_each(keras: Any, tensor: Any, name: str) -> Any:
    """Ones of shape (n,) for n examples."""
    return named(keras.ops.ones_like(named(tensor[_first(tensor)], f"{name}.first")), f"{name}.one")


def _first(tensor: Any) -> tuple[Any, ...]:
    """The index of each example's first number."""
    return (slice(None), *(0 for _ in tensor.shape[1:]))


def named(output: Any, name: str) -> Any:
    """The tensor, the operation that made it being called `name` where it is part of a model."""
    if history := getattr(output, "_keras_history", None):
        history.operation.name = name
    return output


def weight(layer: Layer, name: str, shape: tuple[int, ...], argument: str = "") -> Weight:
    """A weight that starts from the argument `<argument>_initializer`; raises Misfit where it cannot."""
    argument, given = argument or name, vars(layer)
    _check_initializer(given[f"{argument}_initializer"], f"{argument}_initializer", name, shape)
    if layer.trainable and isinstance(given.get(f"{argument}_regularizer"), OrthogonalRegularizer):
        check_matrix(f"{argument}_regularizer", name, shape)
    return Weight(name, shape)


def _check_initializer(initializer: Initializer, field: str, name: str, shape: tuple[int, ...]) -> None:
    if isinstance(initializer, IdentityInitializer) and len(shape) != 2:
        raise Misfit(field, f"identity for the {name}, shape {shape}", "a weight with two axes")
    if isinstance(initializer, Fanned) and not _has_axes(initializer, len(shape)):
        raise Misfit(field, f"{initializer.kind} with axes that the {name}, shape {shape}, has not", "its axes, from 0")
    if isinstance(initializer, Orthogonal) and len(shape) < 2:
        raise Misfit(field, f"orthogonal for the {name}, shape {shape}", "a weight with at least two axes")


def _has_axes(initializer: Fanned, rank: int) -> bool:
    if initializer.input_axes is None or initializer.output_axes is None:
        return True
    return all(-rank <= axis < rank for axis in (*initializer.input_axes, *initializer.output_axes))


def check_matrix(field: str, name: str, shape: Shape) -> None:
    """Keras' orthogonal_regularizer reads matrices alone, and says so only once training asks for the loss."""
    if len(shape) != 2:
        raise Misfit(field, f"orthogonal_regularizer on the {name}, {len(shape)} axes", "two axes", "use l1 or l2")
