"""Types of values in `data` and `training`: each reports one mistake once, and knows its JSON Schema."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from cnnspec.layers.fields import LARGEST, is_count
from cnnspec.layers.kind import Kind, invalid
from cnnspec.layers.marks import (
    BeforeValidator,
    Field,
    Inner,
    InnerSchema,
    Mark,
    PlainValidator,
    Schema,
    WithJsonSchema,
)
from cnnspec.layers.model import Fields

_WORD = re.compile(r"[A-Za-z_$][\w.]*\Z")
_COLUMN = re.compile(r"column: \w+")
"""In an example: who writes a word where a map belongs names a column by it."""
_NUMBER = re.compile(r"(?<=: )[0-9.]+")
Key = TypeVar("Key", str, int)
Item = TypeVar("Item")

Epochs = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
"""A length in epochs; half an epoch is 0.5."""
MOST = sys.float_info.max
"""The largest number that there is."""
Portion = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
"""A part of a whole."""


class Stock(Kind):
    """A kind that stands for a class of Keras; `stock` is the class's name there.

    `first` is the first argument, where that is not the first that the kind itself declares.
    """

    stock: ClassVar[str] = ""
    first: ClassVar[str] = ""

    def __init_subclass__(cls, stock: str = "", first: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.stock = stock or cls.__name__
        cls.first = first or cls.first

    @classmethod
    def first_argument(cls) -> str | None:
        """Keras' first argument; the name and what all members of a family share do not count."""
        return cls.first or super().first_argument()


def also_written(family: type[Stock], short: Mapping[str, str]) -> None:
    """Let kinds of a family be written by Keras' short names, too: name -> short name."""
    for kind, name in short.items():
        member = cast(type[Stock], family.members[kind])
        body = {"__doc__": f"The same as {kind}.", "__module__": member.__module__}
        type(name, (member,), body, kind=name, stock=member.stock)


def again(detail: Any, *above: str | int) -> InitErrorDetails:
    """An error as pydantic reported it, to be raised again `above` the place that it had."""
    context, kind = detail.get("ctx"), detail["type"]
    if kind in ("invalid", "nested", "unknown_kind"):
        kind = PydanticCustomError(kind, detail["msg"], context)
    return InitErrorDetails(type=kind, loc=(*above, *detail["loc"]), input=detail["input"], ctx=context or {})


def _as_tuple(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    write = f"[{value}]" if isinstance(value, str) and _WORD.match(value) else ""
    raise invalid("a list", help="" if write else "write [...] around it", write=write)


def _as_some(value: object) -> object:
    if items := _as_tuple(value):
        return items
    raise invalid("a list with at least one item")


def section(example: str) -> BeforeValidator:
    """Marks a map of named values: what is no map is refused as a whole, and shown an example."""

    def read(value: object) -> object:
        if isinstance(value, (dict, Fields)):
            return value
        named = isinstance(value, str) and _WORD.match(value)
        shown = _with_number(example, value) if is_number(value) else example
        raise invalid("a map of named values", write=_COLUMN.sub(f"column: {value}", shown) if named else shown)

    return BeforeValidator(read)


def _with_number(example: str, value: object) -> str:
    """The example with the number that stands there alone: a whole one counts, and counts come last."""
    found = [*_NUMBER.finditer(example)]
    if not found:
        return example
    place = found[-1 if isinstance(value, int) else 0]
    return f"{example[: place.start()]}{value!r}{example[place.end() :]}"


LISTED = BeforeValidator(_as_tuple)
"""Marks a tuple that is written as a list."""
SOME = BeforeValidator(_as_some)
"""Marks a tuple that is written as a list and holds something."""


def read_each(items: dict[Key, object], read: Callable[[object], Item]) -> dict[Key, Item]:
    """Every item read; raises all their mistakes at once, each with its place."""
    done: dict[Key, Item] = {}
    errors: list[InitErrorDetails] = []
    for key, item in items.items():
        try:
            done[key] = read(item)
        except PydanticCustomError as error:
            errors.append(InitErrorDetails(type=error, loc=(key,), input=item))
        except ValidationError as error:
            errors += [again(detail, key) for detail in error.errors(include_url=False)]
    if errors:
        raise ValidationError.from_exception_data("items", errors)
    return done


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    raise invalid("a name" if not isinstance(value, (int, float)) else "a name; a number goes in quotes")


Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
"""A string that holds something and has no control characters."""


def is_number(value: object) -> bool:
    """Whether a value is a number that a float can hold, and no boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST


class OneOrPair(Mark):
    """Marks Keras' `factor` arguments: a number within bounds, or [lower, upper]."""

    def __init__(self, least: float, most: float, what: str, above: bool = False) -> None:
        """With `above`, the least itself is out of bounds."""
        self.least, self.most, self.what, self.above = least, most, what, above

    def core(self, inner: Inner) -> CoreSchema:
        """One function for both."""
        return core_schema.no_info_plain_validator_function(self._read)

    def json(self, inner: InnerSchema) -> Schema:
        """A number, or two."""
        number = {"type": "number", "exclusiveMinimum" if self.above else "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "array", "items": number, "minItems": 2, "maxItems": 2}]}

    def _read(self, value: object) -> object:
        if self._fits(value):
            return value
        if not isinstance(value, (list, tuple)):
            raise invalid(f"{self.what}, or [lower, upper]")
        for index, item in enumerate(value):
            if not self._fits(item):
                raise invalid(self.what, (index,))
        if len(value) != 2 or value[0] > value[1]:
            raise invalid("[lower, upper], where lower is not above upper")
        return tuple(value)

    def _fits(self, value: object) -> bool:
        if not isinstance(value, (int, float)) or not is_number(value):
            return False
        return self.least <= value <= self.most and not (self.above and value == self.least)


def _size_or_pair(value: object) -> int | tuple[int, int]:
    if is_count(value):
        return cast(int, value)
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(is_count(item) for item in value):
        return (value[0], value[1])
    raise invalid("a whole number of at least 1, or [height, width]")


_SIZE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": LARGEST}
_SIZES: dict[str, Any] = {"type": "array", "items": _SIZE, "minItems": 2, "maxItems": 2}
Sizes = Annotated[int | tuple[int, int], PlainValidator(_size_or_pair), WithJsonSchema({"anyOf": [_SIZE, _SIZES]})]
"""Height and width: one number for both, or [height, width]."""
