"""The types of layer arguments: each reports one mistake once, and knows its JSON Schema."""

from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any, Literal, cast

from cnnspec.layers.base import Misfit
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Field, PlainValidator, WithJsonSchema
from cnnspec.layers.shape import Dim, Shape, ceil_div, write_shape

LARGEST = 2**31 - 1
"""The largest size of an axis: what TensorFlow's kernels index."""
RANK = 8
"""The most axes that any tensor here has."""

Size = Annotated[int, Field(ge=1, le=LARGEST)]
Axis = Annotated[int, Field(ge=-RANK, le=RANK)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

Schema = dict[str, Any]
_COUNT: Schema = {"type": "integer", "minimum": 1}


def is_count(value: object, least: int = 1, most: int = LARGEST) -> bool:
    """Whether a value is a whole number (and no boolean) from `least` to `most`."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _list_schema(items: Schema, most: int, least: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _integers(value: object, expected: str, least: int, most: int, lengths: range) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or len(value) not in lengths:
        raise invalid(expected)
    for index, item in enumerate(value):
        if not is_count(item, least, most):
            raise invalid(f"a whole number from {least} to {most}" if most < LARGEST else _at_least(least), (index,))
    return tuple(value)


def _at_least(least: int) -> str:
    return f"a whole number of at least {least}"


def _window(value: object) -> int | tuple[int, ...]:
    if is_count(value):
        return cast(int, value)
    expected = "a whole number of at least 1, or a list with one for each spatial axis"
    return _integers(value, expected, 1, LARGEST, range(1, 4))


Window = Annotated[
    int | tuple[int, ...],
    PlainValidator(_window),
    WithJsonSchema({"anyOf": [_COUNT, _list_schema(_COUNT, 3)]}),
]
"""A size for every spatial axis, or one for each."""


_FROM_TWO: Schema = {"type": "integer", "minimum": 2}
WindowFromTwo = Annotated[
    int | tuple[int, ...],
    PlainValidator(_window),
    WithJsonSchema({"anyOf": [_FROM_TWO, _list_schema(_FROM_TWO, 3)]}),
]
"""The same where a layer refuses sizes of 1 itself, with what to write instead."""


def _window_from_zero(value: object) -> int | tuple[int, ...]:
    if is_count(value, 0):
        return cast(int, value)
    expected = "a whole number of at least 0, or a list with one for each spatial axis"
    return _integers(value, expected, 0, LARGEST, range(1, 4))


_FROM_ZERO: Schema = {"type": "integer", "minimum": 0}
WindowFromZero = Annotated[
    int | tuple[int, ...],
    PlainValidator(_window_from_zero),
    WithJsonSchema({"anyOf": [_FROM_ZERO, _list_schema(_FROM_ZERO, 3)]}),
]
"""A size of at least 0 for every spatial axis, or one for each."""

Pair = tuple[int, int]
Sided = int | tuple[Pair | int, ...]


def _explicit(value: object, expected: str) -> Sided:
    if is_count(value, 0):
        return cast(int, value)
    if isinstance(value, (list, tuple)) and 1 <= len(value) <= 3:
        return tuple(_side(item, index) for index, item in enumerate(value))
    raise invalid(expected)


def _side(item: object, index: int) -> int | Pair:
    if is_count(item, 0):
        return cast(int, item)
    if isinstance(item, (list, tuple)) and len(item) == 2 and all(is_count(side, 0) for side in item):
        return (item[0], item[1])
    raise invalid("a whole number of at least 0, or [before, after]", (index,))


_SIDE: Schema = {"anyOf": [_FROM_ZERO, {**_list_schema(_FROM_ZERO, 2), "minItems": 2}]}
_SIDES: list[Schema] = [_FROM_ZERO, _list_schema(_SIDE, 3)]


def _sides(value: object) -> Sided:
    return _explicit(value, "a whole number, or a list with a number or [before, after] for each spatial axis")


Sides = Annotated[Sided, PlainValidator(_sides), WithJsonSchema({"anyOf": _SIDES})]
"""One number for all sides, or for each spatial axis a number or [before, after]."""


def _padding(*words: str) -> Callable[[object], str | Sided]:
    named = " (1-D), ".join((", ".join(words), "")) if words[-1] == "causal" else ", ".join(words) + ", "
    expected = f"{named}a number of zeros, or a list with a number or [before, after] for each spatial axis"

    def read(value: object) -> str | Sided:
        if isinstance(value, str) and value in words:
            return value
        return _explicit(value, expected)

    return read


Padding = Annotated[
    str | Sided,
    PlainValidator(_padding("valid", "same")),
    WithJsonSchema({"anyOf": [{"enum": ["valid", "same"]}, *_SIDES]}),
]
"""`valid`, `same`, or explicit zeros: one number, or for each axis a number or [before, after]."""

CausalPadding = Annotated[
    str | Sided,
    PlainValidator(_padding("valid", "same", "causal")),
    WithJsonSchema({"anyOf": [{"enum": ["valid", "same", "causal"]}, *_SIDES]}),
]
"""The same, or `causal`."""


def _axes(value: object) -> int | tuple[int, ...]:
    if is_count(value, -RANK, RANK):
        return cast(int, value)
    return _integers(value, "an axis, or a list of axes", -RANK, RANK, range(1, RANK + 1))


_AXIS: Schema = {"type": "integer", "minimum": -RANK, "maximum": RANK}
Axes = Annotated[
    int | tuple[int, ...],
    PlainValidator(_axes),
    WithJsonSchema({"anyOf": [_AXIS, _list_schema(_AXIS, RANK)]}),
]
"""An axis or several, counted with the batch as 0, or from the end as -1."""


def _axis_list(value: object) -> tuple[int, ...]:
    return _integers(value, "a list of axes", -RANK, RANK, range(1, RANK + 1))


AxisList = Annotated[tuple[int, ...], PlainValidator(_axis_list), WithJsonSchema(_list_schema(_AXIS, RANK))]
"""Axes of a weight, which has no batch: 0 is the first."""

Numbers = float | tuple[Any, ...]


def _numbers(value: object, depth: int = 0) -> Numbers:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _finite(value):
        return value
    if not isinstance(value, (list, tuple)) or not value or depth == RANK:
        raise invalid("a number, or a list of numbers")
    return tuple(_numbers(item, depth + 1) for item in value)


def _finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


NumberOrList = Annotated[
    Numbers,
    PlainValidator(_numbers),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "array", "minItems": 1}]}),
]
"""A number, or a list of numbers, or a list of such lists."""


def over(window: int | tuple[int, ...], space: Shape, field: str) -> tuple[int, ...]:
    """A window's size along each spatial axis of what is read."""
    if isinstance(window, int):
        return (window,) * len(space)
    if len(window) != len(space):
        raise _miscounted(field, f"{len(window)} sizes", space)
    return window


def sides(padding: Sided, space: Shape, field: str = "padding") -> tuple[Pair, ...]:
    """Explicit padding as (before, after) along each spatial axis."""
    each = (padding,) * len(space) if isinstance(padding, int) else padding
    if len(each) != len(space):
        pair = len(space) == 1 and len(each) == 2 and all(isinstance(side, int) for side in each)
        raise _miscounted(
            field, f"{len(each)} items", space, f"write [{list(each)}] for before and after" if pair else ""
        )
    return tuple((side, side) if isinstance(side, int) else side for side in each)


def _miscounted(field: str, received: str, space: Shape, help: str = "") -> Misfit:
    expected = f"{len(space)}, one for each spatial axis of the input"
    return Misfit(field, f"{field} has {received}", expected, help or "one number serves every axis")


def slide(
    space: Shape, window: tuple[int, ...], strides: tuple[int, ...], padding: str, dilation: tuple[int, ...], field: str
) -> Shape:
    """Where a window of this size fits: Keras' output length for `valid`, `same` and `causal`."""
    return tuple(
        _slide(size, 1 + (w - 1) * d, s, padding, field, space)
        for size, w, s, d in zip(space, window, strides, dilation, strict=True)
    )


def _slide(size: Dim, reach: int, stride: int, padding: str, field: str, space: Shape) -> Dim:
    if padding != "valid":
        return ceil_div(size, stride)
    if isinstance(size, int) and size < reach:
        expected = "a window no larger than what it slides over"
        help = "use padding: same, a smaller window, or drop a stride before it"
        raise Misfit(field, f"a window of {reach} on {write_shape(space)}", expected, help)
    return (size - reach) // stride + 1


Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
