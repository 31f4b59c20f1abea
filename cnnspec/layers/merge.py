"""Layers that make one tensor of several."""

from collections.abc import Callable
from functools import reduce
from typing import Any, ClassVar

from cnnspec.layers.base import Facts, Layer, Misfit, place_of
from cnnspec.layers.building import keras_layer
from cnnspec.layers.fields import Axis
from cnnspec.layers.shape import Dim, Shape, write_shape
from cnnspec.layers.traits import NOTHING_AGAIN


class _Merge(Layer):
    """Reads several tensors."""

    merges: ClassVar[bool] = True
    least_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None


class _Elementwise(_Merge):
    """Works place by place; sizes of 1, and missing leading axes, serve every place."""

    keras_class: ClassVar[str]

    def infer(self, *inputs: Shape) -> Facts:
        """The shape that all inputs spread to."""
        return Facts(reduce(self._spread, inputs))

    def _spread(self, one: Shape, other: Shape) -> Shape:
        long, short = (one, other) if len(one) >= len(other) else (other, one)
        lead = len(long) - len(short)
        shared = zip(long[lead:], short, strict=True)
        return (*long[:lead], *(self._size(a, b, one, other) for a, b in shared))

    def _size(self, a: Dim, b: Dim, one: Shape, other: Shape) -> Dim:
        if a in (b, 1):
            return b
        if b == 1:
            return a
        received = f"{self.kind} reads {write_shape(one)} and {write_shape(other)}"
        raise Misfit(None, received, "equal shapes, or sizes of 1 where they differ", _help(a, b), says_shapes=True)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' layer of the name."""
        return keras_layer(keras, self, self.keras_class, name)


def _help(a: Dim, b: Dim) -> str:
    if isinstance(a, int) and isinstance(b, int):
        return ""
    return "an unknown length agrees only with the same function of the same input"


class Add(_Elementwise, kind="add"):
    """The sum of the inputs.

    ```yaml
    - add: {from: [main, shortcut]}      # (28, 28, 8), (28, 28, 8) -> (28, 28, 8)
    ```
    """

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Add"


class Subtract(_Elementwise, kind="subtract"):
    """The first input less the second.

    ```yaml
    - subtract: {from: [left, right]}      # (64,), (64,) -> (64,)
    ```
    """

    ordered = True
    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Subtract"
    most_inputs: ClassVar[int | None] = 2


class Multiply(_Elementwise, kind="multiply"):
    """The product of the inputs.

    ```yaml
    - multiply: {from: [features, gate]}      # (28, 28, 8), (1, 1, 8) -> (28, 28, 8)
    - multiply: {from: [features, gate]}      # (28, 28, 8), (8,) -> (28, 28, 8)
    ```
    """

    multiplies = True

    keras_class: ClassVar[str] = "Multiply"


class Average(_Elementwise, kind="average"):
    """The mean of the inputs.

    ```yaml
    - average: {from: [one, two, three]}      # (10,), (10,), (10,) -> (10,)
    ```
    """

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Average"


class Maximum(_Elementwise, kind="maximum"):
    """The largest of the inputs, place by place.

    ```yaml
    - maximum: {from: [one, two]}      # (10,), (10,) -> (10,)
    ```
    """

    keras_class: ClassVar[str] = "Maximum"


class Minimum(_Elementwise, kind="minimum"):
    """The smallest of the inputs, place by place.

    ```yaml
    - minimum: {from: [one, two]}      # (10,), (10,) -> (10,)
    ```
    """

    keras_class: ClassVar[str] = "Minimum"


class Concat(_Merge, kind="concat"):
    """The inputs one after the other along an axis, the channels by default.

    ```yaml
    - concat: {from: [narrow, wide]}             # (28, 28, 8), (28, 28, 16) -> (28, 28, 24)
    - concat: {axis: 1, from: [top, bottom]}     # (4, 8), (6, 8) -> (10, 8)
    ```
    """

    moves = True
    rereads = NOTHING_AGAIN
    said_by_name = True

    axis: Axis = -1
    """The axis that grows, counted with the batch as 0."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes along the axis add up; the others are equal."""
        place = place_of(inputs[0], self.axis)
        first = inputs[0]
        for other in inputs[1:]:
            if len(other) != len(first) or _without(other, place) != _without(first, place):
                received = f"concat reads {write_shape(first)} and {write_shape(other)}"
                expected = f"equal shapes but for axis {place + 1}"
                raise Misfit(None, received, expected, _mismatch(first, other, place), says_shapes=True)
        total = reduce(lambda size, shape: size + shape[place], inputs[1:], first[place])
        return Facts((*first[:place], total, *first[place + 1 :]))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Concatenate."""
        return keras_layer(keras, self, "Concatenate", name)


def _without(shape: Shape, place: int) -> Shape:
    return (*shape[:place], *shape[place + 1 :])


def _mismatch(one: Shape, other: Shape, place: int) -> str:
    if len(one) != len(other):
        return "flatten or reshape one of them first"
    pairs = zip(_without(one, place), _without(other, place), strict=True)
    return next((text for a, b in pairs if a != b and (text := _help(a, b))), "")
