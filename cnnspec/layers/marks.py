"""What `Annotated` says of an argument's type, in pydantic's words: how values are checked, and their JSON Schema."""

from collections.abc import Callable
from typing import Any, Literal, cast

from pydantic_core import CoreSchema, PydanticKnownError, core_schema

Schema = dict[str, Any]
Inner = Callable[[], CoreSchema]
InnerSchema = Callable[[], Schema]

_IN_JSON = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_LENGTHS = {"string": "minLength", "array": "minItems", "object": "minProperties"}


class Mark:
    """One mark of a type; both methods are given what holds without it."""

    def core(self, inner: Inner) -> CoreSchema:
        """How pydantic's core checks values."""
        return inner()

    def json(self, inner: InnerSchema) -> Schema:
        """The JSON Schema of values."""
        return inner()


class PlainValidator(Mark):
    """A function reads values, and nothing else checks them."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def core(self, inner: Inner) -> CoreSchema:
        """The function alone."""
        return core_schema.no_info_plain_validator_function(self._read)


class BeforeValidator(Mark):
    """A function reads values before they are checked."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def core(self, inner: Inner) -> CoreSchema:
        """The function first."""
        return core_schema.no_info_before_validator_function(self._read, inner())


class WithJsonSchema(Mark):
    """The JSON Schema, written out."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def json(self, inner: InnerSchema) -> Schema:
        """As written."""
        return self._schema


class Bounds(Mark):
    """Bounds of a number or a length; `alias` is how the field is written, where that is no name in Python."""

    def __init__(self, alias: str | None, bounds: dict[str, Any]) -> None:
        self.alias, self._bounds = alias, bounds

    def core(self, inner: Inner) -> CoreSchema:
        """The core's own bounds; lengths are counted after other marks have read the value."""
        checked = inner()
        if not self._bounds:
            return checked
        if checked["type"] in ("int", "float", "str"):
            return cast(CoreSchema, {**checked, **self._bounds})
        return core_schema.no_info_after_validator_function(self._long_enough, checked)

    def _long_enough(self, value: Any) -> Any:
        least = self._bounds["min_length"]
        if len(value) < least:
            raise PydanticKnownError(
                "too_short", {"field_type": "Value", "min_length": least, "actual_length": len(value)}
            )
        return value

    def json(self, inner: InnerSchema) -> Schema:
        """The bounds by JSON Schema's names."""
        schema = inner()
        names = {**_IN_JSON, "min_length": _LENGTHS.get(schema.get("type", ""), "")}
        return schema | {names[key]: bound for key, bound in self._bounds.items() if key in names}


class Factory:
    """Makes a default that may change."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def Field(
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    allow_inf_nan: Literal[False] | None = None,
    min_length: int | None = None,
    alias: str | None = None,
    default_factory: Callable[[], Any] | None = None,
) -> Any:
    """A mark with bounds, or with the name by which the field is written; or else a default that is made each time."""
    if default_factory is not None:
        return Factory(default_factory)
    bounds = {"ge": ge, "gt": gt, "le": le, "lt": lt, "allow_inf_nan": allow_inf_nan, "min_length": min_length}
    return Bounds(alias, {name: bound for name, bound in bounds.items() if bound is not None})
