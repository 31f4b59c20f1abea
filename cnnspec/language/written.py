"""Types of values in `data` and `training`: each reports one mistake once, and knows its JSON Schema."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cnnspec.layers.fields import LARGEST, is_count
from cnnspec.layers.kind import Fields, Kind, invalid

Key = TypeVar("Key", str, int)
Item = TypeVar("Item")

Epochs = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
"""A length in epochs; half an epoch is 0.5."""
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
"""A part of a whole."""
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""From 0 to 1, both included."""
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Stock(Kind):
    """A kind that stands for a class of Keras; `stock` is the class's name there."""

    stock: ClassVar[str] = ""

    def __init_subclass__(cls, stock: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.stock = stock or cls.__name__


def also_written(member: type[Stock], *names: str) -> None:
    """Let a kind be written by Keras' short names for it, too."""
    for name in names:
        doc = f"The same as {member.kind}."
        type(name, (member,), {"__doc__": doc, "__module__": member.__module__}, kind=name, stock=member.stock)


class Moved(Fields):
    """Named arguments of which some are known to belong elsewhere: writing them there is a mistake with its own help."""

    moved: ClassVar[dict[str, str]] = {}
    """Name -> what to write instead."""

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_moved(cls, value: Any, handler: Callable[[Any], Any]) -> Any:
        misplaced = [name for name in value if name in cls.moved] if isinstance(value, dict) else []
        if not misplaced:
            return handler(value)
        errors = [_misplaced(cls, name, value[name]) for name in misplaced]
        try:
            handler({name: item for name, item in value.items() if name not in cls.moved})
        except ValidationError as error:
            errors += [_again(detail) for detail in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(cls.__name__, errors)


def _misplaced(cls: type[Moved], name: str, value: object) -> InitErrorDetails:
    return InitErrorDetails(type=invalid(f"no {name} here", help=cls.moved[name]), loc=(name,), input=value)


def _again(detail: Any, *above: str | int) -> InitErrorDetails:
    """An error as pydantic reported it, to be raised again `above` the place that it had."""
    context = detail.get("ctx")
    kind = detail["type"] if detail["type"] not in ("invalid", "nested") else PydanticCustomError(detail["type"], detail["msg"], context)
    return InitErrorDetails(type=kind, loc=(*above, *detail["loc"]), input=detail["input"], ctx=context or {})


def _as_tuple(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    raise invalid("a list", help="write [...] around it")


def _as_map(value: object) -> object:
    if isinstance(value, (dict, Fields)):
        return value
    raise invalid("a map of named values")


LISTED = BeforeValidator(_as_tuple)
"""Marks a tuple that is written as a list."""
MAPPED = BeforeValidator(_as_map)
"""Marks a section: what is no map is refused as a whole."""


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
            errors += [_again(detail, key) for detail in error.errors(include_url=False)]
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
    """Whether a value is a finite number, and no boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def one_or_pair(least: float | None, most: float | None, what: str) -> Any:
    """The type of Keras' `factor` arguments: a number, or [lower, upper], within bounds."""
    fits = _within(least, most)

    def read(value: object) -> float | tuple[float, float]:
        if isinstance(value, (list, tuple)):
            return _pair(value, fits, what)
        if fits(value):
            return value  # type: ignore[return-value]
        raise invalid(what)

    return Annotated[float | tuple[float, float], PlainValidator(read), WithJsonSchema(_pair_schema(least, most))]


def _within(least: float | None, most: float | None) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if not isinstance(value, (int, float)) or not is_number(value):
            return False
        return (least is None or value >= least) and (most is None or value <= most)

    return fits


def _pair(value: list[Any] | tuple[Any, ...], fits: Callable[[object], bool], what: str) -> tuple[float, float]:
    for index, item in enumerate(value):
        if not fits(item):
            raise invalid(what, (index,))
    if len(value) != 2 or value[0] > value[1]:
        raise invalid(f"{what}; a list is [lower, upper]")
    return (value[0], value[1])


def _pair_schema(least: float | None, most: float | None) -> dict[str, Any]:
    bounds = {"minimum": least, "maximum": most}
    number = {"type": "number", **{key: bound for key, bound in bounds.items() if bound is not None}}
    return {"anyOf": [number, {"type": "array", "items": number, "minItems": 2, "maxItems": 2}]}


def _size_or_pair(value: object) -> int | tuple[int, int]:
    if is_count(value):
        return value  # type: ignore[return-value]
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(is_count(item) for item in value):
        return (value[0], value[1])
    raise invalid("a whole number of at least 1, or [height, width]")


_SIZE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": LARGEST}
_SIZES: dict[str, Any] = {"type": "array", "items": _SIZE, "minItems": 2, "maxItems": 2}
Sizes = Annotated[int | tuple[int, int], PlainValidator(_size_or_pair), WithJsonSchema({"anyOf": [_SIZE, _SIZES]})]
"""Height and width: one number for both, or [height, width]."""
