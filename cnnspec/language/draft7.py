"""From JSON Schema (2020-12) to draft-07, with `$name` and `${...}` allowed for every value.

Editors know draft-07. In it a `$ref` stands alone (what is beside it is ignored), tuples are written with
`items` and `additionalItems`, and shared parts live under `definitions`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cnnspec.language.json_schema import required, schema_of
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields

Schema = dict[str, Any]

COMPUTED: Schema = {"$ref": "#/definitions/computed"}
NULL: Schema = {"type": "null"}


class Translation:
    """Translates models, and collects the definitions that they share.

    `renamed` gives definitions other names. With `removable` every argument may be null, which in a spec that
    extends another removes what the other wrote.
    """

    def __init__(self, renamed: Mapping[str, str] | None = None, removable: bool = False) -> None:
        self.renamed, self.removable = renamed or {}, removable
        self.definitions: dict[str, Schema] = {}

    def arguments(self, model: type[Fields]) -> Schema:
        """The object of a model's arguments; which of them are required is under `required`."""
        for nested in sorted(nested_models(model), key=lambda found: found.__name__):
            self.definitions[nested.__name__] = self._object(nested, () if self.removable else required(nested))
        return self._object(model, required(model))

    def _object(self, model: type[Fields], needed: Sequence[str]) -> Schema:
        docs = field_docs(model)
        properties = {
            field.alias or name: self.value(schema_of(field.type), docs.get(name, ""), written_default(model, name))
            for name, field in model.model_fields.items()
        }
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**schema, "required": list(needed)} if needed else schema

    def value(self, raw: Schema, description: str, default: object = None) -> Schema:
        """A value with its description; it may be computed instead."""
        known: Schema = {"description": description} if description else {}
        if default is not None:
            known["default"] = default
        return {**known, "anyOf": _distinct([*_choices(self.plain(raw)), COMPUTED, *([NULL] * self.removable)])}

    def plain(self, raw: Schema) -> Schema:
        """A schema in draft-07, the values inside it open for computed ones, but not itself."""
        if "definition" in raw:
            name = raw["definition"]
            return {"$ref": f"#/definitions/{self.renamed.get(name, name)}"}
        if "$ref" in raw:
            return {"$ref": raw["$ref"]}
        kept = {key: value for key, value in raw.items() if key not in ("title", "default", "description")}
        return {key: self._part(key, value) for key, value in _with_tuples(kept).items()}

    def _part(self, key: str, value: Any) -> Any:
        if key in ("anyOf", "oneOf", "allOf"):
            return [self.plain(choice) for choice in value]
        if key == "properties":
            return {name: self.value(item, item.get("description", "")) for name, item in value.items()}
        if key == "items" and isinstance(value, list):
            return [self.value(item, "") for item in value]
        if key in ("items", "additionalProperties") and isinstance(value, dict):
            return self.value(value, "") if value.get("definition") not in ("entries", "branch") else self.plain(value)
        return value


def _with_tuples(schema: Schema) -> Schema:
    if "prefixItems" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("prefixItems", "items")}
    return {**rest, "items": schema["prefixItems"], "additionalItems": False}


def _choices(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if set(schema) == {"anyOf"} else [schema]


def _distinct(schemas: list[Schema]) -> list[Schema]:
    return [schema for place, schema in enumerate(schemas) if schema not in schemas[:place]]


def written_name(model: type[Fields], field: str) -> str:
    """How a field is written: `for`, `from` and the like are no names in Python."""
    return model.model_fields[field].alias or field


def written_default(model: type[Fields], field: str) -> Any:
    """A field's default as people write it; None where there is none to show."""
    info = model.model_fields[field]
    return None if info.is_required() else as_written(info.default)


def as_written(value: object) -> Any:
    """A value as people write it in YAML: kinds by name, tuples as lists."""
    if isinstance(value, Kind):
        arguments = {name: as_written(argument) for name, argument in value.written().items()}
        return {value.kind: arguments} if arguments else value.kind
    if isinstance(value, Fields):
        written = {name: as_written(getattr(value, name)) for name in type(value).model_fields}
        return {name: argument for name, argument in written.items() if argument is not None}
    if isinstance(value, (list, tuple)):
        return [as_written(item) for item in value]
    return value


def nested_models(model: type[Fields]) -> list[type[Fields]]:
    """The sections inside a section, at any depth, but no kinds of families."""
    found: list[type[Fields]] = []
    pending: list[Any] = [info.annotation for info in model.model_fields.values()]
    while pending:
        annotation = pending.pop(0)
        pending[:0] = getattr(annotation, "__args__", ())
        if not isinstance(annotation, type) or not issubclass(annotation, Fields) or issubclass(annotation, Kind):
            continue
        if annotation not in found:
            found.append(annotation)
            pending.extend(info.annotation for info in annotation.model_fields.values())
    return found
