"""Calls and assignments with values as a spec has them."""

from collections.abc import Mapping
from typing import Any

from cnnspec.reports.code.syntax import Assign, Call, Expression, Keyword, Literal, Name, Variable


def assigned(name: str, value: Expression) -> Assign:
    """Give a name a value."""
    return Assign((Variable(name=name),), value)


def call(function: str, *positional: Any, **named: Any) -> Call:
    """A function of this name, called with values."""
    return Call(Name(function), tuple(Literal(each) for each in positional), keywords(named))


def keywords(written: Mapping[str, Any], of: Any = None) -> tuple[Keyword, ...]:
    """Arguments by name; of a section those that are not its default."""
    defaults = {name: info.default for name, info in type(of).model_fields.items()} if of is not None else {}
    return tuple(
        Keyword(name, Literal(value))
        for name, value in written.items()
        if name not in defaults or defaults[name] != value
    )
