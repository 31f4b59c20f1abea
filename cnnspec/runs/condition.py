"""Conditions on runs, as in `val_accuracy > 0.9 and spec == digits`: parsed here, so that nothing else can run.

    condition   and, or, not, parentheses over tests
    test        NAME < NUMBER, <= > >= == !=, several in a row; NAME in [WORD, WORD]; WORD in NAME; NAME alone
    NAME        a figure, a setting by its path or the end of it, or one of the facts of every run
    WORD        a text, in quotes where it holds what means something here; a number, true, false or null

What stands first in a test is a name, and so is what is compared by size; what a name is equal to is a text.
"""

import re
from collections.abc import Iterator

from cnnspec.language.expression import MAX_NESTING, MAX_TEXT, ExpressionError
from cnnspec.source.frozen import frozen
from cnnspec.source.values import show

WHERE = "--where"
"""What the text of a condition is called where a mistake in it is shown."""


@frozen
class Name:
    """A figure, a setting or a fact of a run."""

    name: str
    offset: int


@frozen
class Value:
    """A number, a text, true, false or null; `written` is how it stands there."""

    value: object
    offset: int
    written: str = ""


Operand = Name | Value


@frozen
class Comparison:
    """One sign between two operands; `in` has any number of operands on its right."""

    left: Operand
    sign: str
    right: tuple[Operand, ...]


@frozen
class Has:
    """A name alone: the run has it, and it is neither false, null nor empty."""

    name: Name


@frozen
class Joined:
    """Conditions joined by `and` or `or`, or one after `not`."""

    word: str
    parts: "tuple[Condition, ...]"


Condition = Comparison | Has | Joined

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<sign><=|>=|==|!=|[<>()\[\],])|(?P<word>[^\s<>=!()\[\],"']+))"""
)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS = {"true": True, "false": False, "null": None}
_JOINING = frozenset({"and", "or", "not", "in"})
BY_SIZE = frozenset({"<", "<=", ">", ">="})
_SIGNS = frozenset({*BY_SIZE, "==", "!="})
_ELSEWHERE = {"&&": "and", "&": "and", "||": "or", "|": "or", "AND": "and", "OR": "or", "NOT": "not", "IN": "in"}
_CLOSING = {"[": "]", "(": ")"}


@frozen
class _Token:
    kind: str
    text: str
    offset: int


def parse_condition(text: str) -> Condition:
    """The condition that a text writes down; raises ExpressionError."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"a condition of {len(text):,} characters", 0, 1, f"write at most {MAX_TEXT:,}")
    parser = _Parser([*_tokens(text), _Token("end", "", len(text.rstrip()))])
    condition = parser.condition()
    parser.end()
    return condition


def names_in(condition: Condition) -> Iterator[Name]:
    """Every name that it asks for, from left to right."""
    if isinstance(condition, Has):
        yield condition.name
    elif isinstance(condition, Comparison):
        yield from (each for each in (condition.left, *condition.right) if isinstance(each, Name))
    else:
        for part in condition.parts:
            yield from names_in(part)


def comparisons_in(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in it, from left to right."""
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Joined):
        for part in condition.parts:
            yield from comparisons_in(part)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text) and not text[at:].isspace():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _meaningless(text, at + len(text[at:]) - len(text[at:].lstrip()))
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind))
        at = match.end()


def _meaningless(text: str, at: int) -> ExpressionError:
    if text[at] in "\"'":
        return ExpressionError(f"a text that begins with {text[at]} does not end", at, 1, f"end it with {text[at]}")
    help = {"=": "write == for is equal to", "!": "write not, or != for is not equal to"}.get(text[at], "")
    return ExpressionError(f"{text[at]} means nothing in a condition", at, 1, help)


