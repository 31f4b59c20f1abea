"""Python's expressions and statements, as far as a program that builds a network has them."""

from collections.abc import Iterator
from typing import Any

from cnnspec.source.frozen import frozen


class Variable:
    """What holds a tensor or a layer; what it is called is decided once all of its function is known.

    It holds one thing: what runs in several ways or turns gives it the value that leads to what is read of it later.
    `lead` is what those are called that its value is made from, step by step, if not as itself.
    """

    __slots__ = ("hint", "lead", "name")

    def __init__(self, hint: str = "", name: str = "", lead: str | None = None) -> None:
        self.hint, self.name, self.lead = hint, name, hint if lead is None else lead

    def before(self) -> "Variable":
        """One that its value is made from."""
        return Variable(self.lead)


class Expression:
    """Something with a value."""

    __slots__ = ()

    def inner(self) -> "tuple[Expression, ...]":
        """The expressions that it is made of."""
        return ()

    def variables(self) -> Iterator[Variable]:
        """What it reads."""
        for each in self.inner():
            yield from each.variables()


@frozen
class Literal(Expression):
    """A number, a text, a truth value, None, or a tuple or list of such."""

    value: Any


@frozen
class Symbol:
    """A number in a literal that is said by an argument of the model's function."""

    value: Any
    text: str


def same(one: Any, other: Any) -> bool:
    """Whether two values are written alike."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def has_symbols(value: Any) -> bool:
    """Whether a literal's value has numbers that are said by arguments."""
    return isinstance(value, Symbol) or (isinstance(value, tuple | list) and any(map(has_symbols, value)))


@frozen
class Name(Expression):
    """A name that stands for itself: a parameter, a dotted path into Keras, an expression in whole numbers."""

    text: str


@frozen
class Ref(Expression):
    """What a variable holds."""

    variable: Variable

    def variables(self) -> Iterator[Variable]:
        """The one."""
        yield self.variable


@frozen
class Formatted(Expression):
    """A text with values in it: an f-string, where one of its parts is an expression."""

    parts: tuple[str | Expression, ...]


@frozen
class Listed(Expression):
    """Items in brackets; a tuple's are round."""

    items: tuple[Expression, ...]
    brackets: str = "[]"

    def inner(self) -> tuple[Expression, ...]:
        """The items."""
        return self.items


@frozen
class Mapped(Expression):
    """A dictionary by texts."""

    items: tuple[tuple[str, Expression], ...]

    def inner(self) -> tuple[Expression, ...]:
        """The values."""
        return tuple(value for _, value in self.items)


@frozen
class Keyword:
    """An argument by name; `default` is what it is where it is left out, if it may be (in a tuple of one)."""

    name: str
    value: Expression
    default: tuple[Any, ...] = ()


@frozen
class Call(Expression):
    """A function with its arguments."""

    function: Expression
    positional: tuple[Expression, ...] = ()
    keywords: tuple[Keyword, ...] = ()

    def inner(self) -> tuple[Expression, ...]:
        """The function and all arguments."""
        return (self.function, *self.positional, *(keyword.value for keyword in self.keywords))


@frozen
class Operation(Expression):
    """Two operands with an operator between them."""

    left: Expression
    operator: str
    right: Expression

    def inner(self) -> tuple[Expression, ...]:
        """Both operands."""
        return (self.left, self.right)


@frozen
class Chosen(Expression):
    """One value where a condition holds, else another."""

    one: Expression
    condition: Expression
    other: Expression

    def inner(self) -> tuple[Expression, ...]:
        """All three."""
        return (self.one, self.condition, self.other)


@frozen
class Part(Expression):
    """An attribute (`.shape`), or what brackets take (`[:, 0]`)."""

    of: Expression
    text: str

    def inner(self) -> tuple[Expression, ...]:
        """What it is part of."""
        return (self.of,)


class Statement:
    """Something that is done."""

    __slots__ = ()


@frozen
class Assign(Statement):
    """Give variables a value: one, or each its own."""

    targets: tuple[Variable, ...]
    value: Expression


@frozen
class Do(Statement):
    """Call something for what it does."""

    value: Expression


@frozen
class Line(Statement):
    """A line as it stands."""

    text: str


@frozen
class Comment(Statement):
    """A line for people; `apart`: behind an empty line."""

    text: str
    apart: bool = True


@frozen
class When(Statement):
    """What is done only under a condition."""

    condition: Expression
    body: tuple[Statement, ...]


@frozen
class Loop(Statement):
    """What is done several times; `index` and `values` are names."""

    index: str
    over: Expression
    body: tuple[Statement, ...]


@frozen
class Return(Statement):
    """What a function gives."""

    value: Expression
