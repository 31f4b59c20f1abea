"""From a layer's arguments to its Keras layer, and from its initializers to its weights."""

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
