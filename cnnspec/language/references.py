"""`$name` and `${...}` as they stand in a text: found in one pass over it, however often they begin and never end."""

import re
from collections.abc import Iterable, Iterator

from cnnspec.language.expression import ExpressionError
from cnnspec.source.frozen import frozen
from cnnspec.source.values import Scalar, Sequence, Value

REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)\Z")
"""A whole value that is a name."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STOP = re.compile("[}\"']")


@frozen
class Piece:
    """The text of an expression and its offset in the whole."""

    text: str
    offset: int


def split(text: str) -> list[str | Piece]:
    """Literal texts and expressions, in turn; `$$` is a dollar. Empty if there is nothing to compute.

    Raises ExpressionError where an expression is not closed.
    """
    parts: list[str | Piece] = []
    literal: list[str] = []
    at, computed = 0, False
    while (dollar := text.find("$", at)) >= 0:
        literal.append(text[at:dollar])
        if text.startswith("${", dollar):
            end = _closing(text, dollar + 2)
            parts += [*_joined(literal), Piece(text[dollar + 2 : end], dollar + 2)]
            literal, at, computed = [], end + 1, True
        else:
            doubled = text.startswith("$$", dollar)
            literal.append("$")
            at, computed = dollar + 1 + doubled, computed or doubled
    literal.append(text[at:])
    parts += _joined(literal)
    return parts if computed else []


def _joined(pieces: list[str]) -> list[str]:
    """One text; nothing where there is none."""
    whole = "".join(pieces)
    return [whole] if whole else []


def _closing(text: str, start: int) -> int:
    """Where the brace that closes an expression stands, outside of quotes; raises ExpressionError if none does."""
    at = start
    while stop := _STOP.search(text, at):
        if stop[0] == "}":
            return stop.start()
        quote = text.find(stop[0], stop.end())
        at = stop.end() if quote < 0 else quote + 1
    raise ExpressionError("an expression that is not closed", start - 2, 2, "write ${...}; $$ is a dollar")


def references(value: Value) -> set[str]:
    """The names that a value refers to, as far as they can be read."""
    found: set[str] = set()
    for scalar in _scalars(value):
        if not isinstance(scalar.value, str) or "$" not in scalar.value:
            continue
        if match := REFERENCE.match(scalar.value):
            found.add(match[1])
        for expression in _expressions(scalar.value):
            found.update(_NAME.findall(expression))
    return found


def _expressions(text: str) -> Iterator[str]:
    """What stands between `${` and the next brace."""
    start = text.find("${")
    while start >= 0 and (end := text.find("}", start)) >= 0:
        yield text[start + 2 : end]
        start = text.find("${", end)


def _scalars(value: Value) -> Iterable[Scalar]:
    if isinstance(value, Scalar):
        yield value
        return
    for part in value.items if isinstance(value, Sequence) else [entry.value for entry in value]:
        yield from _scalars(part)
