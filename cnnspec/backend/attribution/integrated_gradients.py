"""Integrated gradients (Sundararajan, Taly, Yan 2017): what each number that is read adds to what the network says.

(x - x') times the integral over a from 0 to 1 of the gradient at x' + a (x - x'), equation 1, where x' is the baseline.
By proposition 1 the attributions add up to F(x) - F(x'); and those of a part of the way to what F changes on that part.
So it is known where the sum that stands for the integral is bad: there the way is divided further.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.attribution.network import OpenNetwork
from cnnspec.backend.data.splits import Array
from cnnspec.layers.shape import product

_FEWEST, _MOST, _WORK = 256, 4096, 2**33
"""Steps that are taken at most: fewer of a large network, whose layers give many numbers, but never fewer than."""
TOLERANCE = 0.01
"""How far the sum of the attributions may be from what they should add up to, as a part of that."""
_PARTS = 16
"""Parts of the way to begin with."""
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_PLACES, _WEIGHTS = (_PLACES + 1) / 2, _WEIGHTS / 2
"""Where the gradient is taken on a part, and what it counts there: by Gauss and Legendre's rule."""
_TOO_SMALL = 1e-4
"""As a part of what the network says, or of 1: a difference that is smaller need not be met so well."""
_NUMBERS = 2**27
"""Numbers that all layers give at once, about: half a gigabyte."""


