"""The value of a term, where the values of its names are known."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from itertools import product
from statistics import NormalDist
from typing import Any

from cnnspec.layers.formulas.terms import Call, Cases, Item, Joined, Name, Negative, Number, Over, Term

Values = Mapping[str, Any]
"""Numbers by their names, and arrays as functions of their indices, which give None where there is no number."""

_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "@": operator.matmul,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "max": max,
    "min": min,
    "cos": math.cos,
    "sin": math.sin,
    "sigmoid": _logistic,
    "normal": NormalDist().cdf,
}
"""What the functions of a formula are, for plain numbers."""


def work_out(term: Term, values: Values, functions: Mapping[str, Callable[..., Any]] = FUNCTIONS) -> Any:
    """The value of a term; None of an item that is not there. Raises KeyError for a name without a value."""
    match term:
        case Number(value):
            return value
        case Name(word):
            return values[word]
        case Item(of, at):
            return values[of](*(work_out(each, values, functions) for each in at))
        case Call(function, of):
            return functions[function](*(work_out(each, values, functions) for each in of))
        case Negative(of):
            return -work_out(of, values, functions)
        case Joined(sign, left, right):
            one, other = work_out(left, values, functions), work_out(right, values, functions)
            return None if one is None or other is None else _SIGNS[sign](one, other)
        case Cases(when, then, otherwise):
            return work_out(then if work_out(when, values, functions) else otherwise, values, functions)
        case Over():
            return _over(term, values, functions)


def _over(term: Over, values: Values, functions: Mapping[str, Callable[..., Any]]) -> Any:
    found = list(_each(term, values, functions))
    if term.what == "sum":
        return reduce(operator.add, found) if found else 0
    if term.what == "product":
        return reduce(operator.mul, found)
    if term.what == "mean":
        return reduce(operator.add, found) / len(found)
    return max(found) if term.what == "max" else min(found)


def _each(term: Over, values: Values, functions: Mapping[str, Callable[..., Any]]) -> Iterator[Any]:
    """The values that are there, of all values of the names that count."""
    words = [each.word for each in term.ranges]
    for counts in product(*(range(work_out(each.end, values, functions)) for each in term.ranges)):
        value = work_out(term.of, {**values, **dict(zip(words, counts, strict=True))}, functions)
        if value is not None:
            yield value
