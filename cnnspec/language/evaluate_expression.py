"""The value of an expression, given the values of its names."""

from collections.abc import Callable, Iterable

from cnnspec.language.arithmetic import apply, steps
from cnnspec.language.expression import (
    Chain,
    Expression,
    ExpressionError,
    Literal,
    Name,
    Operation,
    check_bounds,
    unknown_word,
)

Lookup = Callable[[str], object]
"""Gives the plain value of a name; raises KeyError."""
Known = Callable[[], Iterable[str]]
"""Lists the names that there are."""
Spend = Callable[[int], None]
"""Is told what each operation takes, before it is done; raises what it likes where that is too much."""


def _free(steps: int) -> None:
    """What costs nothing."""


def evaluate(expression: Expression, lookup: Lookup, known: Known = list, spend: Spend = _free) -> object:
    """The value of an expression; `known` lists the names there are, for the message about one there is not.

    First operands are followed in a loop, so that a long sum nests no deeper than a short one.
    """
    waiting: list[Operation | Chain] = []
    while isinstance(expression, (Operation, Chain)) and expression.operands:
        waiting.append(expression)
        expression = expression.operands[0]
    value = _leaf(expression, lookup, known)
    while waiting:
        value = _finish(waiting.pop(), value, lambda operand: evaluate(operand, lookup, known, spend), spend)
    return value


def _leaf(expression: Expression, lookup: Lookup, known: Known) -> object:
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Name):
        return _value_of(expression, lookup, known)
    assert isinstance(expression, Operation)
    return _applied(expression.operator, [], expression.offset, _free)


def _finish(
    expression: Operation | Chain, first: object, value: Callable[[Expression], object], spend: Spend
) -> object:
    """The value of an operation whose first operand is known."""
    if isinstance(expression, Chain):
        return _chained(expression, first, value, spend)
    operator, operands = expression.operator, expression.operands
    if operator == "if":
        return value(operands[1] if first else operands[2])
    if operator == "and":
        return value(operands[1]) if first else first
    if operator == "or":
        return first if first else value(operands[1])
    return _applied(operator, [first, *map(value, operands[1:])], expression.offset, spend)


def _chained(chain: Chain, left: object, value: Callable[[Expression], object], spend: Spend) -> object:
    result: object = True
    for operand, operator, offset in zip(chain.operands[1:], chain.operators, chain.offsets, strict=True):
        right = value(operand)
        result = _applied(operator, [left, right], offset, spend)
        if not result:
            break
        left = right
    return result


def _applied(operator: str, values: list[object], offset: int, spend: Spend) -> object:
    spend(steps(operator, values))
    try:
        result = apply(operator, values)
    except ZeroDivisionError:
        raise ExpressionError("a division by zero", offset, len(operator)) from None
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        raise ExpressionError(str(error), offset, 1) from None
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        check_bounds(result, offset)
    return result


def _value_of(name: Name, lookup: Lookup, known: Known) -> object:
    try:
        return lookup(name.name)
    except KeyError:
        message = f"there is no variable or parameter {name.name}"
        raise unknown_word(message, name.name, name.offset, known(), "unknown-variable") from None
