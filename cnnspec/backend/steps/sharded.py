"""Steps that several replicas share, with the results of one device.

Each replica passes its examples through the network. The outputs of all are put together, so that loss and metrics
see the whole batch, without what was repeated to fill it up; each replica then turns its part of the loss' gradient
into gradients of the weights. These are summed, and what follows, clipping included, happens once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.objective.criterion import MASK, Cost
from cnnspec.backend.steps.replicas import Replicas
from cnnspec.backend.steps.stepper import Stepper
from cnnspec.backend.steps.watch import Watch

_APART = 1_000_000_007
"""By how much the seeds of two replicas differ: a prime beyond what Keras draws seeds from."""
_SEEDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Pass:
    """What a replica computed: outputs, the state before and after, what its activities cost, and how to go back."""

    tape: Any
    weights: list[Any]
    outputs: Any
    stages: Sequence[Any]
    before: list[Any]
    after: list[Any]
    extra: Any


class ShardedStepper(Stepper):
    """A Stepper whose batches hold the inputs of the replicas here, one after the other, and all labels.

    `batch_size` is the largest number of examples in a batch; `pace` may change how many steps come next. A `watch`
    sees the gradients of the whole batch, and the activations of the examples that the first replica here reads.
    """

    def __init__(
        self,
        model: Any,
        replicas: Replicas,
        batch_size: int,
        watch: Watch | None = None,
        pace: Callable[[int], int] = lambda steps: steps,
    ) -> None:
        super().__init__(model, watch=watch, pace=pace)
        self._replicas, self._rows = replicas, replicas.share.rows(batch_size)
        if len(model.losses) > _regularised(model):
            model(model.input)  # forgets what the activities of an earlier batch cost

    def _learn_batch(self, batch: tuple[Any, ...]) -> tuple[Cost, Any]:
        inputs, labels, weights = batch if len(batch) == 3 else (*batch, None)
        model = self._model
        passes = self._passes(inputs, training=True)
        outputs = self._whole(passes, labels)
        with tf.GradientTape() as tape:
            tape.watch(outputs)
            cost = model.criterion.cost(labels, outputs, model.losses, weights)
            scaled = model.optimizer.scale_loss(cost.total)
        slopes, own = tape.gradient(scaled, (tf.nest.flatten(outputs), model.trainable_variables))
        gradients, states, extra = self._summed(passes, slopes)
        self._apply([_added(*pair) for pair in zip(gradients, own, strict=True)], passes[0].stages)
        for variable, state in states:
            variable.assign(state)
        return cost.raised(extra), outputs

    def _answer_batch(self, batch: tuple[Any, ...]) -> tuple[Cost, Any]:
        inputs, labels = batch
        passes = self._passes(inputs, training=False)
        outputs = self._whole(passes, labels)
        cost = self._model.criterion.cost(labels, outputs, self._model.losses)
        if passes[0].extra is not None:
            cost = cost.raised(self._replicas.total([each.extra for each in passes]))
        return cost, outputs

    def _passes(self, inputs: Any, training: bool) -> list[_Pass]:
        share, model = self._replicas.share, self._model
        network = self._watch.network if self._watch and training else model
        learns, keeps = (_Order(*pair) for pair in _variables(model, network))
        parts = [tf.split(value, share.local) for value in tf.nest.flatten(inputs)]

        def compute(place: int) -> _Pass:
            mine = tf.nest.pack_sequence_as(inputs, [part[place - share.first] for part in parts])
            weights = [tf.identity(variable) for variable in model.trainable_variables]
            before = [_own(tf.identity(variable), place) for variable in model.non_trainable_variables]
            with tf.GradientTape() as tape:
                tape.watch(weights)
                state = learns.there(weights), keeps.there(before)
                done, after, losses = network.stateless_call(*state, mine, training=training, return_losses=True)
                extra = _total(losses[: len(losses) - _regularised(network)], share.count)
            outputs, stages = self._watch.parted(done) if self._watch and training else (done, ())
            return _Pass(tape, weights, outputs, stages, before, keeps.back(after), extra)

        return self._replicas.each(compute)

    def _whole(self, passes: list[_Pass], labels: Any) -> Any:
        """The outputs for the whole batch, masks included."""
        count = tf.shape(tf.nest.flatten(labels)[0])[0]
        flat = [tf.nest.flatten(each.outputs) for each in passes]
        return tf.nest.pack_sequence_as(
            passes[0].outputs, [self._joined(list(parts), count) for parts in zip(*flat, strict=True)]
        )

    def _joined(self, parts: list[Any], count: Any) -> Any:
        whole = self._replicas.gathered(parts, self._rows, count)
        masks = [getattr(part, MASK, None) for part in parts]
        if masks[0] is not None:
            numbers = [tf.cast(mask, tf.float32) for mask in masks]
            setattr(whole, MASK, self._replicas.gathered(numbers, self._rows, count) > 0.5)
        return whole

    def _summed(self, passes: list[_Pass], slopes: list[Any]) -> tuple[list[Any], list[tuple[Any, Any]], Any]:
        """Over all replicas: gradients of the weights, the mean of what moved, what activities cost."""
        learnt = [self._gradients(place, each, slopes) for place, each in self._placed(passes)]
        moved = self._moved(passes[0])
        vectors = [
            _packed([*gradients, *(each.after[at] for at in moved), each.extra])
            for gradients, each in zip(learnt, passes, strict=True)
        ]
        like = [*learnt[0], *(passes[0].after[at] for at in moved), passes[0].extra]
        *sums, extra = _unpacked(self._replicas.total(vectors), like)
        number, kept = len(learnt[0]), self._model.non_trainable_variables
        means = [total / self._replicas.share.count for total in sums[number:]]
        states = [(kept[at], mean) for at, mean in zip(moved, means, strict=True)]
        return sums[:number], [*states, *self._advanced(passes[0])], 0.0 if extra is None else extra

    def _placed(self, passes: list[_Pass]) -> Iterator[tuple[int, _Pass]]:
        return zip(self._replicas.share.places, passes, strict=True)

    def _gradients(self, place: int, each: _Pass, slopes: list[Any]) -> list[Any]:
        """What a replica's examples say about the weights."""
        pairs = [
            (output, self._slope(slope, place, tf.shape(output)[0]))
            for output, slope in zip(tf.nest.flatten(each.outputs), slopes, strict=True)
            if slope is not None
        ]
        if each.extra is not None:
            pairs.append((each.extra, self._model.optimizer.scale_loss(tf.ones_like(each.extra))))
        outputs, given = zip(*pairs, strict=True)
        gradients = each.tape.gradient(outputs, each.weights, output_gradients=given)
        return [_dense(*pair) for pair in zip(gradients, each.weights, strict=True)]

    def _slope(self, slope: Any, place: int, rows: Any) -> Any:
        """A replica's part of the gradient of the loss; nothing for the examples that fill up its batch."""
        missing = self._replicas.share.count * rows - tf.shape(slope)[0]
        filled = tf.pad(slope, [[0, missing], *([[0, 0]] * (slope.shape.rank - 1))])
        return filled[place * rows : (place + 1) * rows]

    def _moved(self, each: _Pass) -> list[int]:
        """Which of the state are numbers that the pass changed: moving statistics."""
        pairs = enumerate(zip(each.before, each.after, strict=True))
        return [at for at, (before, after) in pairs if after is not before and before.dtype.is_floating]

    def _advanced(self, each: _Pass) -> Iterator[tuple[Any, Any]]:
        """The whole numbers that the pass changed, counted on from where they stood: the seeds of dropout."""
        for variable, before, after in zip(self._model.non_trainable_variables, each.before, each.after, strict=True):
            if after is not before and not before.dtype.is_floating:
                yield variable, tf.identity(variable) + (after - before)


