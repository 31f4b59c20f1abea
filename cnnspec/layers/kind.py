"""What is written as `name`, `name: first argument` or `name: {arguments}`.

Layers, initializers, regularizers, activations, optimizers, losses and metrics are all of this form.
A family is a base class; each kind of it is a subclass whose fields are the arguments, spelled and
defaulted as in Keras. A field that takes a member of a family is annotated `Annotated[Family, of(Family)]`.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from pydantic_core import CoreSchema, PydanticCustomError, ValidationError, core_schema

from cnnspec.layers.marks import Inner, InnerSchema, Mark, Schema
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import suggestion
from cnnspec.source.values import show


def invalid(expected: str, at: tuple[int | str, ...] = (), help: str = "") -> PydanticCustomError:
    """What a field's validator raises: what was expected, and where inside the field it was not met."""
    return PydanticCustomError("invalid", "expected {expected}", {"expected": expected, "at": at, "help": help})


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

    def written(self) -> dict[str, Any]:
        """The arguments that were written."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


def read_kind(family: str, members: Mapping[str, type[Kind]], value: object) -> Kind:
    """The member that `value` writes down; raises what pydantic reports with the place inside the value."""
    if isinstance(value, Kind) and type(value) in members.values():
        return value
    name, argument = _split(family, members, value)
    member = members.get(name)
    if member is None:
        at = () if isinstance(value, str) else (name,)
        raise _unknown_kind(family, members, name, at)
    try:
        return member.model_validate(_arguments(member, argument))
    except ValidationError as error:
        _nest(error, name, member, argument)


def _plural(family: str) -> str:
    return f"{family}es" if family.endswith("s") else f"{family}s"


_NOTHING = object()
_CALL = re.compile(r"\s*(\w+)\((.*)\)\s*\Z")


def _unknown_kind(
    family: str, members: Mapping[str, type[Kind]], name: str, at: tuple[str, ...]
) -> PydanticCustomError:
    call = _CALL.match(name)
    if call and call[1] in members:
        help = f"write {{{call[1]}: {call[2]}}}" if call[2] else f"write {call[1]}"
    else:
        help = suggestion(name, members)
    return PydanticCustomError(
        "unknown_kind", "there is no such kind", {"family": family, "name": name, "at": at, "help": help}
    )


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


def _nest(error: ValidationError, name: str, member: type[Kind], argument: object) -> NoReturn:
    """Hand the errors of a member's arguments on, with their place below `name`."""
    named = isinstance(argument, dict) or argument is _NOTHING or argument is None
    errors = [
        {**detail, "loc": (name, *(detail["loc"] if named else detail["loc"][1:]))}
        for detail in error.errors(include_url=False)
    ]
    raise PydanticCustomError("nested", "{count} mistakes", {"count": len(errors), "errors": errors, "model": member})


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
