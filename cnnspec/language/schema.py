"""The JSON Schema of a whole spec, draft-07, with which editors complete and check while typing.

Made from the models that check specs, so that it cannot lag behind them. What it cannot know it lets pass: names,
shapes, whatever is computed. A one-key map whose key is no layer may be a block of the spec, or of one that it
extends; only a spec that has neither can have an unknown layer refused. What an entry needs may come from `defaults`,
those of a base perhaps. So every definition that holds entries exists three times, and the top of the schema chooses.
"""

from collections.abc import Mapping
from typing import Any

from cnnspec.language.augmentation import Augmentation
from cnnspec.language.composites import Composite, EntryArguments
from cnnspec.language.data import SOURCES
from cnnspec.language.draft7 import COMPUTED, NULL, Schema, Translation
from cnnspec.language.keys import DTYPES, FACTS, NAME_PATTERN, TOP_LEVEL, WORD_PATTERN
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.pretrained import KERAS_APPLICATIONS, NAMED, SETS
from cnnspec.language.schedules import Schedule
from cnnspec.language.schema_kinds import after_kind, defaults_schema, family_of, one_key, summary, words
from cnnspec.language.training import Training
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.initializer import Initializer, Regularizer
from cnnspec.layers.kind import Kind
from cnnspec.layers.norm import NORMS

LAYER_FAMILIES: dict[str, Mapping[str, type[Kind]]] = {
    "activation": Nonlinearity.members,
    "initializer": Initializer.members,
    "regularizer": Regularizer.members,
    "norm": NORMS,
}
"""Families whose members are arguments of layers."""

TRAINING_FAMILIES: dict[str, Mapping[str, type[Kind]]] = {
    "optimizer": Optimizer.members,
    "schedule": Schedule.members,
    "loss": Loss.members,
    "metric": Metric.members,
    "augmentation": Augmentation.members,
}
"""Families that `training` and `data` use."""

_ENTRIES = ("entries", "entry", "branch", "model")
_WITH_BLOCKS = {name: f"{name}_with_blocks" for name in _ENTRIES}
_WITH_DEFAULTS = {name: f"{name}_with_defaults" for name in _ENTRIES}
_WORD = f"^{WORD_PATTERN}$"
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_RESULT: Schema = {"type": ["string", "number", "boolean", "null"], "minLength": 1}
_ANY_MAP: Schema = {"type": "object"}


def spec_schema() -> Schema:
    """JSON Schema draft-07 of a spec."""
    definitions: dict[str, Schema] = {"computed": _computed()}
    layers, sections = Translation(), Translation(removable=True)
    for family, members in LAYER_FAMILIES.items():
        definitions[family] = family_of(layers, members)
    for family, members in TRAINING_FAMILIES.items():
        definitions[family] = family_of(sections, members)
    for kind, layer in LAYERS.items():
        definitions[f"layer_{kind}"] = _layer(layers, layer)
    definitions |= _entry_definitions(layers, {}, blocks=False)
    definitions |= _entry_definitions(layers, _WITH_BLOCKS, blocks=True)
    definitions |= _entry_definitions(layers, _WITH_DEFAULTS, blocks=True, needs=False)
    definitions |= _sections(sections)
    definitions |= defaults_schema(layers)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnnspec spec",
        "description": "A convolutional network and its training, in version 1 of the cnnspec language.",
        "type": "object",
        "required": ["cnnspec"],
        "properties": {key: {"description": text, **_top_level(key)} for key, text in TOP_LEVEL.items()},
        "additionalProperties": False,
        "allOf": _conditions(),
        "definitions": {**definitions, **layers.definitions, **sections.definitions},
    }


def _conditions() -> list[Schema]:
    """What depends on whether other keys are there."""
    without = {"properties": {"model": {"$ref": "#/definitions/model"}}}
    by_blocks = {"if": _has("blocks"), "then": _with("blocks"), "else": without}
    whole = {"required": ["inputs", "model"], "properties": {"data": {"$ref": "#/definitions/whole_data"}}}
    return [
        {"if": {"anyOf": [_has("defaults"), _has("extends")]}, "then": _with("defaults"), "else": by_blocks},
        {"if": {"not": _has("extends")}, "then": whole},
    ]


