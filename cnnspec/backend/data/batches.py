"""Batches for TensorFlow: gathered from arrays in a given order, each cast as the model reads it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.splits import Array, Split


class Batches:
    """Turns an order of a split's examples into batches of (inputs, labels) or (inputs, labels, weights).

    `dtypes` are the model's input dtypes by name. One input (or output) comes as a tensor, several as
    a dictionary; `named` asks for a dictionary of labels even if there is but one.
    """

    def __init__(self, split: Split, dtypes: Mapping[str, str], named: bool, weights: Array | None = None) -> None:
        self.count = split.count
        self._inputs = {name: tf.constant(array) for name, array in split.inputs.items()}
        self._labels = {name: tf.constant(array) for name, array in split.labels.items()}
        self._weights = None if weights is None else tf.constant(weights, tf.float32)
        self._dtypes, self._named = dict(dtypes), named

    def over(self, rows: Array, batch_size: int) -> Any:
        """A tf.data.Dataset of the examples in `rows`, in that order; the last batch may be smaller."""
        starts = tf.data.Dataset.from_tensor_slices(np.asarray(rows, np.int64)).batch(batch_size)
        return starts.map(self.gather, num_parallel_calls=1, deterministic=True).prefetch(4)

    def gather(self, rows: Any) -> tuple[Any, ...]:
        """The batch of these examples."""
        inputs = {name: tf.cast(tf.gather(array, rows), self._dtypes[name]) for name, array in self._inputs.items()}
        labels = {name: tf.gather(array, rows) for name, array in self._labels.items()}
        batch = (_alone(inputs), labels if self._named else _alone(labels))
        return batch if self._weights is None else (*batch, tf.gather(self._weights, rows))


def _alone(tensors: dict[str, Any]) -> Any:
    return tensors if len(tensors) > 1 else next(iter(tensors.values()))
