"""The JSON Schema of arguments (2020-12), read off their types and marks; sections inside are `$ref`s."""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cnnspec.layers.marks import Mark, Schema
from cnnspec.layers.model import Fields

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}


def required(model: type[Fields]) -> list[str]:
    """The arguments, as they are written, that have no default."""
    return [field.alias or name for name, field in model.model_fields.items() if field.is_required()]


def schema_of(type: Any) -> Schema:
    """The schema of a type, its keys in order of the alphabet."""
    return {key: _ordered(value) for key, value in sorted(_schema_of(type).items())}


def _ordered(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _ordered(schema[key]) for key in sorted(schema)}
    return [_ordered(item) for item in schema] if isinstance(schema, list) else schema


def _schema_of(type: Any) -> Schema:
    if get_origin(type) is Annotated:
        return _marked(type.__origin__, type.__metadata__)
    if get_origin(type) is not None:
        return _MADE_OF[get_origin(type)](get_args(type))
    if type is Any:
        return {}
    return {"type": _TYPES[type]} if type in _TYPES else {"$ref": f"#/definitions/{type.__name__}"}


def _marked(type: Any, marks: tuple[Mark, ...]) -> Schema:
    """The first mark stands innermost."""
    return marks[-1].json(lambda: _marked(type, marks[:-1])) if marks else _schema_of(type)


def _one_of(values: tuple[Any, ...]) -> Schema:
    return {"const": values[0], "type": "string"} if len(values) == 1 else {"enum": list(values), "type": "string"}


def _any_of(types: tuple[Any, ...]) -> Schema:
    schemas = [_schema_of(type) for type in types]
    return {"anyOf": [each for schema in schemas for each in schema.get("anyOf", [schema])]}


def _map(types: tuple[Any, ...]) -> Schema:
    values = _schema_of(types[1])
    return {"additionalProperties": values or True, "type": "object"}


def _list(types: tuple[Any, ...]) -> Schema:
    return {"items": _schema_of(types[0]), "type": "array"}


_MADE_OF: dict[Any, Callable[[tuple[Any, ...]], Schema]] = {
    Literal: _one_of,
    Union: _any_of,
    UnionType: _any_of,
    dict: _map,
    tuple: _list,
}