def _with(what: str) -> Schema:
    """A model and blocks whose entries may be blocks, and may leave out what `defaults` say."""
    blocks = {"anyOf": [_map_of({"$ref": f"#/definitions/block_with_{what}"}, named=True), NULL]}
    return {"properties": {"model": {"$ref": f"#/definitions/model_with_{what}"}, "blocks": blocks}}


def _has(key: str) -> Schema:
    return {"required": [key]}


def _computed() -> Schema:
    return {
        "description": "A variable, `$name`, or a text with arithmetic in it, `${2 * name}`.",
        "type": "string",
        "pattern": r"^\$[A-Za-z]|\$\{",
    }


def _top_level(key: str) -> Schema:
    """What a top-level key may hold, but for `model`, which depends on others."""
    removable: dict[str, Schema] = {
        "vars": _map_of({}, named=True),
        "variants": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
        "default_variant": _TEXT,
        "blocks": {"type": "object"},
        "inputs": _or_computed(_map_of({"$ref": "#/definitions/input"}, named=True)),
        "outputs": _or_computed(_map_of(_value(_RESULT), named=True)),
        "data": _or_computed({"$ref": "#/definitions/data"}),
        "training": _or_computed({"$ref": "#/definitions/training"}),
        "expect": _or_computed(_expect()),
        "pretrained": _pretrained(),
        "defaults": {"$ref": "#/definitions/defaults"},
    }
    fixed: dict[str, Schema] = {
        "cnnspec": {"const": 1},
        "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
        "description": _TEXT,
        "reference": _TEXT,
        "extends": {"type": "string", "minLength": 1},
        "model": {},
    }
    return fixed[key] if key in fixed else {"anyOf": [removable[key], NULL]}


def _map_of(value: Schema, named: bool = False) -> Schema:
    if named:
        return {"type": "object", "patternProperties": {_WORD: value}, "additionalProperties": False}
    return {"type": "object", "additionalProperties": value}


def _or_computed(schema: Schema) -> Schema:
    return {"anyOf": [schema, COMPUTED]}


def _value(schema: Schema) -> Schema:
    return {"anyOf": [schema, COMPUTED, NULL]}


def _expect() -> Schema:
    number = {"anyOf": [{"type": "number", "minimum": 0}, COMPUTED]}
    output = {"anyOf": [{"type": "array"}, {"type": "object"}, COMPUTED]}
    facts = {name: {"description": text, **(output if name == "output" else number)} for name, text in FACTS.items()}
    of_variant = {"type": "object", "properties": facts, "additionalProperties": False}
    return {"type": "object", "properties": facts, "additionalProperties": of_variant}


def _pretrained() -> Schema:
    named: Schema = {
        "type": "object",
        "properties": {"keras": {"description": NAMED, "enum": list(KERAS_APPLICATIONS)}},
        "required": ["keras"],
        "additionalProperties": False,
    }
    by_variant = {"type": "object", "not": {"required": ["keras"]}, "additionalProperties": {"anyOf": [named, NULL]}}
    sets = {name: {"description": text, "anyOf": [named, by_variant, NULL]} for name, text in SETS.items()}
    return {"type": "object", "properties": sets, "additionalProperties": False}


def _layer(translation: Translation, layer: type[Kind]) -> Schema:
    """A layer's arguments together with those of every entry; none is required yet, for the use in `first`."""
    own, common = translation.arguments(layer), _common(translation, f"layer_{layer.kind}")
    return {"type": "object", "properties": own["properties"] | common, "additionalProperties": False}


def _common(translation: Translation, first: str | None) -> dict[str, Schema]:
    properties: dict[str, Schema] = translation.arguments(EntryArguments)["properties"]
    arguments = {"$ref": f"#/definitions/{first}"} if first else _ANY_MAP
    ends = {name: {"description": properties[name]["description"], "anyOf": [arguments]} for name in ("first", "last")}
    return properties | ends


