"""Stages, blocks and defaults as the document of a spec: maps, lists, words and numbers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnspec.foreign.blocks import Block
from cnnspec.foreign.items import Item, Row
from cnnspec.foreign.network import ForeignInput
from cnnspec.foreign.skeletons import WHEN
from cnnspec.language.composites import Composite
from cnnspec.layers import LAYERS

_RECIPROCALS = (255.0, 127.5)


def block_of(block: Block) -> dict[str, Any]:
    """A block as a spec writes it."""
    held = {"layers": entries(block.layers)}
    return (
        {"params": {name: value_of(value) for name, value in block.parameters.items()}, **held}
        if block.parameters
        else held
    )


def entry(item: Item) -> Any:
    """An entry as a spec writes it."""
    arguments = {key: value_of(item.arguments[key]) for key in _ordered(item)}
    arguments |= _held(item)
    arguments |= {key: value_of(value) for key, value in item.uses.items() if value is not True}
    if item.name:
        arguments["name"] = item.name
    if item.origin:
        arguments["from"] = item.origin[0] if len(item.origin) == 1 else list(item.origin)
    if not arguments:
        return item.kind
    if len(arguments) == 1 and (only := _only(item)) in arguments and not isinstance(arguments[only], Mapping):
        return {item.kind: arguments[only]}
    return {item.kind: arguments}


def _ordered(item: Item) -> list[str]:
    """The arguments of an entry: those that it needs first, then as they are declared."""
    if item.kind not in LAYERS:
        return list(item.arguments)
    fields = LAYERS[item.kind].model_fields
    near = LAYERS[item.kind].about.nearest_first
    known = [name for name in near if fields[name].is_required()] + list(_LAST)
    return sorted(
        item.arguments,
        key=lambda name: known.index(name) if name in known[: -len(_LAST)] else len(known) + (name in _LAST),
    )


_LAST = ("norm", "activation")


def entries(row: Row) -> list[Any]:
    """The entries of a row, without those that are not there."""
    return [entry(item) for item in row if item.uses.get(WHEN) is not False]


def _held(item: Item) -> dict[str, Any]:
    """What a composite holds."""
    if item.kind == "residual":
        held = {name: entries(row) for name, row in item.parts}
        return {**({"shortcut": held["shortcut"]} if held.get("shortcut") else {}), "layers": held["main"]}
    if item.parts and "for" in item.arguments:
        return {"layers": entries(item.parts[0][1])}
    if item.parts:
        return {"branches": [entries(row) for _, row in item.parts]}
    return {}


def _only(item: Item) -> str:
    """The argument that may stand alone."""
    if item.kind in LAYERS:
        return LAYERS[item.kind].first_argument() or ""
    if item.kind in Composite.members:
        return Composite.members[item.kind].first_argument() or ""
    return (
        next(iter(item.arguments), "") if len(item.arguments) == 1 and item.first == next(iter(item.arguments)) else ""
    )


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
