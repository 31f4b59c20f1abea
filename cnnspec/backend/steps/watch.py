"""How large gradients and activations are in each stage, looked at during one training step of every `EVERY`.

The first step of an epoch is looked at, then every so many: a function of the step alone, so that a training that was
resumed looks at the same ones. What is read is what the step computes anyway, and nothing of it goes back into the
training.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from cnnspec.graph.nodes import Graph, Stage
from cnnspec.results.watched import Activity, Watched

EVERY = 16
"""Steps from one that is looked at to the next."""
_TINY = "float64"
"""Squares of what vanishes are below the smallest number of float32."""


@dataclass(frozen=True, slots=True)
class _Weights:
    """A stage's trainable weights: their positions among those of the network, and how many numbers they are."""

    title: str
    positions: tuple[int, ...]
    size: int


class Watch:
    """Means over the steps of an epoch that were looked at, by stage.

    `model` is made of `tensors`, the outputs of the graph's nodes; `kinds` are of `training.watch`.

    Gradient: the root mean square, sqrt(sum(g^2) / n), of the gradient of the loss of one batch with respect to the n
    trainable weights of a stage, its regularisation included, before clipping and without the loss scale; a weight that
    the loss does not depend on counts as 0. Activations: mean and standard deviation of all numbers that a stage puts
    out for one batch, and the share of its last axis (channels, units) that is 0 for the whole batch. Steps whose
    gradients, or activations, are not all finite do not count.
    """

    def __init__(
        self, graph: Graph, model: Any, tensors: Sequence[Any], kinds: Collection[str], every: int = EVERY
    ) -> None:
        self._every = every
        self._weights = _weights(graph, model) if "gradients" in kinds else ()
        stages = _learning(graph) if "activations" in kinds else ()
        self._titles = tuple(stage.title for stage in stages)
        self._model = _tapped(stages, model, tensors) if stages else model
        self._step = _counter("step")
        self._looked = _counter("looked")
        self._gradients = _sums("gradients", (len(self._weights),))
        self._activity = _sums("activations", (len(self._titles), 3))

    @property
    def variables(self) -> list[Any]:
        """What it knows of the running epoch, which belongs to the state of a training."""
        return [self._step, self._looked, self._gradients, self._activity]

    def forward(self, inputs: Any) -> tuple[Any, Sequence[Any]]:
        """The outputs of the network in training, and those of its stages where they are watched."""
        return self.parted(self._model(inputs, training=True))

    @property
    def network(self) -> Any:
        """The network, or the one that gives its stages' outputs, too."""
        return self._model

    def parted(self, computed: Any) -> tuple[Any, Sequence[Any]]:
        """The outputs of the network, and those of its stages, in what `network` computed."""
        return (computed["outputs"], computed["stages"]) if self._titles else (computed, ())

    def look(self, gradients: Sequence[Any], unit: Any, stages: Sequence[Any]) -> None:
        """Look at a step, if it is its turn, in TensorFlow's graph.

        `gradients` are those of all trainable weights in order, None or IndexedSlices among them; `unit` is what a
        gradient of 1 became by the loss scale; `stages` are the stages' outputs.
        """
        turn = tf.equal(self._step.value % self._every, 0)
        self._step.value.assign_add(1)
        tf.cond(turn, lambda: self._note(gradients, unit, stages), lambda: False)

    def begin(self) -> None:
        """An epoch begins."""
        for variable in self.variables:
            variable.assign(tf.zeros_like(variable.value))

    def watched(self) -> Watched:
        """What the epoch came to so far."""
        count = int(self._looked)
        means = [_mean(value, count) for value in self._gradients.numpy()]
        activity = [Activity(*(_mean(value, count) for value in row)) for row in self._activity.numpy()]
        gradients = {weights.title: mean for weights, mean in zip(self._weights, means, strict=True)}
        return Watched(count, gradients, dict(zip(self._titles, activity, strict=True)))

    def _note(self, gradients: Sequence[Any], unit: Any, stages: Sequence[Any]) -> Any:
        sizes = [_root_mean_square(gradients, weights) for weights in self._weights]
        norms = tf.stack(sizes) / tf.cast(unit, _TINY) if sizes else tf.zeros(0, _TINY)
        active = tf.stack([_activity(output) for output in stages]) if stages else tf.zeros((0, 3), _TINY)
        finite = tf.reduce_all(tf.math.is_finite(norms)) & tf.reduce_all(tf.math.is_finite(active))
        self._looked.value.assign_add(tf.cast(finite, tf.int64))
        self._gradients.value.assign_add(tf.where(finite, norms, tf.zeros_like(norms)))
        self._activity.value.assign_add(tf.where(finite, active, tf.zeros_like(active)))
        return finite


