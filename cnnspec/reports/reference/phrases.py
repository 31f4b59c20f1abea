"""What a field may hold, in words, read off its JSON Schema; and values as YAML writes them."""

import re
from collections.abc import Sequence
from typing import Any

from cnnspec.language.draft7 import written_default, written_name
from cnnspec.language.json_schema import schema_of
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.fields import LARGEST
from cnnspec.layers.model import Fields

HOMES = {
    "activation": "layers.md#activations",
    "initializer": "layers.md#initializers",
    "regularizer": "layers.md#regularizers",
    "norm": "layers.md#norms",
    "optimizer": "training.md#optimizers",
    "schedule": "training.md#learning-rates",
    "loss": "training.md#losses",
    "metric": "training.md#metrics",
    "augmentation": "data.md#augmentations",
}
"""Family -> where its members are described."""

_ENTRIES = {"entries": "list of entries", "branch": "list of entries, maybe empty"}
_TYPES = {"string": "text", "boolean": "`true` or `false`", "object": "map", "null": "null"}


def field_table(model: type[Fields], without: frozenset[str] = frozenset()) -> str:
    """A Markdown table of a model's fields: name, values, default, meaning; empty where there are none."""
    fields, docs = model.model_fields, field_docs(model)
    rows = []
    for field in _in_order(model, without):
        name = written_name(model, field)
        default = _default(model, field)
        rows.append((f"`{name}`", phrase(schema_of(fields[field].type)), default, _one_line(docs.get(field, ""))))
    return table(("argument", "values", "default", "meaning"), rows) if rows else ""


def _in_order(model: type[Fields], without: frozenset[str]) -> list[str]:
    """What a model declares itself before what it has from its bases; what is required first of all."""
    distinct = [name for name in model.about.nearest_first if name not in without]
    return sorted(distinct, key=lambda name: not model.model_fields[name].is_required())


def _default(model: type[Fields], field: str) -> str:
    if model.model_fields[field].is_required():
        return "required"
    default = written_default(model, field)
    return "" if default is None else f"`{yaml_inline(default)}`"


def table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def phrase(schema: dict[str, Any]) -> str:
    """What a JSON Schema accepts, in a few words."""
    if "anyOf" in schema:
        return _choices(schema["anyOf"])
    if "definition" in schema:
        return _definition(schema["definition"])
    if "$ref" in schema:
        name = section_name(schema["$ref"].rsplit("/", 1)[1])
        return f"map, see [{name}](#{name})"
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{yaml_inline(value)}`" for value in schema.get("enum", [schema.get("const")]))
    return _typed(schema)


def section_name(model: str) -> str:
    """What a map inside a section is called: `EarlyStopping` -> `early_stopping`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model).lower()


def _choices(schemas: list[dict[str, Any]]) -> str:
    said: list[str] = []
    for schema in schemas:
        words = phrase(schema)
        if schema.get("type") == "array" and phrase(schema.get("items") or {}) in said:
            words = "a list of such"
        if schema != {"type": "null"} and words not in said:
            said.append(words)
    return ", or ".join(said)


def _definition(name: str) -> str:
    return f"[{name}]({HOMES[name]})" if name in HOMES else _ENTRIES[name]


def _typed(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return ("whole number" if kind == "integer" else "number") + _bounds(schema)
    if kind == "array":
        return _array(schema)
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map of name to {phrase(schema['additionalProperties']) or 'value'}"
    return _TYPES.get(str(kind), "any value")


def _array(schema: dict[str, Any]) -> str:
    items = schema.get("items") or {}
    what = phrase(items) if items else "values"
    least, most = schema.get("minItems"), schema.get("maxItems")
    return f"list of {least}, each {what}" if least == most and least else f"list, each {what}"


def _bounds(schema: dict[str, Any]) -> str:
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    words = []
    if least is not None or above is not None:
        words.append(f"at least {_number(least)}" if above is None else f"above {_number(above)}")
    if below is not None:
        words.append(f"below {_number(below)}")
    elif most is not None and most < LARGEST:
        words.append(f"at most {_number(most)}")
    return f" {', '.join(words)}" if words else ""


def _number(value: float | None) -> str:
    return yaml_inline(int(value) if isinstance(value, float) and value == int(value) else value)


def yaml_inline(value: object) -> str:
    """A value on one line, as YAML writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).replace("e-0", "e-")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(yaml_inline, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {yaml_inline(item)}' for key, item in value.items())}}}"
    return f'"{value}"' if isinstance(value, str) and not value.strip() else str(value)
