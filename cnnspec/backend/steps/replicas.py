"""The replicas that share out every batch: where they compute, and how their results are added up.

The weights are held once in a process, and a step hands each replica a copy of them. So everything but the pass
through the network, loss, metrics and optimizer, is what it is on one device, done alike in every process.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.share import Share

T = TypeVar("T")


class Replicas:
    """The replicas of a strategy of `tf.distribute`; this process computes those of its `share`."""

    def __init__(self, strategy: Any, share: Share) -> None:
        self._strategy, self.share = strategy, share

    def each(self, compute: Callable[[int], T]) -> list[T]:
        """What every replica of this process computes on its device, told its place among all replicas."""
        found: dict[int, T] = {}

        def run() -> Any:
            context = tf.distribute.get_replica_context()
            place = int(tf.get_static_value(context.replica_id_in_sync_group))
            found[place] = compute(place)
            return ()

        self._strategy.run(run)
        return [found[place] for place in sorted(found)]

    def total(self, values: Sequence[Any]) -> Any:
        """The sum over all replicas, of a tensor from each one here; its shape must be the same in every step."""
        here = dict(zip(self.share.places, values, strict=True))

        def add(place: int) -> Any:
            context = tf.distribute.get_replica_context()
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(here[place]))

        return self.each(add)[0]

    def spread(self, variables: Sequence[Any]) -> None:
        """Give every process the values that these variables have in the first one."""
        real = [variable for variable in variables if tf.as_dtype(variable.dtype).is_floating]
        sizes = [int(np.prod(variable.shape)) for variable in real]

        def first() -> Any:
            own = tf.concat([tf.reshape(tf.cast(variable, tf.float32), [-1]) for variable in real], 0)
            return self.total([own if place == 0 else tf.zeros_like(own) for place in self.share.places])

        for variable, part in zip(real, tf.split(tf.function(first, autograph=False)(), sizes), strict=True):
            variable.assign(tf.cast(tf.reshape(part, variable.shape), variable.dtype))

    def gathered(self, values: Sequence[Any], rows: int, count: Any) -> Any:
        """The first `count` rows of all replicas' tensors, one after the other, in the precision that they have.

        Each replica holds as many rows as the others, at most `rows`.
        """
        share, each = self.share, tf.shape(values[0])[0]
        whole = self.total(
            [self._spread(value, place, rows) for place, value in zip(share.places, values, strict=True)]
        )
        inner = values[0].shape[1:]
        parts = tf.reshape(whole, (share.count, rows, *_sizes(values[0])))[:, :each]
        joined = tf.reshape(parts, tf.concat([[share.count * each], tf.shape(values[0])[1:]], 0))[:count]
        return tf.ensure_shape(joined, (None, *inner))

    def _spread(self, value: Any, place: int, rows: int) -> Any:
        """A replica's rows among zeros in place of the others'; always of one shape, as sums over devices need it."""
        before, after = place * rows, (self.share.count - place) * rows - tf.shape(value)[0]
        spread = tf.pad(value, [[before, after], *([[0, 0]] * (value.shape.rank - 1))])
        return tf.ensure_shape(spread, (self.share.count * rows, *value.shape[1:]))


def _sizes(value: Any) -> list[Any]:
    """The sizes of all axes but the first, as numbers where they are known."""
    known = tf.shape(value)
    return [size if size is not None else known[axis] for axis, size in enumerate(value.shape[1:], start=1)]
