"""Statistics that layers learn from the training data before the first step, as Keras' `adapt` finds them."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import Array
from cnnspec.graph.learners import learners, turns
from cnnspec.graph.nodes import Graph
from cnnspec.results.transfer import Transfer

_FEW = 3
"""Numbers that are told one by one."""


def adapt(
    model: Any, graph: Graph, tensors: Sequence[Any], batches: Batches, batch_size: int, known: Collection[str] = ()
) -> dict[str, str]:
    """Let the layers that learn statistics learn them, and say by their names what they have learnt.

    `tensors` are the outputs of the graph's nodes, of the layers of `model`; `batches` are those of the training split,
    unchanged, which are read once for all layers that do not read each other. The layers `known` by name have theirs
    already. Raises RunFailed for a picture that cannot be read.
    """
    said: dict[str, str] = {}
    uses = {owner: places for owner, places in learners(graph).items() if graph.nodes[owner].name not in known}
    for turn in turns(graph):
        mine = {owner: uses[owner] for owner in turn if owner in uses}
        if not mine:
            continue
        for owner, moments in _moments(model, graph, tensors, batches, batch_size, mine).items():
            name = graph.nodes[owner].name
            layer = model.get_layer(name)
            layer.adapt_mean.assign(moments.mean)
            layer.adapt_variance.assign(moments.variance)
            layer.finalize_state()
            said[name] = f"{words(*statistics(layer))}, learnt from {batches.count:,} training examples"
    return said


def taken_over(model: Any, graph: Graph, transfer: Transfer) -> dict[str, str]:
    """The layers that have their statistics, with all their weights, from elsewhere, and what these are."""
    names = [graph.nodes[owner].name for owner in learners(graph)]
    lacking = {moved.layer for moved in transfer.weights if moved.fate != "loaded"}
    known = [name for name in names if name not in lacking]
    return {name: f"{words(*statistics(model.get_layer(name)))}, taken over from {transfer.file}" for name in known}


def refresh(model: Any) -> None:
    """Let layers see variables that were given other values: what they compute of these they compute once."""
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def statistics(layer: Any) -> tuple[Array, Array]:
    """Mean and variance that a layer has learnt."""
    return np.asarray(layer.adapt_mean), np.asarray(layer.adapt_variance)


def words(mean: Array, variance: Array) -> str:
    """What was learnt: few numbers one by one, of many how far they reach."""
    if mean.size <= _FEW:
        said = f"mean {_listed(mean)}, variance {_listed(variance)}"
    else:
        said = f"{mean.size:,} means from {_reach(mean)}, variances from {_reach(variance)}"
    still = int(np.count_nonzero(variance == 0))
    return f"{said}, {still:,} of {mean.size:,} without any spread" if still else said


def _listed(numbers: Array) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers.flat)


def _reach(numbers: Array) -> str:
    return f"{numbers.min():.4g} to {numbers.max():.4g}"


class Moments:
    """Mean and variance, for each place along the axes that are kept, of more numbers than memory holds.

    The batch counts as axis 0. In double precision, batch after batch as Chan, Golub and LeVeque (1983) put them
    together, so that neither many examples nor a mean far from 0 cost digits.
    """

    def __init__(self, kept: Sequence[int]) -> None:
        self._kept = tuple(kept)
        self._count = 0
        self.mean: Array = np.zeros(())
        self._squares: Array = np.zeros(())

    def add(self, batch: Array) -> None:
        """Count a batch (n, ...) in; one without numbers changes nothing."""
        others = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
        count = math.prod(batch.shape[axis] for axis in others)
        if not batch.size:
            return
        numbers = batch.astype(np.float64)
        mean = numbers.mean(axis=others, keepdims=True)
        squares = np.square(numbers - mean).sum(axis=others)
        apart, total = mean.squeeze(others) - self.mean, self._count + count
        self.mean = self.mean + apart * (count / total)
        self._squares = self._squares + squares + np.square(apart) * (self._count * count / total)
        self._count = total

    @property
    def variance(self) -> Array:
        """Of all numbers as a population, as Keras has it; 0 before there are any."""
        return self._squares / max(self._count, 1)


def _moments(
    model: Any,
    graph: Graph,
    tensors: Sequence[Any],
    batches: Batches,
    batch_size: int,
    uses: Mapping[int, tuple[int, ...]],
) -> dict[int, Moments]:
    """What each of these layers reads over all batches, wherever it is applied."""
    read = {owner: [graph.nodes[place].inputs[0] for place in places] for owner, places in uses.items()}
    found = {owner: Moments(_axes(graph, owner)) for owner in uses}
    wanted = sorted({source for sources in read.values() for source in sources})
    network = keras.Model(model.input, [tensors[source] for source in wanted])
    given = tf.function(
        lambda inputs: tf.nest.flatten(network(inputs, training=False)), reduce_retracing=True, autograph=False
    )
    for inputs in _inputs(batches, batch_size):
        values = dict(zip(wanted, map(np.asarray, given(inputs)), strict=True))
        for owner, sources in read.items():
            for source in sources:
                found[owner].add(values[source])
    return found


def _axes(graph: Graph, position: int) -> tuple[int, ...]:
    node = graph.nodes[position]
    axes = None if node.layer is None else node.layer.learnt_axes(node.output)
    assert axes is not None
    return axes


def _inputs(batches: Batches, batch_size: int) -> Iterator[Any]:
    """The inputs of every batch, in the order of the split."""
    with batches.in_use():
        for batch in batches.over(np.arange(batches.count), batch_size):
            yield batch[0]
