"""The arithmetic inside `${...}`: a small part of Python's, parsed here so that nothing else can run.

Text, nesting and numbers are bounded: no expression can hang or fill the memory.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from cnnspec.language.arithmetic import FUNCTIONS
from cnnspec.source.diagnostic import likely, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.patience import to_compare
from cnnspec.source.scalar import OutOfRange, refuse_beyond, resolve_scalar
from cnnspec.source.values import show

MAX_TEXT = 1000
MAX_NESTING = 24


class ExpressionError(Exception):
    """What is wrong, at which offset of the expression's text, and how wide it is; `code` is that of its diagnostic.

    `write` is what to put there instead, where that is plain.
    """

    def __init__(
        self, message: str, offset: int, width: int = 1, help: str = "", code: str = "bad-expression", write: str = ""
    ) -> None:
        super().__init__(message)
        self.message, self.offset, self.width = message, offset, width
        self.help, self.code, self.write = help, code, write

    def moved(self, by: int) -> "ExpressionError":
        """The same mistake in a text in which the expression begins at `by`."""
        return ExpressionError(self.message, self.offset + by, self.width, self.help, self.code, self.write)


def unknown_word(message: str, word: str, offset: int, words: Iterable[str], code: str) -> ExpressionError:
    """A name that is none of those that are known."""
    known = to_compare(words)
    found = likely(word, known)
    write = found[0] if len(found) == 1 else ""
    return ExpressionError(message, offset, len(word), suggestion(word, known), code, write)


@frozen
class Literal:
    """A number, a string, true, false or null."""

    value: object
    offset: int


@frozen
class Name:
    """A variable or a parameter."""

    name: str
    offset: int


@frozen
class Operation:
    """An operator, a function, a list, an index, a slice or a choice, over its operands."""

    operator: str
    operands: "tuple[Expression, ...]"
    offset: int


@frozen
class Chain:
    """Several comparisons in a row, as in 1 < x < 5; each operand is computed once."""

    operands: "tuple[Expression, ...]"
    operators: tuple[str, ...]
    offsets: tuple[int, ...]


Expression = Literal | Name | Operation | Chain

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?)|(?P<string>"[^"\\]*"|'[^'\\]*')"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>()\[\],:]))"""
)
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_KEYWORDS = frozenset({"and", "or", "not", "if", "else"})
_BOUNDS = 3
"""A slice has a start, a stop and a step."""
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


@frozen
class _Token:
    kind: str
    text: str
    offset: int


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text) and not text[at:].isspace():
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError(
                f"{show(text[at])} means nothing in an expression",
                at,
                1,
                "numbers, names, + - * / // % **, comparisons, and or not, a if c else b",
            )
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*tokens, _Token("end", "", len(text))]


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The expression that a text writes down; raises ExpressionError."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(
            f"an expression of {len(text)} characters", 0, 1, f"at most {MAX_TEXT}: use vars for parts of it"
        )
    parser = _Parser(_tokens(text))
    expression = parser.choice()
    parser.expect("end", "")
    return expression


