"""The arithmetic inside `${...}`: a small part of Python's, parsed and evaluated here so that nothing else can run.

Text, nesting and numbers are bounded: no expression can hang or fill the memory.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cnnspec.source.diagnostic import suggestion
from cnnspec.source.values import show

MAX_TEXT = 1000
MAX_NESTING = 24
MAX_BITS = 64

Lookup = Callable[[str], object]
"""Gives the plain value of a name; raises KeyError."""


class ExpressionError(Exception):
    """What is wrong, at which offset of the expression's text, and how wide it is."""

    def __init__(self, message: str, offset: int, width: int = 1, help: str = "") -> None:
        super().__init__(message)
        self.message, self.offset, self.width, self.help = message, offset, width, help


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a string, true, false or null."""

    value: object
    offset: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a parameter."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator, a function, a list, an index or a choice, over its operands."""

    operator: str
    operands: "tuple[Expression, ...]"
    offset: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Several comparisons in a row, as in 1 < x < 5; each operand is computed once."""

    operands: "tuple[Expression, ...]"
    operators: tuple[str, ...]
    offsets: tuple[int, ...]


Expression = Literal | Name | Operation | Chain

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)|(?P<string>"[^"\\]*"|'[^'\\]*')"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>()\[\],]))"""
)
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_KEYWORDS = frozenset({"and", "or", "not", "if", "else"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


@dataclass(frozen=True, slots=True)
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
            index = self.choice()
            self.expect("sign", "]")
            value = Operation("index", (value, index), token.offset)
        return value

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
            raise ExpressionError(
                f"there is no function {token.text}", token.offset, len(token.text), suggestion(token.text, FUNCTIONS)
            )
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


def _number(token: _Token) -> int | float:
    value = int(token.text) if token.text.isdigit() and len(token.text) < 25 else float(token.text)
    _bounded(value, token.offset)
    return value


def _bounded(value: int | float, offset: int) -> None:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ExpressionError("a number beyond 64 bits", offset, 1, "sizes are far smaller than that")
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError("a number that is not finite", offset)


def evaluate(expression: Expression, lookup: Lookup, known: Callable[[], list[str]] = list) -> object:
    """The value of an expression; `known` lists the names there are, for the message about one there is not.

    First operands are followed in a loop, so that a long sum nests no deeper than a short one.
    """
    waiting: list[Operation | Chain] = []
    while isinstance(expression, (Operation, Chain)) and expression.operands:
        waiting.append(expression)
        expression = expression.operands[0]
    value = _leaf(expression, lookup, known)
    while waiting:
        value = _finish(waiting.pop(), value, lambda operand: evaluate(operand, lookup, known))
    return value


def _leaf(expression: Expression, lookup: Lookup, known: Callable[[], list[str]]) -> object:
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Name):
        return _value_of(expression, lookup, known)
    assert isinstance(expression, Operation)
    return _applied(expression.operator, [], expression.offset)


def _finish(expression: Operation | Chain, first: object, value: Callable[[Expression], object]) -> object:
    """The value of an operation whose first operand is known."""
    if isinstance(expression, Chain):
        return _chained(expression, first, value)
    operator, operands = expression.operator, expression.operands
    if operator == "if":
        return value(operands[1] if first else operands[2])
    if operator == "and":
        return value(operands[1]) if first else first
    if operator == "or":
        return first if first else value(operands[1])
    return _applied(operator, [first, *map(value, operands[1:])], expression.offset)


def _chained(chain: Chain, left: object, value: Callable[[Expression], object]) -> object:
    result: object = True
    for operand, operator, offset in zip(chain.operands[1:], chain.operators, chain.offsets, strict=True):
        right = value(operand)
        result = _applied(operator, [left, right], offset)
        if not result:
            break
        left = right
    return result


def _applied(operator: str, values: list[object], offset: int) -> object:
    try:
        result = _apply(operator, values)
    except ZeroDivisionError:
        raise ExpressionError("a division by zero", offset, len(operator)) from None
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise ExpressionError(str(error), offset, 1) from None
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        _bounded(result, offset)
    return result


def _value_of(name: Name, lookup: Lookup, known: Callable[[], list[str]]) -> object:
    try:
        return lookup(name.name)
    except KeyError:
        raise ExpressionError(
            f"there is no variable or parameter {name.name}",
            name.offset,
            len(name.name),
            suggestion(name.name, known()),
        ) from None


def _apply(operator: str, values: list[object]) -> object:
    if operator == "list":
        return values
    if operator == "not":
        return not values[0]
    if operator == "index":
        return _index(values[0], values[1])
    if operator == "==":
        return values[0] == values[1]
    if operator == "!=":
        return values[0] != values[1]
    if operator in FUNCTIONS:
        return _call(operator, values)
    return _arithmetic(operator, *(_numeric(value) for value in values))


def _call(name: str, values: list[object]) -> object:
    least, most = _ARGUMENTS.get(name, (1, 1))
    if not least <= len(values) <= most:
        raise TypeError(f"{name} takes {least if least == most else f'{least} to {most}'} arguments, not {len(values)}")
    return FUNCTIONS[name](*values)


def _numeric(value: object) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise TypeError(f"arithmetic on {show(value)}, which is not a number")


def _index(value: object, index: object) -> object:
    if not isinstance(value, (list, str)):
        raise TypeError(f"{show(value)} is no list to take an item of")
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeError(f"{show(index)} is no whole number to index with")
    if not -len(value) <= index < len(value):
        raise IndexError(f"there is no item {index} in a list of {len(value)}")
    return value[index]


def _arithmetic(operator: str, *values: int | float) -> object:
    if operator == "**":
        return _power(*values)
    return _ARITHMETIC[operator](*values)


def _power(base: int | float, exponent: int | float) -> int | float:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > 4 * MAX_BITS:
        raise OverflowError("a number beyond 64 bits")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return float(result) if isinstance(result, float) else int(result)


_ARITHMETIC: dict[str, Callable[..., object]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "minus": lambda a: -a,
    "plus": lambda a: a,
}


def divisible(x: object, by: object) -> int:
    """The nearest multiple of `by`, never below 90 % of x (Sandler et al. 2018, MobileNetV2's channels)."""
    number, step = _numeric(x), _numeric(by)
    if not isinstance(step, int) or step < 1:
        raise ValueError(f"divisible takes a whole number of at least 1, not {show(by)}")
    nearest = max(step, int(number + step / 2) // step * step)
    return nearest + step if nearest < 0.9 * number else nearest


def _numbers(values: tuple[object, ...]) -> list[int | float]:
    listed = values[0] if len(values) == 1 else list(values)
    if not isinstance(listed, list):
        raise TypeError(f"{show(listed)} is no list of numbers")
    if not listed:
        raise ValueError("a list without numbers")
    return [_numeric(value) for value in listed]


def _rounded(x: object, digits: object = None) -> int | float:
    if digits is None:
        return round(_numeric(x))
    if not isinstance(digits, int) or not -20 <= digits <= 20:
        raise ValueError("round takes at most 20 digits")
    return round(_numeric(x), digits)


def _length(value: object) -> int:
    if isinstance(value, (list, str)):
        return len(value)
    raise TypeError(f"{show(value)} is no list to take the length of")


_ARGUMENTS = {"min": (1, 64), "max": (1, 64), "round": (1, 2), "divisible": (2, 2)}

FUNCTIONS: dict[str, Callable[..., object]] = {
    "min": lambda *values: min(_numbers(values)),
    "max": lambda *values: max(_numbers(values)),
    "round": _rounded,
    "floor": lambda x: math.floor(_numeric(x)),
    "ceil": lambda x: math.ceil(_numeric(x)),
    "abs": lambda x: abs(_numeric(x)),
    "len": _length,
    "sum": lambda *values: 0 if values == ([],) else sum(_numbers(values)),
    "divisible": divisible,
}
