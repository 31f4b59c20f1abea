"""The JSON Schema of kinds, a word or a map of one key with the arguments below it; and of `defaults` for these."""

from collections.abc import Mapping, Sequence

from cnnspec.language.check import argument_names
from cnnspec.language.composites import Composite, EntryArguments
from cnnspec.language.draft7 import COMPUTED, NULL, Schema, Translation
from cnnspec.language.keys import WORD_PATTERN
from cnnspec.language.kind_defaults import INHERITED, KINDS, ONLY
from cnnspec.layers import LAYERS
from cnnspec.layers.examples import summary_of
from cnnspec.layers.kind import Kind


def family_of(translation: Translation, members: Mapping[str, type[Kind]]) -> Schema:
    """A name, or a name with its arguments or its first argument."""
    arguments = {kind: translation.arguments(member) for kind, member in members.items()}
    alone = [kind for kind, schema in arguments.items() if "required" not in schema]
    written = {
        kind: {"description": summary(members[kind]), "anyOf": after_kind(translation, members[kind], schema)}
        for kind, schema in arguments.items()
    }
    return {"anyOf": [*words(written, alone), one_key(written, alone)]}


def after_kind(translation: Translation, member: type[Kind], arguments: Schema) -> list[Schema]:
    """What may stand after `kind:`: the arguments by name, the first argument, or nothing."""
    first = member.first_argument()
    required = set(arguments.get("required", ()))
    choices = [arguments]
    if first is not None and required <= {first}:
        choices += arguments["properties"][first]["anyOf"]
    return choices if required else [*choices, NULL]


def words(kinds: Mapping[str, Schema], alone: Sequence[str]) -> list[Schema]:
    """The kinds that are written as a word, each with what it does, which an enum could not tell."""
    return [{"const": kind, "description": kinds[kind]["description"]} for kind in alone]


def one_key(kinds: Mapping[str, Schema], alone: Sequence[str], others: Schema | None = None) -> Schema:
    """A map of one kind.

    What may stand `alone` is offered as a word; were it a property too, editors would make `flatten: flatten` of both.
    """
    patterns: Schema = {f"^{kind}$": schema for kind, schema in kinds.items() if kind in alone}
    patterns |= {r"^\$": {}} if others is None else {r"^\$": others, _but(alone): others}
    properties = {kind: schema for kind, schema in kinds.items() if kind not in alone}
    single: Schema = {"type": "object", "minProperties": 1, "maxProperties": 1}
    return {**single, "properties": properties, "patternProperties": patterns, "additionalProperties": False}


def summary(member: type[Kind]) -> str:
    """What a kind does, on one line."""
    return summary_of(member).split("\n\n")[0].replace("\n", " ")


def _but(words: Sequence[str]) -> str:
    """The pattern of all words but these."""
    return f"^(?!(?:{'|'.join(words)})$){WORD_PATTERN}$"


def defaults_schema(translation: Translation) -> dict[str, Schema]:
    """Kinds with the arguments that their entries may leave out.

    One map of kind to arguments, or one for each part of a spec, which names its stages and blocks.
    """
    flag: Schema = {"description": "Whether they are those of what extends the spec, too.", "type": "boolean"}
    kinds = {INHERITED: flag, **_defaults_of_kinds(translation)}
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


def _defaults_of_kinds(translation: Translation) -> dict[str, Schema]:
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
