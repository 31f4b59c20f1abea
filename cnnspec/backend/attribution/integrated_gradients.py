"""Integrated gradients (Sundararajan, Taly, Yan 2017): what each number that is read adds to what the network says.

(x - x') times the integral over a from 0 to 1 of the gradient at x' + a (x - x'), equation 1, where x' is the baseline.
By proposition 1 the attributions add up to F(x) - F(x'); and those of a part of the way to what F changes on that part.
So it is known where the sum that stands for the integral is bad: there the way is divided further.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.attribution.network import OpenNetwork
from cnnspec.backend.data.splits import Array
from cnnspec.graph.facts import totals
from cnnspec.layers.shape import product

_FEWEST, _MOST, _WORK, _MOVED = 8, 4096, 3 * 10**11, 30
"""Steps that are taken at most where nobody says how many: fewer of a large network, but never fewer than.

A step's work is the multiply-adds of an example, and so many for each number that its layers give: all of them together
are seconds of a processor's time, and not minutes.
"""
TOLERANCE = 0.01
"""How far the sum of the attributions may be from what they should add up to, as a part of that."""
_PARTS, _POINTS = 16, 4
"""Parts of the way to begin with, and where on each the gradient is taken."""
_TOO_SMALL = 1e-4
"""As a part of what the network says, or of 1: a difference that is smaller need not be met so well."""
_NUMBERS = 2**27
"""Numbers that all layers give at once, about: half a gigabyte."""
_KEPT = 2**26
"""Numbers of gradients that are kept, one of each part of the way: half a gigabyte; else they are taken anew."""

Span = tuple[float, float, int]
"""Where a part of the way begins and ends, and at how many places the gradient is taken on it."""


def nobody(taken: int) -> None:
    """Who wants to know how many gradients are taken."""


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
    number: Any = 0
    taken: Callable[[int], None] = nobody
    """Called with how many gradients have been taken since the last time."""

    @property
    def numbers(self) -> int:
        """How many numbers all layers give for an example; of unknown lengths nothing is counted."""
        sizes = (product(node.output) for node in self.network.graph.nodes)
        return max(1, sum(size for size in sizes if isinstance(size, int)))

    @property
    def affordable(self) -> int:
        """How many steps take seconds."""
        work = (totals(self.network.graph.nodes).macs or 0) + _MOVED * self.numbers
        return min(_MOST, max(_FEWEST, _WORK // work // _POINTS * _POINTS))

    def along(self, places: Array, weights: Array, owners: Array) -> tuple[Array, Array, list[list[Array]]]:
        """F and how fast it changes at places from 0 to 1 (n), and weighted sums of the gradients there.

        There is one for each point and each of the `owners` (n), whose numbers are 0 and up; below it is nobody.
        """
        sums = [[np.zeros(point.shape[1:]) for point in self.example] for _ in range(max(owners, default=-1) + 1)]
        said, slopes = np.zeros(len(places)), np.zeros(len(places))
        for start in range(0, len(places), self._size):
            here = slice(start, min(start + self._size, len(places)))
            count = here.stop - start
            found, slope, gradients = self._call(np.pad(places[here], (0, self._size - count), "edge"))
            said[here], slopes[here] = np.asarray(found)[:count], np.asarray(slope)[:count]
            for owner in set(owners[here].tolist()) - {-1}:
                counts = np.where(owners[here] == owner, weights[here], 0.0)
                for total, gradient in zip(sums[owner], gradients, strict=True):
                    total += np.tensordot(counts, np.asarray(gradient)[:count], axes=1)
            self.taken(count)
        return said, slopes, sums

    def _call(self, places: Array) -> Any:
        call = self.network.traced(f"on the way, {self.name}", self._slopes)
        repeated = {name: np.repeat(array, len(places), axis=0) for name, array in self.inputs.items()}
        return call(repeated, self.baseline, self.example, tf.constant(places, tf.float32), tf.constant(self.number))

    def _slopes(self, inputs: Any, baseline: Any, example: Any, places: Any, number: Any) -> Any:
        """F, its slope along the way, and its gradient at each point."""
        points = tuple(_between(*ends, places) for ends in zip(baseline, example, strict=True))
        with tf.GradientTape() as tape:
            tape.watch(points)
            found = self.quantity(self.network.answer(inputs, points), number)
        slopes = tape.gradient(found, points, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        along = [_added_up(slope * (x - base)) for slope, x, base in zip(slopes, example, baseline, strict=True)]
        return found, tf.add_n(along), slopes

    @property
    def _size(self) -> int:
        """How many places go through the network at once, always: it is made for batches of one size."""
        return 2 ** min(5, (_NUMBERS // self.numbers).bit_length() - 1) if self.numbers < _NUMBERS else 1


def integrated_gradients(way: Way, steps: int | None = None) -> Attributions:
    """The attributions of the example at the end of the way, with so many steps, else as many as are wanted."""
    division = _Division(way, way.affordable if steps is None else steps)
    division.refine(exactly=steps is not None)
    ends = zip(way.example, way.baseline, division.gradients(), strict=True)
    found = tuple(np.asarray(x - base, np.float64)[0] * mean for x, base, mean in ends)
    return Attributions(found, division.steps, division.said[1.0], division.said[0.0])


class _Division:
    """The way in parts, finer where F is not what its slopes add up to; of at most so many `steps` in all."""

    def __init__(self, way: Way, steps: int) -> None:
        self.said: dict[float, float] = {}
        """F at the ends of parts."""
        self._way = way
        self._most = max(1, steps // _POINTS)
        self._keeps = self._most * sum(int(np.prod(point.shape)) for point in way.example) <= _KEPT
        edges = np.linspace(0.0, 1.0, min(_PARTS, self._most) + 1).tolist()
        spans = [(start, end, _POINTS) for start, end in pairwise(edges)]
        spans[-1] = (*spans[-1][:2], steps - _POINTS * (self._most - 1))
        self._parts = self._measured(spans)

    @property
    def steps(self) -> int:
        """How many gradients the sum is made of."""
        return sum(count for _, _, count in self._parts)

    def refine(self, exactly: bool) -> None:
        """Halve parts until the sum is good enough, or for all steps."""
        while (room := self._most - len(self._parts)) > 0:
            spans, errors = list(self._parts), np.array([error for error, _ in self._parts.values()])
            allowed = _allowed(self.said[0.0], self.said[1.0])
            if not exactly and not errors.sum() > allowed:
                return
            worst = np.argsort(-errors, kind="stable")[:room]
            bad = worst[errors[worst] > allowed / (2 * len(errors))]
            halved = [spans[at] for at in (bad if len(bad) else worst).tolist()]
            for span in halved:
                del self._parts[span]
            self._parts |= self._measured([half for span in halved for half in _halves(span)])

    def gradients(self) -> list[Array]:
        """The mean gradient over all of the way for each point."""
        if not self._keeps:
            places, weights, _ = _rules(list(self._parts))
            return self._way.along(places, weights, np.zeros(len(places), int))[2][0]
        return [sum(sums[1:], sums[0]) for sums in zip(*(sums for _, sums in self._parts.values()), strict=True)]

    def _measured(self, spans: list[Span]) -> dict[Span, tuple[float, list[Array]]]:
        """For each part how far its slopes add up to something else than what F changes on it; and its gradients.

        These are integrated: each counts as long as the part is for which it stands.
        """
        edges = sorted({edge for span in spans for edge in span[:2]} - self.said.keys())
        places, weights, owners = _rules(spans)
        said, slopes, sums = self._way.along(
            np.concatenate([places, edges]),
            np.pad(weights, (0, len(edges))),
            np.concatenate([owners if self._keeps else np.full(len(owners), -1), np.full(len(edges), -1)]),
        )
        self.said |= zip(edges, said[len(places) :].tolist(), strict=True)
        added = np.bincount(owners, weights * slopes[: len(places)])
        change = [self.said[end] - self.said[start] for start, end, _ in spans]
        kept = sums if self._keeps else [[] for _ in spans]
        return dict(zip(spans, zip(np.abs(added - change).tolist(), kept, strict=True), strict=True))


def _rules(spans: list[Span]) -> tuple[Array, Array, Array]:
    """Where gradients are taken and what each counts, by Gauss and Legendre's rule, and for which of the spans."""
    places, weights = [], []
    for start, end, count in spans:
        at, counts = np.polynomial.legendre.leggauss(count)
        places.append(start + (end - start) * (at + 1) / 2)
        weights.append((end - start) * counts / 2)
    return (
        np.concatenate(places),
        np.concatenate(weights),
        np.repeat(np.arange(len(spans)), [span[2] for span in spans]),
    )


def _halves(span: Span) -> tuple[Span, Span]:
    """What is more than the places of one part is the second's."""
    start, end, count = span
    middle = (start + end) / 2
    return (start, middle, _POINTS), (middle, end, count)


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
