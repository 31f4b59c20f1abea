"""The JSON Schema of `defaults`: kinds with the arguments that their entries may leave out."""

from cnnspec.language.check import argument_names
from cnnspec.language.composites import Composite, EntryArguments
from cnnspec.language.draft7 import COMPUTED, NULL, Schema, Translation
from cnnspec.language.kind_defaults import INHERITED, KINDS, ONLY
from cnnspec.language.schema_kinds import summary
from cnnspec.layers import LAYERS
from cnnspec.layers.kind import Kind


def defaults_schema(translation: Translation) -> dict[str, Schema]:
    """One map of kind to arguments, or one for each part of a spec, which names its stages and blocks."""
    flag: Schema = {"description": "Whether they are those of what extends the spec, too.", "type": "boolean"}
    kinds = {INHERITED: flag, **_kinds(translation)}
    one: Schema = {"type": "object", "properties": kinds, "additionalProperties": False}
    of_all: Schema = {"$ref": "#/definitions/kind_defaults"}
    parts: dict[str, Schema] = {
        KINDS: {"description": "Kind -> arguments.", "allOf": [of_all]},
        ONLY: {"description": "`model.STAGE` and `blocks.NAME`.", "type": "array", "items": {"type": "string"}},
    }
    part: Schema = {"type": "object", "properties": parts, "required": [*parts], "additionalProperties": False}
    common = [{"required": [name]} for name in argument_names(EntryArguments)]
    return {
        "no_entry_arguments": {"not": {"anyOf": common}},
        "kind_defaults": one,
        "defaults": {"anyOf": [of_all, {"type": "array", "items": part}, COMPUTED]},
    }


def _kinds(translation: Translation) -> dict[str, Schema]:
    kinds: dict[str, Schema] = {}
    for kind, layer in LAYERS.items():
        named = {"allOf": [{"$ref": f"#/definitions/layer_{kind}"}, {"$ref": "#/definitions/no_entry_arguments"}]}
        kinds[kind] = _by_name_or_first(translation.arguments(layer)["properties"], layer, named)
    for kind, member in Composite.members.items():
        assert issubclass(member, Composite)
        own = translation.arguments(member)["properties"]
        own = {name: schema for name, schema in own.items() if name not in member.in_place}
        kinds[kind] = _by_name_or_first(
            own, member, {"type": "object", "properties": own, "additionalProperties": False}
        )
    return kinds


def _by_name_or_first(own: dict[str, Schema], kind: type[Kind], named: Schema) -> Schema:
    first = kind.first_argument()
    alone = own[first]["anyOf"] if first in own else []
    return {"description": summary(kind), "anyOf": [named, *alone, COMPUTED, NULL]}