class _Order:
    """The order of one network's variables in another network of the same layers."""

    def __init__(self, here: list[Any], there: list[Any]) -> None:
        places = {id(variable): place for place, variable in enumerate(here)}
        self._places = [places[id(variable)] for variable in there]

    def there(self, values: list[Any]) -> list[Any]:
        return [values[place] for place in self._places]

    def back(self, values: list[Any]) -> list[Any]:
        found = dict(zip(self._places, values, strict=True))
        return [found[place] for place in range(len(found))]


def _variables(model: Any, network: Any) -> Iterator[tuple[list[Any], list[Any]]]:
    yield model.trainable_variables, network.trainable_variables
    yield model.non_trainable_variables, network.non_trainable_variables


def _own(state: Any, place: int) -> Any:
    """The state as a replica begins with it: seeds of its own, so that its dropout is not that of the others."""
    if place == 0 or state.dtype.is_floating or state.shape != (2,):
        return state
    return tf.stack([(state[0] + place * _APART) % _SEEDS, state[1]])


def _regularised(model: Any) -> int:
    """How many of a model's losses, the last ones, are those of its weights."""
    return sum(variable.regularizer is not None for variable in model.trainable_variables)


def _total(losses: list[Any], replicas: int) -> Any:
    """A replica's part of what activities cost: each loss is the mean of its examples, and all have as many."""
    return tf.add_n([tf.reduce_sum(loss) for loss in losses]) / replicas if losses else None


def _dense(gradient: Any, weight: Any) -> Any:
    """A gradient, which may be one of some rows, in the shape of its weight; TensorFlow does not always know it."""
    if gradient is None:
        return None
    if isinstance(gradient, tf.IndexedSlices):
        gradient = tf.math.unsorted_segment_sum(gradient.values, gradient.indices, weight.shape[0])
    return tf.ensure_shape(gradient, weight.shape)


def _added(gradient: Any, other: Any) -> Any:
    return gradient if other is None else other if gradient is None else gradient + other


def _packed(tensors: list[Any]) -> Any:
    """One vector of all numbers, in single precision, since one sum over devices is quicker than many."""
    return tf.concat([tf.reshape(tf.cast(each, tf.float32), [-1]) for each in tensors if each is not None], 0)


def _unpacked(vector: Any, like: list[Any]) -> list[Any]:
    """The tensors again, with the shapes and types of those that they are like."""
    sizes = [int(np.prod(each.shape)) for each in like if each is not None]
    parts = iter(tf.split(vector, sizes))
    return [None if each is None else tf.cast(tf.reshape(next(parts), each.shape), each.dtype) for each in like]
