"""The types of layer arguments: each reports one mistake once, and knows its JSON Schema."""

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from cnnspec.layers.base import Misfit
from cnnspec.layers.kind import invalid
from cnnspec.layers.shape import Dim, Shape, ceil_div, write_shape

LARGEST = 2**31 - 1
"""The largest size of an axis: what TensorFlow's kernels index."""

Size = Annotated[int, Field(ge=1, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Axis = Annotated[int, Field(ge=-8, le=8)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

_COUNT_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 1}


def is_count(value: object, least: int = 1) -> bool:
    """Whether a value is a whole number (and no boolean) from `least` up to the largest size."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST


def _window(value: object) -> int | tuple[int, ...]:
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            if not is_count(item):
                raise invalid("a whole number of at least 1", (index,))
        if 1 <= len(value) <= 3:
            return tuple(value)
    elif is_count(value):
        assert isinstance(value, int)
        return value
    raise invalid("a whole number of at least 1, or a list with one for each spatial axis")


Window = Annotated[
    int | tuple[int, ...],
    PlainValidator(_window),
    WithJsonSchema({"anyOf": [_COUNT_SCHEMA, {"type": "array", "items": _COUNT_SCHEMA, "minItems": 1, "maxItems": 3}]}),
]
"""A size for every spatial axis, or one for each."""

Pair = tuple[int, int]
PADDINGS = ("valid", "same", "causal")


def _padding(value: object) -> str | int | tuple[Pair | int, ...]:
    if value in PADDINGS or is_count(value, 0):
        return value  # type: ignore[return-value]
    if isinstance(value, (list, tuple)) and 1 <= len(value) <= 3:
        return tuple(_side(item, index) for index, item in enumerate(value))
    raise invalid("valid, same, causal (1-D), a number of zeros, or a list with a number or [before, after] for each spatial axis")


def _side(item: object, index: int) -> int | Pair:
    if is_count(item, 0):
        return item  # type: ignore[return-value]
    if isinstance(item, (list, tuple)) and len(item) == 2 and all(is_count(side, 0) for side in item):
        return (item[0], item[1])
    raise invalid("a whole number of zeros, or [before, after]", (index,))


_SIDE_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}]}
Padding = Annotated[
    str | int | tuple[Pair | int, ...],
    PlainValidator(_padding),
    WithJsonSchema({"anyOf": [{"enum": list(PADDINGS)}, {"type": "integer", "minimum": 0}, {"type": "array", "items": _SIDE_SCHEMA, "minItems": 1, "maxItems": 3}]}),
]
"""`valid`, `same`, `causal`, or explicit zeros: one number, or for each axis a number or [before, after]."""


def over(window: int | tuple[int, ...], space: Shape, field: str) -> tuple[int, ...]:
    """A window's size along each spatial axis of what is read."""
    if isinstance(window, int):
        return (window,) * len(space)
    if len(window) != len(space):
        raise Misfit(field, f"{field} has {len(window)} sizes", f"{len(space)}, one for each spatial axis of the input", "one number serves every axis")
    return window


def sides(padding: int | tuple[Pair | int, ...], space: Shape, field: str = "padding") -> tuple[Pair, ...]:
    """Explicit padding as (before, after) along each spatial axis."""
    each = (padding,) * len(space) if isinstance(padding, int) else padding
    if len(each) != len(space):
        raise Misfit(field, f"{field} has {len(each)} items", f"{len(space)}, one for each spatial axis of the input", "one number serves every axis")
    return tuple((side, side) if isinstance(side, int) else side for side in each)


def slide(space: Shape, window: tuple[int, ...], strides: tuple[int, ...], padding: str, dilation: tuple[int, ...], field: str) -> Shape:
    """Where a window of this size fits: Keras' output length for `valid`, `same` and `causal`."""
    return tuple(
        _slide(size, 1 + (w - 1) * d, s, padding, field, space)
        for size, w, s, d in zip(space, window, strides, dilation, strict=True)
    )


def _slide(size: Dim, reach: int, stride: int, padding: str, field: str, space: Shape) -> Dim:
    if padding != "valid":
        return ceil_div(size, stride)
    if isinstance(size, int) and size < reach:
        raise Misfit(field, f"a window of {reach} on {write_shape(space)}", "a window no larger than what it slides over", "use padding: same, a smaller window, or drop a stride before it")
    return (size - reach) // stride + 1


Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
