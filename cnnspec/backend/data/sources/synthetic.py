"""Random examples shaped like a network's inputs and outputs, which it can learn, but not to the last one.

Behind each example stand hidden numbers: what its labels say (a one at its class, zeros and ones, or numbers),
blurred by noise. Each input shows them in its own way: as a sum of smooth patterns, one for each hidden number,
with more noise on every value; or, where it holds ids, by how often some ids occur.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.random import Generator

from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.sources.synthetic_patterns import view_of
from cnnspec.backend.data.splits import Array, Dataset, Split
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.synthetic import Synthetic
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected

_MISTAKEN = 0.05
"""The share of examples that the noise turns into another class, roughly: no network does better."""
_MOST_HIDDEN = 16
"""Hidden numbers behind an output that learns numbers."""
_OF_CLASSES = frozenset({"softmax", "log_softmax", "sparsemax"})


@reads(Synthetic)
def synthetic(section: Synthetic, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """As many examples as the section says: a function of `seed` and of the network's inputs and outputs alone.

    An output learns classes if it ends in a softmax of several units or one sigmoid, zeros and ones if in
    several sigmoids, else numbers. Raises Rejected where an output's shape is not known.
    """
    goals = tuple(
        _goal(head, np.random.default_rng([seed, 0, number])) for number, head in enumerate(learnt_heads(graph))
    )
    hidden = sum(goal.hidden for goal in goals)
    views = {
        name: view_of(graph, name, hidden, np.random.default_rng([seed, 1, number]))
        for number, name in enumerate(graph.inputs)
    }

    def split(name: str, count: int | None, number: int) -> Split | None:
        if count is None:
            return None
        random = np.random.default_rng([seed, 2, number])
        drawn = {goal.head.name: goal.draw(count, random) for goal in goals}
        behind = np.concatenate([blurred for _, blurred in drawn.values()], axis=1)
        inputs = {key: view.show(behind, random) for key, view in views.items()}
        labels = {key: label for key, (label, _) in drawn.items()}
        return Split(name, inputs, labels, dict.fromkeys((*inputs, *labels), "synthetic data"))

    train = split("train", section.train, 0)
    assert train is not None
    classes = {goal.head.name: goal.classes for goal in goals if goal.classes}
    return Dataset(train, split("validation", section.validation, 1), split("test", section.test, 2), classes)


@dataclass(frozen=True, slots=True, eq=False)
class _Goal:
    """What one output learns: `hidden` numbers stand behind it, and `mixing` (hidden, size) makes numbers of them."""

    head: Head
    shape: tuple[int, ...]
    hidden: int
    classes: tuple[str, ...] = ()
    mixing: Array | None = None

    def draw(self, count: int, random: Generator) -> tuple[Array, Array]:
        """Labels of `count` examples, and the hidden numbers (count, hidden) that the inputs show."""
        if self.mixing is not None:
            return self._numbers(self.mixing, count, random)
        if self.head.yes_or_no and self.head.units > 1:
            return self._several(count, random)
        labels = random.permutation(np.arange(count) % self.hidden)
        blurred = np.eye(self.hidden)[labels] + random.normal(0, _blur_of_classes(self.hidden), (count, self.hidden))
        return self._everywhere(labels.astype(np.int32)), blurred

    def _several(self, count: int, random: Generator) -> tuple[Array, Array]:
        labels = random.integers(0, 2, (count, self.hidden))
        blur = 0.5 / NormalDist().inv_cdf(1 - _MISTAKEN)
        spread = labels.reshape(count, *(1,) * (len(self.shape) - 1), self.hidden)
        everywhere = np.broadcast_to(spread, (count, *self.shape)).astype(np.int32)
        return everywhere, labels + random.normal(0, blur, labels.shape)

    def _numbers(self, mixing: Array, count: int, random: Generator) -> tuple[Array, Array]:
        hidden = random.normal(0, 1, (count, self.hidden))
        numbers = hidden @ mixing + random.normal(0, 0.1, (count, mixing.shape[1]))
        return numbers.reshape(count, *self.shape).astype(np.float32), hidden / 3

    def _everywhere(self, labels: Array) -> Array:
        """One label an example at each place of a map."""
        places = self.shape[:-1]
        return np.broadcast_to(labels.reshape(-1, *(1,) * len(places)), (len(labels), *places)).copy()


def _goal(head: Head, random: Generator) -> _Goal:
    shape = tuple(size for size in head.shape if isinstance(size, int))
    if len(shape) < len(head.shape):
        received = f"synthetic data for {head.shown} of shape {write_shape(head.shape)}"
        raise rejected(
            "bad-source", received, "sizes that are known", "give the input a length in the spec", at=("data",)
        )
    if head.yes_or_no and head.units > 1:
        return _Goal(head, shape, head.units, tuple(map(str, range(head.units))))
    if head.form == "class" or head.yes_or_no or (head.activation in _OF_CLASSES and head.units > 1):
        count = max(2, head.units)
        return _Goal(head, shape, count, tuple(map(str, range(count))))
    size = math.prod(shape)
    hidden = min(size, _MOST_HIDDEN)
    return _Goal(head, shape, hidden, mixing=random.normal(0, 1 / math.sqrt(hidden), (hidden, size)))


def _blur_of_classes(count: int) -> float:
    """Noise by which one of `count` ones is overtaken by any other about `_MISTAKEN` of the time.

    One other overtakes it with probability Q(1 / (sqrt(2) blur)); all of them at most so many times that.
    """
    return 1 / (math.sqrt(2) * NormalDist().inv_cdf(1 - _MISTAKEN / (count - 1)))