class _Parser:
    """Recursive descent: `or` binds less than `and`, `and` less than `not`."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def condition(self) -> Condition:
        """Conditions joined by `or`."""
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def end(self) -> None:
        """Nothing may be left."""
        if self._next.kind != "end":
            raise self._unexpected("and, or, or the end")

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _accept(self, *texts: str) -> _Token | None:
        token = self._next
        if token.kind == "text" or token.text not in texts:
            return None
        self._at += 1
        return token

    def _both(self) -> Condition:
        parts = [self._negation()]
        while self._accept("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ExpressionError("a condition nested too deeply", self._next.offset, 1, "write it with less in it")
        found = self._negated() if self._accept("not") else self._test()
        self._depth -= 1
        return found

    def _negated(self) -> Condition:
        return Joined("not", (self._negation(),))

    def _test(self) -> Condition:
        if self._accept("("):
            inside = self.condition()
            if not self._accept(")"):
                raise self._unexpected("and, or, or )")
            return inside
        operands, signs = [self._operand()], []
        while sign := self._accept(*_SIGNS):
            signs.append(sign.text)
            operands.append(self._operand())
        if signs:
            return _compared(operands, signs)
        return self._choice(operands[0])

    def _choice(self, first: _Token) -> Condition:
        """What may follow one operand alone: `in`, `not in`, or nothing."""
        inverse = self._next.text == "not" and self._tokens[self._at + 1].text == "in" and self._accept("not")
        if not self._accept("in"):
            name = _operand(first, named=True)
            if not isinstance(name, Name):
                raise self._unexpected("a sign, as in val_accuracy > 0.9")
            return Has(name)
        opening = self._accept("[", "(")
        if opening is None:
            right = (_operand(self._operand(), named=True),)
            found = Comparison(_operand(first, named=False), "within", right)
        else:
            found = Comparison(_operand(first, named=True), "in", self._items(_CLOSING[opening.text]))
        return Joined("not", (found,)) if inverse else found

    def _items(self, closing: str) -> tuple[Operand, ...]:
        items: list[Operand] = []
        while not self._accept(closing):
            if items and not self._accept(","):
                raise self._unexpected(f"a comma or {closing}")
            items.append(_operand(self._operand(), named=False))
        return tuple(items)

    def _operand(self) -> _Token:
        token = self._next
        if token.kind not in ("word", "text") or (token.kind == "word" and token.text in _JOINING):
            raise self._unexpected("a name or a value")
        self._at += 1
        return token

    def _unexpected(self, expected: str) -> ExpressionError:
        token = self._next
        received = "the condition ends" if token.kind == "end" else f"{show(token.text)} stands"
        instead = _ELSEWHERE.get(token.text, "")
        help = f"write {instead}" if instead else ""
        message = f"{received} where it cannot; expected {expected}"
        return ExpressionError(message, token.offset, max(len(token.text), 1), help)


def _compared(tokens: list[_Token], signs: list[str]) -> Condition:
    """One comparison, or several in a row, as in 0.5 < accuracy < 0.9."""
    pairs = zip(tokens[:-1], signs, tokens[1:], strict=True)
    found = tuple(_pair(*pair) for pair in pairs)
    return found[0] if len(found) == 1 else Joined("and", found)


def _pair(left: _Token, sign: str, right: _Token) -> Comparison:
    """By size names may stand on both sides; else what follows a name is a text."""
    first = _operand(left, named=True)
    second = _operand(right, named=sign in BY_SIZE or not isinstance(first, Name))
    if not isinstance(first, Name) and not isinstance(second, Name):
        help = "name a figure or a setting, as in val_accuracy > 0.9"
        raise ExpressionError("two values are compared, and nothing of a run", left.offset, len(left.text), help)
    return Comparison(first, sign, (second,))


def _operand(token: _Token, named: bool) -> Operand:
    if token.kind == "text":
        return Value(token.text[1:-1], token.offset, token.text[1:-1])
    if _NUMBER.fullmatch(token.text):
        return Value(float(token.text), token.offset, token.text)
    if token.text in _CONSTANTS:
        return Value(_CONSTANTS[token.text], token.offset, token.text)
    is_name = named and (token.text[0].isalpha() or token.text[0] == "_")  # 2026-11-23 is a text by itself
    return Name(token.text, token.offset) if is_name else Value(token.text, token.offset, token.text)
