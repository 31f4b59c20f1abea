"""What is written as `name`, `name: first argument` or `name: {arguments}`.

Layers, initializers, regularizers, activations, optimizers, losses and metrics are all of this form.
A family is a base class; each kind of it is a subclass whose fields are the arguments, spelled and
defaulted as in Keras. A field that takes a member of a family is annotated `Annotated[Family, of(Family)]`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic_core import CoreSchema, PydanticCustomError, ValidationError, core_schema

from cnnspec.layers.foreign_names import our_argument
from cnnspec.layers.instead import instead
from cnnspec.layers.marks import Inner, InnerSchema, Mark, Schema
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import likely, nearest, suggestion
from cnnspec.source.scalar import resolve_scalar
from cnnspec.source.values import show


def invalid(expected: str, at: tuple[int | str, ...] = (), help: str = "", write: str = "") -> PydanticCustomError:
    """What a field's validator raises: what was expected, and where inside the field it was not met.

    `write` is what to put in place of the value that stands there; `help` what else there is to say of it.
    """
    context = {"expected": expected, "at": at, "help": help, "write": write}
    return PydanticCustomError("invalid", "expected {expected}", context)


class Kind(Fields):
    """A member of a family; `kind` is how it is written."""

    kind: ClassVar[str] = ""
    family: ClassVar[str] = ""
    members: ClassVar[dict[str, type["Kind"]]] = {}

    def __init_subclass__(cls, kind: str = "", family: str = "", hidden: bool = False, **options: Any) -> None:
        """Register the kind in its family; a hidden one is for the program alone and cannot be written."""
        super().__init_subclass__(**options)
        if family:
            cls.family, cls.members = family, {}
        if kind:
            cls.kind = kind
        if kind and not hidden:
            cls.members[kind] = cls

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that `kind: value` sets: the first one that the kind itself declares."""
        shared = cls.shared_arguments()
        return next((name for name in cls.about.nearest_first if name not in shared), None)

    @classmethod
    def shared_arguments(cls) -> frozenset[str]:
        """Arguments that every member of the family takes."""
        return frozenset()

    @classmethod
    def own_name(cls, word: str) -> str | None:
        """The argument that a word stands for: its own name, another word for it, or nearly one of these."""
        names = cls.about.written_names
        return word if word in names else other_word(cls, cls.kind, word) or nearest(word, names)

    def written(self) -> dict[str, Any]:
        """The arguments that were written."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


def other_word(model: type[Fields], called: str, word: str) -> str | None:
    """The argument that is called so elsewhere, of a model that messages call `called`."""
    meant = model.renamed.get(word.lower()) or our_argument(called, word)
    return meant if meant in model.about.written_names else None


def read_kind(family: str, members: Mapping[str, type[Kind]], value: object) -> Kind:
    """The member that `value` writes down; raises what pydantic reports with the place inside the value."""
    if isinstance(value, Kind) and type(value) in members.values():
        return value
    name, argument = _split(family, members, value)
    member = members.get(name)
    if member is None:
        raise _unknown_kind(family, members, name, argument)
    try:
        return member.model_validate(_arguments(member, argument))
    except ValidationError as error:
        raise _nested(_below(error, name, member, argument), member) from None


def _plural(family: str) -> str:
    return f"{family}es" if family.endswith("s") else f"{family}s"


_NOTHING = object()
_CALL = re.compile(r"\s*(\w+)\((.*)\)\s*\Z")
_IN_YAML = {"True": "true", "False": "false", "None": "null"}


def _unknown_kind(family: str, members: Mapping[str, type[Kind]], name: str, argument: object) -> PydanticCustomError:
    """A word that is no kind; what is wrong with its arguments, too, where it is plain which kind was meant."""
    alone = argument is _NOTHING
    write, so, help = _meant(family, members, name, alone)
    at = () if alone else (name,)
    context = {"family": family, "name": name, "at": at, "help": help, "write": write, "so": so}
    unknown = PydanticCustomError("unknown_kind", "there is no such kind", context)
    member = members.get(write)
    if member is None or not isinstance(argument, dict):
        return unknown
    try:
        member.model_validate(argument)
    except ValidationError as error:
        mine = {"type": "unknown_kind", "loc": (), "msg": "", "ctx": context, "input": name}
        return _nested([mine, *_below(error, name, member, argument)], member)
    return unknown


def _meant(family: str, members: Mapping[str, type[Kind]], name: str, alone: bool) -> tuple[str, str, str]:
    """What to write in place of a word, what is said beside it, and else what to do."""
    if call := _CALL.match(name):
        return _called(members, call[1], call[2])
    if found := instead(family, name):
        takes = found.text and (alone or found.text in members)
        return (found.text, found.so, "") if takes else ("", "", found.help)
    words = likely(name, members)
    return (words[0], "", "") if len(words) == 1 else ("", "", suggestion(name, members))


def _called(members: Mapping[str, type[Kind]], name: str, arguments: str) -> tuple[str, str, str]:
    """What a call in Python means, as in adam(lr=0.1), where its arguments are ours, or other words for ours."""
    member = next((members[word] for word in likely(name, members)[:1]), None)
    if member is None:
        return "", "", suggestion(name, members)
    if not arguments.strip():
        return member.kind, "", ""
    given = dict(_given(member, arguments))
    try:
        member.model_validate({key: resolve_scalar(value) for key, value in given.items()})
    except ValidationError:
        return "", "", f"write {{{member.kind}: {{argument: value}}}}"
    return f"{{{member.kind}: {{{', '.join(f'{key}: {value}' for key, value in given.items())}}}}}", "", ""


def _given(member: type[Kind], arguments: str) -> Iterator[tuple[str, str]]:
    """The arguments of a call by the names that they have here, as YAML has them."""
    for number, part in enumerate(arguments.split(",")):
        word, equals, value = part.partition("=")
        name = member.own_name(word.strip()) if equals else member.first_argument() if not number else None
        text = (value or word).strip().strip("'\"")
        yield name or word.strip(), _IN_YAML.get(text, text)


def _split(family: str, members: Mapping[str, type[Kind]], value: object) -> tuple[str, object]:
    if isinstance(value, str):
        return value, _NOTHING
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    if isinstance(value, dict):
        raise invalid(f"one {family} with its arguments, as in {{name: {{argument: value}}}}")
    raise invalid(f"the name of one of the {_plural(family)}", help=suggestion(show(value), members))


def _arguments(member: type[Kind], argument: object) -> dict[str, object]:
    if argument is _NOTHING or argument is None:
        return {}
    if isinstance(argument, dict):
        return argument
    first = member.first_argument()
    if first is None:
        raise invalid(f"no arguments, since {member.kind} has none", (member.kind,))
    return {first: argument}


def _below(error: ValidationError, name: str, member: type[Kind], argument: object) -> list[dict[str, Any]]:
    """The errors of a member's arguments with their place below `name`."""
    named = isinstance(argument, dict) or argument is _NOTHING or argument is None
    return [
        {**detail, "loc": (name, *(detail["loc"] if named else detail["loc"][1:]))}
        for detail in error.errors(include_url=False)
    ]


def _nested(errors: list[dict[str, Any]], member: type[Kind]) -> PydanticCustomError:
    """The errors of a member's arguments as one."""
    return PydanticCustomError("nested", "{count} mistakes", {"count": len(errors), "errors": errors, "model": member})


class Of(Mark):
    """Marks a field that takes a member of a family: `Annotated[Initializer, of(Initializer)]`.

    `members` may be another choice than the family's own, by other names; `family` is then its name.
    """

    def __init__(self, family: str, members: Mapping[str, type[Kind]]) -> None:
        self.family, self.members = family, members

    def core(self, inner: Inner) -> CoreSchema:
        """The member that the value writes down."""
        return core_schema.no_info_plain_validator_function(lambda value: read_kind(self.family, self.members, value))

    def json(self, inner: InnerSchema) -> Schema:
        """The family, whose schema stands elsewhere."""
        return {"definition": self.family}


def of(family: type[Kind]) -> Of:
    """The mark of a field that takes any member of the family."""
    return Of(family.family, family.members)
