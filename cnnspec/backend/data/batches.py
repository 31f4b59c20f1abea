"""Batches for TensorFlow: gathered from arrays in a given order, each cast as the model reads it."""

import contextlib
import copy
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.random_seeds import Among
from cnnspec.backend.data.share import WHOLE, Share
from cnnspec.backend.data.splits import Array, Column, Split
from cnnspec.results.failure import RunFailed

_AHEAD = 4
"""Batches that lie ready before a step asks for them."""
_PROCESSOR = "/CPU:0"
"""Where examples lie and batches are made.

TensorFlow would put what can be on a GPU there: examples, which fill its memory, and the end of a dataset, which would
give its steps addresses of batches in the processor's memory.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the inputs of a training batch: (inputs by name, epoch, number of the batch, among) -> inputs.

    Inputs that are only some `among` a batch become what they would in the whole of it, unless the change
    `sees_all`: then it must be given all. `labels` is what happens to the labels of a whole batch: (labels by name,
    epoch, number of the batch) -> labels.
    """

    make: Callable[[dict[str, Any], Any, Any, Among | None], dict[str, Any]]
    sees_all: bool = False
    labels: Callable[[dict[str, Any], Any, Any], dict[str, Any]] | None = None


class Batches:
    """Turns an order of a split's examples into batches of (inputs, labels) or (inputs, labels, weights).

    `dtypes` are the model's input dtypes by name, `weights` how much examples count in the loss of each output. One
    input (or output) comes as a tensor, several as a dictionary; `named` asks for a dictionary of labels even if there
    is but one. Pictures that are still files are decoded as the batches are made; `change` is what augmentation does to
    a batch, and to labels that lie over its pictures. Where replicas share the batches, only the inputs of their
    `share` are read, unless the change sees all, and all labels.
    """

    def __init__(
        self,
        split: Split,
        dtypes: Mapping[str, str],
        named: bool,
        weights: Mapping[str, Array] | None = None,
        change: Change | None = None,
        share: Share = WHOLE,
    ) -> None:
        self.count, self._share = split.count, share
        self._read = {name: self._reader(column) for name, column in split.inputs.items()}
        with tf.device(_PROCESSOR):
            self._labels = {name: tf.constant(array) for name, array in split.labels.items()}
        self._weights = _weights_of(weights)
        self._dtypes, self._named = dict(dtypes), named
        self._decodes = any(isinstance(column, Pictures) for column in split.inputs.values())
        self._failures: list[RunFailed] = []
        self._take(change)

    def _take(self, change: Change | None) -> None:
        self._change = change
        self._recorded: dict[tuple[int, bool], Any] = {}
        self._calls = (os.cpu_count() or 1) if self._decodes or change else 1
        make = self._made if self._share.count == 1 else self._shared
        self._make = tf.function(make, reduce_retracing=True, autograph=False) if change else make

    def changed(self, weights: Mapping[str, Array] | None, change: Change | None) -> "Batches":
        """The same examples, which are held once, with other weights and changes."""
        other = copy.copy(self)
        other._weights = _weights_of(weights)
        other._take(change)
        return other

    def over(self, rows: Array, batch_size: int, epoch: int = 0, skipped: int = 0) -> Any:
        """A tf.data.Dataset of the examples in `rows`, in that order; the last batch may be smaller.

        What augmentation draws is a function of the epoch and the batch's number in it, which stays the same where the
        first batches are `skipped`.
        """
        order = np.asarray(rows, np.int64)
        ready = self._ready(batch_size, len(order) % batch_size > 0)
        with tf.device(_PROCESSOR):
            return ready(order, np.int64(epoch), np.int64(skipped))

    def _ready(self, size: int, uneven: bool) -> Any:
        """What makes a dataset of rows, an epoch and how many batches are skipped.

        It is recorded once: to put a dataset together takes longer than many a short epoch.
        """
        if (size, uneven) not in self._recorded:
            signature = [tf.TensorSpec([None], tf.int64), *[tf.TensorSpec([], tf.int64)] * 2]
            self._recorded[size, uneven] = tf.function(
                lambda rows, epoch, skipped: self._dataset(rows, size, uneven, epoch, skipped),
                input_signature=signature,
                autograph=False,
            )
        return self._recorded[size, uneven]

    def _dataset(self, rows: Any, size: int, uneven: bool, epoch: Any, skipped: Any) -> Any:
        """The rows are cut whole, not one by one; an `uneven` last batch is smaller."""
        with tf.device(_PROCESSOR):
            return self._cut(rows, size, uneven, epoch, skipped)

    def _cut(self, rows: Any, size: int, uneven: bool, epoch: Any, skipped: Any) -> Any:
        def make(start: Any) -> tuple[Any, ...]:
            group = rows[start : start + size]
            return self._make(group if uneven else tf.ensure_shape(group, (size,)), epoch, start // size)

        starts = tf.data.Dataset.range(skipped * size, tf.size(rows, tf.int64), size)
        plain = tf.autograph.experimental.do_not_convert(make)
        made = starts.map(plain, num_parallel_calls=self._calls, deterministic=True)
        return _untuned(made.prefetch(_AHEAD))

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Around the use of batches: a picture that cannot be read raises RunFailed, naming it."""
        try:
            yield
        except tf.errors.OpError:
            if not self._failures:
                raise
            raise self._failures[0] from None

    def gather(self, rows: Any) -> tuple[Any, ...]:
        """The batch of these examples, unchanged."""
        with tf.device(_PROCESSOR):
            return self._batch(self._inputs(rows), self._labels_of(rows), rows)

    def _made(self, rows: Any, epoch: Any, number: Any) -> tuple[Any, ...]:
        return self._batch(self._whole(rows, epoch, number), self._moved(rows, epoch, number), rows)

    def _whole(self, rows: Any, epoch: Any, number: Any) -> dict[str, Any]:
        inputs = self._inputs(rows)
        return self._change.make(inputs, epoch, number, None) if self._change else inputs

    def _shared(self, rows: Any, epoch: Any, number: Any) -> tuple[Any, ...]:
        return self._batch(self._part(rows, epoch, number), self._moved(rows, epoch, number), rows)

    def _part(self, rows: Any, epoch: Any, number: Any) -> dict[str, Any]:
        """The inputs of this process's share."""
        count = tf.shape(rows)[0]
        places = self._share.positions(count)
        if self._change and self._change.sees_all:
            whole = self._whole(rows, epoch, number)
            return {name: tf.gather(value, places) for name, value in whole.items()}
        inputs = self._inputs(tf.gather(rows, places))
        return self._change.make(inputs, epoch, number, Among(places, count)) if self._change else inputs

    def _inputs(self, rows: Any) -> dict[str, Any]:
        return {name: tf.cast(read(rows), self._dtypes[name]) for name, read in self._read.items()}

    def _labels_of(self, rows: Any) -> dict[str, Any]:
        return {name: tf.gather(array, rows) for name, array in self._labels.items()}

    def _moved(self, rows: Any, epoch: Any, number: Any) -> dict[str, Any]:
        """The labels of the whole batch, of which some go with what moves the inputs."""
        labels = self._labels_of(rows)
        moving = self._change and self._change.labels
        return moving(labels, epoch, number) if moving else labels

    def _batch(self, inputs: dict[str, Any], labels: dict[str, Any], rows: Any) -> tuple[Any, ...]:
        batch = (_alone(inputs), self._by_output(labels))
        weights = {name: tf.gather(array, rows) for name, array in self._weights.items()}
        return (*batch, self._by_output(weights)) if weights else batch

    def _by_output(self, tensors: dict[str, Any]) -> Any:
        return tensors if self._named else _alone(tensors)

    def _reader(self, column: Column) -> Callable[[Any], Any]:
        if not isinstance(column, Pictures):
            with tf.device(_PROCESSOR):
                array = tf.constant(column)
            return lambda rows: tf.gather(array, rows)

        def read(rows: Array) -> Array:
            try:
                return column.read(rows)
            except RunFailed as failure:
                self._failures.append(failure)
                raise

        def decoded(rows: Any) -> Any:
            pictures = tf.numpy_function(read, [rows], tf.uint8, stateful=False)
            return tf.ensure_shape(pictures, (None, *column.reading.shape))

        return decoded


def over_and_over(batch: Any) -> Any:
    """A tf.data.Dataset that gives one batch for ever, for steps that are timed."""
    with tf.device(_PROCESSOR):
        return _untuned(tf.data.Dataset.from_tensors(batch).repeat())


def _untuned(dataset: Any) -> Any:
    """The dataset as it is put together, without the thread that tunes it while it is read.

    The end of an epoch may wait for that one's next turn; these come after 10, 20, 40, ... ms, so that an epoch could
    take up to twice as long as its steps. Nor is there anything to rewrite, which is looked for in each epoch anew.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return dataset.with_options(options)


def _weights_of(weights: Mapping[str, Array] | None) -> dict[str, Any]:
    with tf.device(_PROCESSOR):
        return {name: tf.constant(array, tf.float32) for name, array in (weights or {}).items()}


def _alone(tensors: dict[str, Any]) -> Any:
    return tensors if len(tensors) > 1 else next(iter(tensors.values()))