def stage_weights(graph: Graph, model: Any) -> Mapping[str, tuple[Any, ...]]:
    """The trainable weights of each stage that has some; weights used again are those of the stage that made them.

    What leads to no output of the model is not in it.
    """
    found: dict[str, tuple[Any, ...]] = {}
    there = {layer.name: layer for layer in model.layers}
    for stage in graph.stages:
        nodes = (graph.nodes[at] for at in stage.all_nodes())
        own = (node for node in nodes if node.facts.weights and node.shared is None)
        layers = [there[node.name] for node in own if node.name in there]
        if weights := tuple(weight for layer in layers for weight in layer.trainable_variables):
            found[stage.title] = weights
    return found


def _weights(graph: Graph, model: Any) -> tuple[_Weights, ...]:
    places = {id(weight): place for place, weight in enumerate(model.trainable_variables)}
    return tuple(
        _Weights(title, tuple(places[id(weight)] for weight in weights), sum(math.prod(w.shape) for w in weights))
        for title, weights in stage_weights(graph, model).items()
    )


def _learning(graph: Graph) -> tuple[Stage, ...]:
    """The stages that lead to an output that is learnt."""
    leading, waiting = set[int](), [graph.outputs[name] for name in graph.learnt]
    while waiting:
        if (at := waiting.pop()) not in leading:
            leading.add(at)
            waiting += graph.nodes[at].inputs
    return tuple(stage for stage in graph.stages if stage.output in leading)


def _tapped(stages: Sequence[Stage], model: Any, tensors: Sequence[Any]) -> Any:
    """The model with what each stage puts out beside its outputs."""
    return keras.Model(model.input, {"outputs": model.output, "stages": [tensors[each.output] for each in stages]})


def _root_mean_square(gradients: Sequence[Any], weights: _Weights) -> Any:
    there = [gradients[place] for place in weights.positions if gradients[place] is not None]
    squares = [tf.reduce_sum(tf.square(tf.cast(tf.convert_to_tensor(gradient), _TINY))) for gradient in there]
    return tf.sqrt(sum(squares, tf.zeros((), _TINY)) / weights.size)


def _activity(output: Any) -> Any:
    """(mean, standard deviation, share of the last axis that is 0 throughout)."""
    numbers = tf.cast(output, tf.float32)
    mean = tf.reduce_mean(numbers)
    deviation = tf.sqrt(tf.reduce_mean(tf.square(numbers - mean)))
    largest = tf.reduce_max(tf.abs(numbers), axis=list(range(len(numbers.shape) - 1)))
    silent = tf.reduce_mean(tf.cast(tf.equal(largest, 0), tf.float32))
    return tf.cast(tf.stack((mean, deviation, silent)), _TINY)


def _counter(name: str) -> Any:
    return keras.Variable(tf.zeros((), tf.int64), trainable=False, dtype="int64", name=name)


def _sums(name: str, shape: tuple[int, ...]) -> Any:
    return keras.Variable(tf.zeros(shape, _TINY), trainable=False, dtype=_TINY, name=name)


def _mean(total: float, count: int) -> float:
    return float(total) / count if count else math.nan