class _Parser:
    """Recursive descent over Python's precedences."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _accept(self, *texts: str) -> _Token | None:
        token = self._next
        return self._take() if token.kind in ("sign", "name") and token.text in texts else None

    def expect(self, kind: str, text: str) -> _Token:
        """The next token, which must be this one."""
        token = self._next
        if token.kind != kind or token.text != text:
            raise self._unexpected(token, f"expected {text}" if text else "expected an operator or the end")
        return self._take()

    def _unexpected(self, token: _Token, expected: str) -> ExpressionError:
        received = "the expression ends" if token.kind == "end" else f"{show(token.text)} stands"
        return ExpressionError(f"{received} where it cannot; {expected}", token.offset, max(len(token.text), 1))

    def choice(self) -> Expression:
        """a if c else b."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ExpressionError("an expression nested too deeply", self._next.offset, 1, "use vars for parts of it")
        value = self._either()
        if token := self._accept("if"):
            condition = self._either()
            self.expect("name", "else")
            value = Operation("if", (condition, value, self.choice()), token.offset)
        self._depth -= 1
        return value

    def _either(self) -> Expression:
        return self._joined(self._both, "or")

    def _both(self) -> Expression:
        return self._joined(self._negation, "and")

    def _joined(self, operand: Callable[[], Expression], *operators: str) -> Expression:
        left = operand()
        while token := self._accept(*operators):
            left = Operation(token.text, (left, operand()), token.offset)
        return left

    def _negation(self) -> Expression:
        tokens = []
        while token := self._accept("not"):
            tokens.append(token)
        value = self._comparison()
        for token in reversed(tokens):
            value = Operation("not", (value,), token.offset)
        return value

    def _comparison(self) -> Expression:
        operands = [self._sum()]
        signs: list[_Token] = []
        while token := self._accept(*_COMPARISONS):
            signs.append(token)
            operands.append(self._sum())
        if not signs:
            return operands[0]
        if len(signs) == 1:
            return Operation(signs[0].text, tuple(operands), signs[0].offset)
        return Chain(tuple(operands), tuple(sign.text for sign in signs), tuple(sign.offset for sign in signs))

    def _sum(self) -> Expression:
        return self._joined(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._joined(self._signed, "*", "/", "//", "%")

    def _signed(self) -> Expression:
        signs = []
        while token := self._accept("-", "+"):
            signs.append(token)
        value = self._power()
        for token in reversed(signs):
            value = Operation("minus" if token.text == "-" else "plus", (value,), token.offset)
        return value

    def _power(self) -> Expression:
        base = self._indexed()
        token = self._accept("**")
        if token is None:
            return base
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ExpressionError("an expression nested too deeply", token.offset, 2)
        power = Operation("**", (base, self._signed()), token.offset)
        self._depth -= 1
        return power

    def _indexed(self) -> Expression:
        value = self._atom()
        while token := self._accept("["):
            bounds = [self._bound()]
            while len(bounds) < _BOUNDS and self._accept(":"):
                bounds.append(self._bound())
            if bounds == [None]:
                raise self._unexpected(self._next, "expected an index, or a slice as in [1:3]")
            self.expect("sign", "]")
            kind = "index" if len(bounds) == 1 else "slice"
            value = Operation(kind, (value, *(each or Literal(None, token.offset) for each in bounds)), token.offset)
        return value

    def _bound(self) -> Expression | None:
        """An index, or what bounds a slice; None where nothing stands."""
        return None if self._next.kind == "sign" and self._next.text in ":]" else self.choice()

    def _atom(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return Literal(_number(token), token.offset)
        if token.kind == "string":
            return Literal(token.text[1:-1], token.offset)
        if token.kind == "name" and token.text not in _KEYWORDS:
            return self._named(token)
        if token.text == "(":
            value = self.choice()
            self.expect("sign", ")")
            return value
        if token.text == "[":
            return Operation("list", self._items("]"), token.offset)
        raise self._unexpected(token, "expected a number, a name, a list or a parenthesis")

    def _named(self, token: _Token) -> Expression:
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.offset)
        if not self._accept("("):
            return Name(token.text, token.offset)
        if token.text not in FUNCTIONS:
            message = f"there is no function {token.text}"
            raise unknown_word(message, token.text, token.offset, FUNCTIONS, "bad-expression")
        return Operation(token.text, self._items(")"), token.offset)

    def _items(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self._accept(closing):
            if items:
                self.expect("sign", ",")
                if self._accept(closing):
                    break
            items.append(self.choice())
        return tuple(items)


def _number(token: _Token) -> object:
    """A number as YAML reads it, and within the same bounds."""
    try:
        return resolve_scalar(token.text)
    except OutOfRange as beyond:
        raise ExpressionError(beyond.message, token.offset, len(token.text), beyond.help) from None


def check_bounds(value: int | float, offset: int) -> None:
    """Raise ExpressionError for a number beyond 64 bits, or one that is not finite."""
    try:
        refuse_beyond(value)
    except OutOfRange as beyond:
        raise ExpressionError(beyond.message, offset, 1, beyond.help) from None