@dataclass(frozen=True, slots=True, eq=False)
class Attributions:
    """An attribution for each number at each point (...), of one example; `steps` are the gradients that were taken."""

    at_points: tuple[Array, ...]
    steps: int
    at_example: float
    at_baseline: float

    @property
    def total(self) -> float:
        """What they add up to."""
        return float(sum(part.sum() for part in self.at_points))

    @property
    def complete(self) -> bool:
        """Whether that is what they should add up to."""
        ends = (self.at_baseline, self.at_example)
        return abs(self.total - (ends[1] - ends[0])) <= _allowed(*ends)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The straight way from a baseline to an example, both as they stand at the network's points (1, ...).

    `quantity` makes of the network's answer, and of a `number` that it is asked for, F for each of n examples (n);
    `name` tells it from other quantities.
    """

    network: OpenNetwork
    inputs: Mapping[str, Array]
    example: tuple[Any, ...]
    baseline: tuple[Any, ...]
    quantity: Callable[[Any, Any], Any]
    name: str
    number: int = 0

    @property
    def numbers(self) -> int:
        """How many numbers all layers give for an example; of unknown lengths nothing is counted."""
        sizes = (product(node.output) for node in self.network.graph.nodes)
        return max(1, sum(size for size in sizes if isinstance(size, int)))

    def values(self, places: Array) -> Array:
        """F at places from 0 to 1 (n)."""
        return np.concatenate([self._value(batch) for batch in self._batches(places)])[: len(places)]

    def slopes(self, places: Array, weights: Array) -> tuple[Array, list[Array]]:
        """How fast F changes at places on the way (n), and the weighted sum of the gradients there, for each point."""
        sums, along = [np.zeros(point.shape[1:], np.float64) for point in self.example], []
        counted = self._batches(np.pad(weights, (0, -len(weights) % self._size)))
        for batch, counts in zip(self._batches(places), counted, strict=True):
            slope, gradients = self._call(batch)
            along.append(np.asarray(slope, np.float64))
            for total, gradient in zip(sums, gradients, strict=True):
                total += np.tensordot(counts, np.asarray(gradient, np.float64), axes=1)
        return np.concatenate(along)[: len(places)], sums

    def _value(self, places: Array) -> Array:
        """Called as it is: tracing it, too, takes longer than it saves."""
        points = self._points(self.baseline, self.example, tf.constant(places, tf.float32))
        found = self.quantity(self.network.answer(self._repeated(len(places)), points), self.number)
        return np.asarray(found, np.float64)

    def _repeated(self, count: int) -> dict[str, Array]:
        return {name: np.repeat(array, count, axis=0) for name, array in self.inputs.items()}

    def _call(self, places: Array) -> Any:
        call = self.network.traced(f"on the way, {self.name}", self._slopes)
        given = self._repeated(len(places)), self.baseline, self.example
        return call(*given, tf.constant(places, tf.float32), tf.constant(self.number))

    def _slopes(self, inputs: Any, baseline: Any, example: Any, places: Any, number: Any) -> Any:
        """F's slope along the way, and its gradient at each point."""
        points = self._points(baseline, example, places)
        with tf.GradientTape() as tape:
            tape.watch(points)
            found = self.quantity(self.network.answer(inputs, points), number)
        slopes = tape.gradient(found, points, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        along = [_added_up(slope * (x - base)) for slope, x, base in zip(slopes, example, baseline, strict=True)]
        return tf.add_n(along), slopes

    @staticmethod
    def _points(baseline: Any, example: Any, places: Any) -> tuple[Any, ...]:
        return tuple(_between(*ends, places) for ends in zip(baseline, example, strict=True))

    @property
    def _size(self) -> int:
        """How many places go through the network at once, always: it is made for batches of one size."""
        return max(1, min(32, _NUMBERS // self.numbers))

    def _batches(self, places: Array) -> list[Array]:
        """The places in batches of one size; the last of them stands again where the last batch is not full."""
        full = np.pad(places, (0, -len(places) % self._size), "edge")
        return list(full.reshape(-1, self._size))


def integrated_gradients(way: Way, most: int | None = None) -> Attributions:
    """The attributions of the example at the end of the way, with at most so many steps, else as many as may be."""
    work = min(_MOST, max(_FEWEST, _WORK // way.numbers))
    edges, value, summed = _divided(way, work if most is None else most)
    ends = zip(way.example, way.baseline, summed, strict=True)
    found = tuple(np.asarray(x - base, np.float64)[0] * mean for x, base, mean in ends)
    return Attributions(found, len(_PLACES) * (len(edges) - 1), float(value[-1]), float(value[0]))


def _divided(way: Way, most: int) -> tuple[Array, Array, list[Array]]:
    """The ends of the parts of the way (n + 1), F there, and the mean gradient over all of the way for each point.

    The parts are finer where F is not what its slopes add up to.
    """
    edges = np.linspace(0.0, 1.0, max(1, min(_PARTS, most // len(_PLACES))) + 1)
    value = way.values(edges)
    allowed = _allowed(value[0], value[-1])
    error, summed = _measured(way, edges[:-1], edges[1:], np.diff(value))
    if error.sum() <= allowed:
        return edges, value, summed
    while error.sum() > allowed and (room := most // len(_PLACES) - len(error)) > 0:
        worst = np.argsort(-error)[:room]
        bad = np.sort(worst[error[worst] > allowed / (2 * len(error))])
        middle = (edges[bad] + edges[bad + 1]) / 2
        edges, value = np.insert(edges, bad + 1, middle), np.insert(value, bad + 1, way.values(middle))
        halves = np.sort(np.concatenate([first := bad + np.arange(len(bad)), first + 1]))
        error = np.insert(error, bad + 1, 0.0)
        error[halves] = _measured(way, edges[halves], edges[halves + 1], value[halves + 1] - value[halves])[0]
    return edges, value, _measured(way, edges[:-1], edges[1:], np.diff(value))[1]


def _measured(way: Way, start: Array, end: Array, change: Array) -> tuple[Array, list[Array]]:
    """For each part how far its slopes add up to something else than what F changes on it; and the gradients over all.

    These are integrated: each counts as long as the part is for which it stands.
    """
    length = (end - start)[:, None]
    slopes, summed = way.slopes((start[:, None] + length * _PLACES).ravel(), (length * _WEIGHTS).ravel())
    return np.abs((length * slopes.reshape(len(start), -1)) @ _WEIGHTS - change), summed


def _allowed(at_baseline: float, at_example: float) -> float:
    """How far the attributions may be from adding up."""
    small = _TOO_SMALL * min(1.0, max(abs(at_baseline), abs(at_example)))
    return max(TOLERANCE * abs(at_example - at_baseline), small)


def _between(baseline: Any, example: Any, places: Any) -> Any:
    """The points on the way, (n, ...)."""
    shares = tf.reshape(places, (-1, *[1] * (len(example.shape) - 1)))
    return baseline + shares * (example - baseline)


def _added_up(array: Any) -> Any:
    """(n, ...) as (n)."""
    return tf.reduce_sum(tf.reshape(array, (tf.shape(array)[0], -1)), axis=1)
