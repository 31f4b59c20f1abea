"""Stages, blocks and defaults as the document of a spec: maps, lists, words and numbers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.network import ForeignInput
from cnnspec.layers import LAYERS

_RECIPROCALS = (255.0, 127.5)


def entry(item: Item) -> Any:
    """An entry as a spec writes it."""
    arguments = {key: value_of(value) for key, value in item.arguments.items()}
    arguments |= _held(item)
    arguments |= {key: value_of(value) for key, value in item.uses.items()}
    if item.name:
        arguments["name"] = item.name
    if item.origin:
        arguments["from"] = item.origin[0] if len(item.origin) == 1 else list(item.origin)
    if not arguments:
        return item.kind
    if len(arguments) == 1 and (only := _only(item)) in arguments and not isinstance(arguments[only], Mapping):
        return {item.kind: arguments[only]}
    return {item.kind: arguments}


def entries(row: Row) -> list[Any]:
    """The entries of a row."""
    return [entry(item) for item in row]


def _held(item: Item) -> dict[str, Any]:
    """What a composite holds."""
    if item.kind == "residual":
        held = {name: entries(row) for name, row in item.parts}
        return {**({"shortcut": held["shortcut"]} if "shortcut" in held else {}), "layers": held["main"]}
    if item.parts and "for" in item.arguments:
        return {"layers": entries(item.parts[0][1])}
    if item.parts:
        return {"branches": [entries(row) for _, row in item.parts]}
    return {}


def _only(item: Item) -> str:
    """The argument that may stand alone."""
    if item.kind in LAYERS:
        return LAYERS[item.kind].first_argument() or ""
    return {"squeeze_excite": "units"}.get(item.kind, "")


def value_of(value: Any) -> Any:
    """A value in the words of a spec: 1 / 255 is written so."""
    if isinstance(value, float):
        for by in _RECIPROCALS:
            if math.isclose(value, 1 / by, rel_tol=1e-9):
                return f"${{1 / {by:g}}}"
        return int(value) if value.is_integer() and abs(value) < 1e9 else value
    if isinstance(value, Mapping):
        return {key: value_of(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [value_of(each) for each in value]
    if isinstance(value, str) and "$" in value and not value.startswith("$"):
        return value.replace("$", "$$")
    return value


def input_of(given: ForeignInput) -> Any:
    """An input as a spec writes it."""
    shape = list(given.shape)
    return shape if given.dtype == "float32" else {"shape": shape, "dtype": given.dtype}


def model_of(stages: Sequence[tuple[str, Row]]) -> Any:
    """The model: titled lists, or one list."""
    if len(stages) == 1 and not stages[0][0]:
        return entries(stages[0][1])
    return {title: entries(row) for title, row in stages}
