"""Expressions and statements as Python's text."""

from collections.abc import Iterator
from typing import Any

from cnnspec.reports.code.brackets import INDENT, Doc, bracketed, called, laid_out
from cnnspec.reports.code.syntax import (
    Assign,
    Call,
    Chosen,
    Comment,
    Do,
    Expression,
    Formatted,
    Line,
    Listed,
    Literal,
    Loop,
    Mapped,
    Name,
    Operation,
    Part,
    Ref,
    Return,
    Statement,
    Symbol,
    When,
)
from cnnspec.reports.safe import shown

_CLOSING = {"[": "]", "(": ")"}


def lines(statements: tuple[Statement, ...], indent: int) -> Iterator[str]:
    """Statements, each of one or more lines, `indent` spaces in."""
    for number, statement in enumerate(statements):
        if isinstance(statement, Comment):
            if statement.apart and number:
                yield ""
            yield f"{' ' * indent}# {shown(statement.text)}".rstrip()
        elif isinstance(statement, When | Loop):
            yield laid_out(_heading(statement), indent)
            yield from lines(statement.body, indent + INDENT)
        else:
            yield laid_out(_simple(statement), indent)


def _heading(statement: When | Loop) -> tuple[Doc, ...]:
    if isinstance(statement, When):
        return ("if ", *written(statement.condition), ":")
    return (f"for {statement.index} in ", *written(statement.over), ":")


def _simple(statement: Statement) -> tuple[Doc, ...]:
    if isinstance(statement, Assign):
        return (", ".join(target.name for target in statement.targets), " = ", *written(statement.value))
    if isinstance(statement, Return):
        return ("return ", *written(statement.value))
    if isinstance(statement, Line):
        return (statement.text,)
    if isinstance(statement, Do):
        return written(statement.value)
    raise TypeError(type(statement).__name__)


def written(expression: Expression) -> tuple[Doc, ...]:
    """An expression, with the places at which it can be broken."""
    if isinstance(expression, Literal):
        return literal(expression.value)
    if isinstance(expression, Name):
        return (expression.text,)
    if isinstance(expression, Ref):
        return (expression.variable.name,)
    if isinstance(expression, Formatted):
        return (_formatted(expression),)
    if isinstance(expression, Listed):
        items = tuple(written(item) for item in expression.items)
        return (bracketed(expression.brackets[0], items, expression.brackets[1]),)
    if isinstance(expression, Mapped):
        pairs = tuple((quoted(key), ": ", *written(value)) for key, value in expression.items)
        return (bracketed("{", pairs, "}"),)
    if isinstance(expression, Call):
        return _call(expression)
    if isinstance(expression, Operation):
        return (*written(expression.left), f" {expression.operator} ", *written(expression.right))
    if isinstance(expression, Chosen):
        return (*written(expression.one), " if ", *written(expression.condition), " else ", *written(expression.other))
    if isinstance(expression, Part):
        return (*written(expression.of), expression.text)
    raise TypeError(type(expression).__name__)


def _call(call: Call) -> tuple[Doc, ...]:
    arguments = [written(each) for each in call.positional]
    arguments += [(f"{each.name}=", *written(each.value)) for each in call.keywords if not _left_out(each)]
    return (*written(call.function), called(tuple(arguments)))


def _left_out(keyword: Any) -> bool:
    """Whether an argument is what it is without being written."""
    value = keyword.value
    return bool(keyword.default) and isinstance(value, Literal) and _same(value.value, keyword.default[0])


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def literal(value: Any) -> tuple[Doc, ...]:
    """A value as Python writes it; only texts, numbers, truth values, None, and tuples, lists and maps of such."""
    if isinstance(value, str):
        return (quoted(value),)
    if isinstance(value, Symbol):
        return (value.text,)
    if isinstance(value, tuple | list):
        items = tuple(literal(item) for item in value)
        return (bracketed(*(("(", items, ")") if isinstance(value, tuple) else ("[", items, "]"))),)
    if isinstance(value, dict):
        return (bracketed("{", tuple((*literal(key), ": ", *literal(item)) for key, item in value.items()), "}"),)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return (f'float("{value}")',)
    if isinstance(value, float) and (part := _part_of_one(value)):
        return (part,)
    if value is None or isinstance(value, bool | int | float):
        return (repr(value),)
    raise TypeError(type(value).__name__)


def _part_of_one(value: float) -> str:
    """Pixels are scaled by a part of one, which has many digits."""
    return next((f"1 / {by}" for by in (255, 127.5) if value == 1 / by), "")


def quoted(text: str) -> str:
    """A text in double quotes, or in single ones where that saves escapes; what is not visible is escaped."""
    if '"' in text and text.count('"') > text.count("'"):
        return f"'{_escaped(text, chr(39))}'"
    return f'"{_escaped(text, chr(34))}"'


def _escaped(text: str, quote: str) -> str:
    return "".join(f"\\{each}" if each in (quote, "\\") else _visible(each) for each in text)


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _formatted(text: Formatted) -> str:
    if all(isinstance(part, str) for part in text.parts):
        return quoted("".join(map(str, text.parts)))
    said = "".join(
        _escaped(part, '"').replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{_inside(part)}}}"
        for part in text.parts
    )
    return f'f"{said}"'


def _inside(part: Expression) -> str:
    return laid_out(written(part), 0).replace('"', "'")
