"""Sections about kinds: a layer, a family of optimizers."""

import re
from collections.abc import Mapping
from inspect import cleandoc

from cnnspec.layers.examples import summary_of
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields
from cnnspec.reports.explain.plain_math import plain_equation
from cnnspec.reports.reference.phrases import field_table

_YAML = re.compile(r"```yaml\n.*?```", re.DOTALL)


def kind_section(name: str, member: type[Kind], level: int = 3) -> str:
    """A heading, the docstring, its examples, what the first argument is, the arguments of its own."""
    arguments = field_table(member, member.shared_arguments())
    said = [summary_of(member), *_formula(member), *examples(member)]
    parts = [f"{'#' * level} {name}", *said, _first(name, member), arguments]
    return "\n\n".join(part for part in parts if part)


def _formula(member: type[Kind]) -> list[str]:
    """What a layer, or an activation, computes, in the signs of `cnnspec explain`; nothing where arguments decide."""
    text = getattr(member, "formula", "")
    if not isinstance(text, str) or not text:
        return []
    lines = (f"{plain_equation(each)}    {each.said and f'({each.said})'}".rstrip() for each in read_formula(text))
    return ["\n".join(["```text", *lines, "```"])]


def family_section(title: str, family: type[Kind], intro: str) -> str:
    """A family: what all members take; those without arguments of their own in a list; the others one by one."""
    shared = field_table(family)
    sections = [f"## {title}", intro, *([f"Every one takes:\n\n{shared}"] if shared else [])]
    return "\n\n".join([*sections, *_members(family.members)])


def members_section(title: str, members: Mapping[str, type[Kind]], intro: str) -> str:
    """A choice of kinds under names of their own, whose arguments are described elsewhere."""
    lines = "\n".join(f"- `{name}`: {_line(member)}" for name, member in members.items())
    return "\n\n".join([f"## {title}", intro, lines])


def _members(members: Mapping[str, type[Kind]]) -> list[str]:
    plain = {name: member for name, member in members.items() if not _own(member)}
    lines = [f"- `{name}`: {_line(member)}" for name, member in plain.items()]
    sections = [kind_section(name, member) for name, member in members.items() if name not in plain]
    return ["\n".join(lines), *sections] if lines else sections


def examples(member: type[Fields]) -> list[str]:
    """The examples of a docstring, as Markdown."""
    return _YAML.findall(cleandoc(member.__doc__ or ""))


def _own(member: type[Kind]) -> bool:
    return bool(set(member.model_fields) - member.shared_arguments() - set(_family_of(member).model_fields))


def _family_of(member: type[Kind]) -> type[Kind]:
    """The class that a member's family begins with."""
    bases = [base for base in member.__mro__ if issubclass(base, Kind) and base.family == member.family]
    return bases[-1]


def _line(member: type[Kind]) -> str:
    return " ".join(summary_of(member).split())


def _first(name: str, member: type[Kind]) -> str:
    first = member.first_argument()
    required = {field for field, info in member.model_fields.items() if info.is_required()}
    return f"`{name}: value` sets `{first}`." if first is not None and required <= {first} else ""
