"""Formulas of layers worked out for numbers, index by index, to be held against what Keras' layer gives."""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from cnnspec.layers.base import Layer
from cnnspec.layers.formulas.filling import filled_all
from cnnspec.layers.formulas.reading import read_formula
from cnnspec.layers.formulas.terms import Equation, Item, Name, Term, names_in
from cnnspec.layers.formulas.working_out import FUNCTIONS, work_out

Array = np.ndarray[Any, Any]
_MOST_TRIED, _ENOUGH = 4000, 12
_AFTERWARDS = ("afterwards", "outside training")


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _near(x: Callable[..., Any], *place: float) -> float:
    """Between the places around, by how near they are; at an edge the place there stands for those beyond."""
    *at, channel = place
    total = 0.0
    for corner in product((0, 1), repeat=len(at)):
        share, index = 1.0, []
        for side, where in zip(corner, at, strict=True):
            low = math.floor(where)
            share *= where - low if side else 1 - (where - low)
            index.append(low + side)
        value = next(found for found in _inwards(x, index, channel))
        total += share * value
    return total


def nearest(x: Callable[..., Any], *place: float) -> Any:
    """The nearest place."""
    *at, channel = place
    return x(*(math.floor(each + 0.5) for each in at), channel)


def _inwards(x: Callable[..., Any], index: list[int], channel: float) -> Iterator[float]:
    """The number at a place, or at the nearest one that is there."""
    for moved in product((0, 1, -1), repeat=len(index)):
        found = x(*(each + by for each, by in zip(index, moved, strict=True)), channel)
        if found is not None:
            yield found


OF_ARRAYS: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS,
    **{name: getattr(np, name) for name in ("exp", "sqrt", "tanh")},
    "near": _near,
    "T": np.transpose,
    "softmax": _softmax,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "max": lambda *each: max(each) if all(np.ndim(x) == 0 for x in each) else np.maximum(*each),
}
"""The functions of a formula for vectors and matrices."""


def there(array: Array) -> Callable[..., Any]:
    """An array as a formula reads it: None where an index is no whole number or there is no such place."""

    def at(*indices: float) -> Any:
        if any(index != int(index) or not 0 <= index < size for index, size in zip(indices, array.shape, strict=False)):
            return None
        return array[tuple(int(index) for index in indices)]

    return at


def equations(layer: Layer, shapes: tuple[tuple[int, ...], ...]) -> tuple[Equation, ...]:
    """The formula with the layer's numbers, as it holds outside training."""
    found = filled_all(read_formula(layer.formula), layer.symbols(*shapes))
    later = [each for each in found if each.said.startswith(_AFTERWARDS)]
    return tuple(later) or found


def values_of(found: tuple[Equation, ...], given: dict[str, Any], before: Any = 0.0) -> dict[str, Any]:
    """What is given, and what the equations before the last define of it; a state is `before` its first step."""
    values = dict(given)
    for equation in found[:-1]:
        if isinstance(equation.left, Item):
            values[equation.left.of] = _defined(equation, values, before)
        elif isinstance(equation.left, Name):
            values[equation.left.word] = work_out(equation.right, values, OF_ARRAYS)
    return values


def _defined(equation: Equation, values: dict[str, Any], before: Any) -> Callable[..., Any]:
    assert isinstance(equation.left, Item)
    words = [each.word if isinstance(each, Name) else "" for each in equation.left.at]
    known: dict[tuple[float, ...], Any] = {}

    def at(*indices: float) -> Any:
        if min(indices, default=0) < 0:
            return before
        if indices not in known:
            known[indices] = work_out(equation.right, {**values, **dict(zip(words, indices, strict=True))}, OF_ARRAYS)
        return known[indices]

    return at


def compared(
    found: tuple[Equation, ...], values: dict[str, Any], output: Array, most: Mapping[str, int], seed: int = 0
) -> Iterator[tuple[Any, Any]]:
    """Pairs of what the last equation and the output say, at some places; `most` are ends of indices."""
    equation, draws, tried = found[-1], np.random.default_rng(seed), 0
    assert isinstance(equation.left, Item), equation
    free = sorted(set().union(*map(names_in, equation.left.at)) - set(values)) if equation.left.at else []
    pairs = 0
    while pairs < _ENOUGH and tried < _MOST_TRIED:
        tried += 1
        chosen = {word: int(draws.integers(most.get(word, max(output.shape, default=1)))) for word in free}
        place = tuple(work_out(each, {**values, **chosen}) for each in equation.left.at)
        if len(place) > output.ndim or any(not 0 <= at < size for at, size in zip(place, output.shape, strict=False)):
            continue
        right = work_out(equation.right, {**values, **chosen}, OF_ARRAYS)
        if right is not None:
            pairs += 1
            yield right, output[place]


def elementwise(right: Term, arrays: Mapping[str, Array], constants: Mapping[str, Any]) -> Array:
    """The value of a formula without indices at each place."""
    first = next(iter(arrays.values()))
    flat = {name: np.broadcast_to(array, first.shape).reshape(-1) for name, array in arrays.items()}
    each = [
        work_out(right, {**constants, **{name: float(array[at]) for name, array in flat.items()}})
        for at in range(first.size)
    ]
    return np.array([math.nan if value is None else value for value in each]).reshape(first.shape)
