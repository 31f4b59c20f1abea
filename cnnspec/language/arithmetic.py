"""What the operators and functions of expressions compute: Python's rules, on bounded numbers."""

import math
from collections.abc import Callable

from cnnspec.language.effort import LETTERS, MAX_STEPS, OPERATION
from cnnspec.source.scalar import MAX_BITS
from cnnspec.source.values import show


def apply(operator: str, values: list[object]) -> object:
    """The result of an operator or function; raises TypeError, ValueError, IndexError or ArithmeticError."""
    if operator == "list":
        return values
    if operator == "not":
        return not values[0]
    if operator == "index":
        return _index(values[0], values[1])
    if operator == "slice":
        return _slice(values[0], values[1:])
    if operator == "==":
        return values[0] == values[1]
    if operator == "!=":
        return values[0] != values[1]
    if operator in FUNCTIONS:
        return _call(operator, values)
    return _arithmetic(operator, *(_numeric(value) for value in values))


def steps(operator: str, values: list[object]) -> int:
    """What an operation takes: the values that it reads, those inside of lists as well."""
    if operator in ("==", "!="):
        return OPERATION + sum(map(_parts, values))
    if operator in FUNCTIONS or operator == "slice":
        return OPERATION + sum(len(value) for value in values if isinstance(value, list))
    return OPERATION + len(values)


def _parts(value: object) -> int:
    """How many values a value holds; of very many not all are counted."""
    if not isinstance(value, list):
        return len(value) // LETTERS if isinstance(value, str) else 0
    waiting, count = [value], 0
    while waiting and count <= MAX_STEPS:
        part = waiting.pop()
        count += len(part)
        waiting += [each for each in part if isinstance(each, list)]
    return count


def _call(name: str, values: list[object]) -> object:
    least, most = _ARGUMENTS.get(name, (1, 1))
    if not least <= len(values) <= most:
        raise TypeError(f"{name} takes {least if least == most else f'{least} to {most}'} arguments, not {len(values)}")
    return FUNCTIONS[name](*values)


def _numeric(value: object) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
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


def _slice(value: object, bounds: list[object]) -> object:
    """Python's slice of a list or text; bounds beyond its ends are its ends."""
    if not isinstance(value, (list, str)):
        raise TypeError(f"{show(value)} is no list to take a part of")
    return value[slice(*map(_bound, bounds))]


def _bound(bound: object) -> int | None:
    if bound is None or (isinstance(bound, int) and not isinstance(bound, bool)):
        return bound
    raise TypeError(f"{show(bound)} is no whole number to slice with")


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


def divisible(x: object, by: object, floor: object = 0.9) -> int:
    """The nearest multiple of `by`, never below `floor` times x (Sandler et al. 2018, MobileNetV2's channels)."""
    number, step, share = _numeric(x), _numeric(by), _numeric(floor)
    if not isinstance(step, int) or step < 1:
        raise ValueError(f"divisible takes a whole number of at least 1, not {show(by)}")
    if not 0 <= share <= 1:
        raise ValueError(f"divisible takes a floor from 0 to 1, not {show(floor)}")
    nearest = max(step, int(number + step / 2) // step * step)
    return nearest + step if nearest < share * number else nearest


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


_ARGUMENTS = {"min": (1, 64), "max": (1, 64), "round": (1, 2), "divisible": (2, 3)}

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
