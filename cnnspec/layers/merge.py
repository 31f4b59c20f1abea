"""Layers that make one tensor of several."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from math import inf
from typing import Any, ClassVar

from cnnspec.layers.base import Facts, Layer, Misfit, place_of
from cnnspec.layers.building import keras_layer, named
from cnnspec.layers.fields import Axis
from cnnspec.layers.meaning import Meaning, among
from cnnspec.layers.shape import Dim, Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN


class Merging(Layer):
    """Reads several tensors."""

    hands_on = True
    merges: ClassVar[bool] = True
    least_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`m` inputs."""
        return {**super().symbols(*inputs), "m": Symbol(len(inputs), "inputs")}


class Elementwise(Merging):
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


class Add(Elementwise, kind="add"):
    """The sum of the inputs.

    ```yaml
    - add: {from: [main, shortcut]}      # (28, 28, 8), (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = "y = sum(r < m: x[r])"

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Add"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As far as all go together; one that is any number makes the sum any number."""
        return _of(read, sum(each.low for each in read), sum(each.high for each in read))


class Subtract(Elementwise, kind="subtract"):
    """The first input less the second.

    ```yaml
    - subtract: {from: [left, right]}      # (64,), (64,) -> (64,)
    ```
    """

    formula = "y = x[0] - x[1]"

    ordered = True
    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Subtract"
    most_inputs: ClassVar[int | None] = 2

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """From where the one is least and the other most."""
        return _of(read, read[0].low - read[1].high, read[0].high - read[1].low)


class Multiply(Elementwise, kind="multiply"):
    """The product of the inputs.

    ```yaml
    - multiply: {from: [features, gate]}      # (28, 28, 8), (1, 1, 8) -> (28, 28, 8)
    - multiply: {from: [features, gate]}      # (28, 28, 8), (8,) -> (28, 28, 8)
    ```
    """

    formula = "y = product(r < m: x[r])"

    multiplies = True

    keras_class: ClassVar[str] = "Multiply"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As far as the products of the bounds."""
        low, high = read[0].low, read[0].high
        for other in read[1:]:
            ends = [_product(one, two) for one in (low, high) for two in (other.low, other.high)]
            low, high = min(ends), max(ends)
        return _of(read, low, high)


class Average(Elementwise, kind="average"):
    """The mean of the inputs.

    ```yaml
    - average: {from: [one, two, three]}      # (10,), (10,), (10,) -> (10,)
    ```
    """

    formula = "y = mean(r < m: x[r])"

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "Average"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Between the least and the most of all; what adds up to one in each adds up in the mean."""
        low, high = sum(each.low for each in read) / len(read), sum(each.high for each in read) / len(read)
        return replace(_of(read, low, high), shares=all(each.shares for each in read))


class Maximum(Elementwise, kind="maximum"):
    """The largest of the inputs, place by place.

    ```yaml
    - maximum: {from: [one, two]}      # (10,), (10,) -> (10,)
    ```
    """

    formula = "y = max(r < m: x[r])"

    keras_class: ClassVar[str] = "Maximum"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """At least the least that each goes to, and as far as any."""
        told = any(each.told and each.high > 1 for each in read)
        return Meaning(max(each.low for each in read), max(each.high for each in read), told)


class Minimum(Elementwise, kind="minimum"):
    """The smallest of the inputs, place by place.

    ```yaml
    - minimum: {from: [one, two]}      # (10,), (10,) -> (10,)
    ```
    """

    formula = "y = min(r < m: x[r])"

    keras_class: ClassVar[str] = "Minimum"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As low as any, and at most the most that each goes to."""
        told = any(each.told and each.low < 0 for each in read)
        return Meaning(min(each.low for each in read), min(each.high for each in read), told)


class Concat(Merging, kind="concat"):
    """The inputs one after the other along an axis, the channels by default.

    ```yaml
    - concat: {from: [narrow, wide]}             # (28, 28, 8), (28, 28, 16) -> (28, 28, 24)
    - concat: {axis: 1, from: [top, bottom]}     # (4, 8), (6, 8) -> (10, 8)
    ```
    """

    formula = "y[o] = x[r, P]  # e places of those before it"

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

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`o` is the place of an input that begins after `e` others, along the axis."""
        names = super().symbols(*inputs)
        words, place = names["P"].value, place_of(inputs[0], self.axis)
        assert isinstance(words, tuple)
        moved = tuple(f"e + {word}" if axis == place else str(word) for axis, word in enumerate(words))
        return {**names, "o": Symbol(moved, "its place among all")}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Each of them; they add up still where they are joined along another axis than the last."""
        beside = place_of(shapes[0], self.axis) < len(shapes[0]) - 1
        return replace(among(read), shares=beside and all(each.shares for each in read))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Concatenate."""
        return keras_layer(keras, self, "Concatenate", name)


class Stack(Merging, kind="stack", hidden=True):
    """The inputs side by side along a new axis, the first: what branches become under `merge: stack`."""

    formula = "y[r, P] = x[r, P]"

    moves = True
    rereads = NOTHING_AGAIN

    def infer(self, *inputs: Shape) -> Facts:
        """As many of the one shape that all have."""
        for other in inputs[1:]:
            if other != inputs[0]:
                received = f"stack reads {write_shape(inputs[0])} and {write_shape(other)}"
                raise Misfit(None, received, "equal shapes", _mismatch(inputs[0], other), says_shapes=True)
        return Facts((len(inputs), *inputs[0]), reach=None)

    def knows_masks(self, shape: Shape) -> bool:
        """An operation has none."""
        return False

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Each of them; along the last axis they add up as before."""
        return replace(among(read), shares=all(each.shares for each in read))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' stack operation."""
        return lambda tensors: named(keras.ops.stack(tensors, axis=1), name)


def _of(read: Sequence[Meaning], low: float, high: float) -> Meaning:
    """From `low` to `high`: surely where one input is any number, since others may take back what the rest does."""
    if any(each.any_number for each in read):
        return Meaning(-inf, inf)
    return Meaning(low, high, told=False)


def _product(one: float, other: float) -> float:
    """0 times what has no bound is 0."""
    return one * other if one and other else 0.0


def _without(shape: Shape, place: int) -> Shape:
    return (*shape[:place], *shape[place + 1 :])


def _mismatch(one: Shape, other: Shape, place: int | None = None) -> str:
    if len(one) != len(other):
        return "flatten or reshape one of them first"
    if place is not None:
        one, other = _without(one, place), _without(other, place)
    pairs = zip(one, other, strict=True)
    return next((text for a, b in pairs if a != b and (text := _help(a, b))), "")