def _entry_definitions(
    layers: Translation, names: dict[str, str], blocks: bool, needs: bool = True
) -> dict[str, Schema]:
    """The definitions that hold entries; `needs`: whether each says itself what it needs."""
    kinds = {kind: _layer_entry(layers, layer, needs) for kind, layer in LAYERS.items()}
    translation = Translation(names)
    kinds |= {kind: _composite_entry(translation, member, needs) for kind, member in Composite.members.items()}
    alone = [kind for kind, schema in kinds.items() if NULL in schema["anyOf"]]
    entry = {"$ref": f"#/definitions/{names.get('entry', 'entry')}"}
    listed = {"type": "array", "items": entry}
    alone_or_computed = [*words(kinds, alone), COMPUTED]
    block = {"description": "A block of this spec."} if blocks else None
    if blocks:
        alone_or_computed.append({"type": "string", "pattern": _WORD})
    filled = {**listed, "minItems": 1}
    stages = {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [filled, NULL]}}
    made: dict[str, Schema] = {
        "entry": {"anyOf": [*alone_or_computed, one_key(kinds, alone, block)]},
        "entries": filled,
        "branch": listed,
        "model": {"anyOf": [stages, filled, NULL]},
    }
    return {names.get(name, name): schema for name, schema in made.items()}


def _layer_entry(translation: Translation, layer: type[Kind], needs: bool) -> Schema:
    own = translation.arguments(layer) if needs else _open(translation.arguments(layer))
    arguments: Schema = {"$ref": f"#/definitions/layer_{layer.kind}"}
    if "required" in own:
        arguments = {"allOf": [arguments, {"type": "object", "required": own["required"]}]}
    choices = [arguments, *after_kind(translation, layer, own)[1:]]
    return {"description": summary(layer), "anyOf": choices}


def _composite_entry(translation: Translation, member: type[Kind], needs: bool) -> Schema:
    own = translation.arguments(member) if needs else _open(translation.arguments(member))
    own["properties"] |= _common(translation, None)
    own["properties"] = {name: _entries_alone(schema) for name, schema in own["properties"].items()}
    return {"description": summary(member), "anyOf": after_kind(translation, member, own)}


def _entries_alone(schema: Schema) -> Schema:
    """Lists of entries are written out, never computed."""
    choices = [choice for choice in schema["anyOf"] if not str(choice.get("$ref", "")).endswith("computed")]
    return {**schema, "anyOf": choices} if any("entries" in choice.get("$ref", "") for choice in choices) else schema


def _sections(translation: Translation) -> dict[str, Schema]:
    """`data` and `training`, `block` and `input`."""
    data = {f"data_{source}": _open(translation.arguments(model)) for source, model in SOURCES.items()}
    required = {source: translation.arguments(model)["required"] for source, model in SOURCES.items()}
    source = {"description": "Where the examples come from.", "anyOf": [{"enum": list(SOURCES)}, COMPUTED, NULL]}
    return {
        **data,
        "data": {
            "type": "object",
            "properties": {"source": source},
            "allOf": [_if_source(name, {"$ref": f"#/definitions/data_{name}"}) for name in SOURCES],
        },
        "whole_data": {
            "required": ["source"],
            "allOf": [_if_source(name, {"required": names}) for name, names in required.items()],
        },
        "training": _open(translation.arguments(Training)),
        **{f"block_with_{what}": _block(f"entries_with_{what}") for what in ("blocks", "defaults")},
        "input": _input(),
    }


def _open(arguments: Schema) -> Schema:
    """Nothing required: a spec that extends another writes only what differs."""
    return {key: value for key, value in arguments.items() if key != "required"}


def _if_source(name: str, then: Schema) -> Schema:
    return {"if": {"properties": {"source": {"const": name}}, "required": ["source"]}, "then": then}


def _block(entries: str) -> Schema:
    params = "Parameter -> default, or `required`; used in the layers as `$name`."
    layers = "The entries that the block stands for."
    return {
        "type": ["object", "null"],
        "properties": {
            "params": {"description": params, **_map_of({}, named=True)},
            "layers": {"description": layers, "allOf": [{"$ref": f"#/definitions/{entries}"}]},
        },
        "additionalProperties": False,
    }


def _input() -> Schema:
    size = {"anyOf": [{"type": "integer", "minimum": 1}, NULL, COMPUTED]}
    shape: dict[str, Any] = {"anyOf": [{"type": "array", "items": size, "maxItems": 6}, COMPUTED]}
    named: Schema = {
        "type": "object",
        "properties": {
            "shape": {"description": "Sizes without the batch axis; null is an unknown length.", **shape},
            "dtype": {"description": "The type of the numbers.", "anyOf": [{"enum": list(DTYPES)}, COMPUTED, NULL]},
        },
        "additionalProperties": False,
    }
    return {"anyOf": [*shape["anyOf"], named, NULL]}
