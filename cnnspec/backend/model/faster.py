"""Keras with layers that TensorFlow computes faster than Keras asks it to: for training, never for a file.

`FASTER` stands for `keras` where a network is built to be trained. Its layers, those of mended.py among them, have the
arguments, variables and results of those they replace, and say that they are those, so that a saved model holds stock
layers only.
"""

import math
import os
from functools import cache
from types import SimpleNamespace
from typing import Any

import keras
import tensorflow as tf

from cnnspec.backend.model.mended import MENDED, stock

_FUSED_TYPES = frozenset({"float32", "bfloat16", "float16"})
_WORTH_HALVING = 100_000
"""Multiply-adds of an example in a convolution: less is done sooner than a second operation begins."""


class _BatchNormalization(keras.layers.BatchNormalization):
    """Keras' own, but trained by TensorFlow's fused kernel where it fits: channels last, one or two spatial axes.

    A frozen one normalises by its moving statistics, as Keras' does, and leaves them as they are. Masks, other axes,
    statistics shared by replicas and everything outside training are left to Keras.
    """

    __class__ = stock(keras.layers.BatchNormalization)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The input normalised, in its own shape and dtype; training moves the moving statistics."""
        if not (training and mask is None and self._fuses(inputs)):
            return keras.layers.BatchNormalization.call(self, inputs, training=training, mask=mask)
        flat = len(inputs.shape) == 3
        pictures = tf.expand_dims(inputs, 1) if flat else inputs
        outputs, mean, variance = self._fused(pictures)
        if self.trainable:
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, _population(variance, pictures))
        return tf.squeeze(outputs, 1) if flat else outputs

    def _fuses(self, inputs: Any) -> bool:
        rank, stock = len(inputs.shape), not (self.renorm or self.synchronized)
        return stock and rank in (3, 4) and self.axis in (-1, rank - 1) and inputs.dtype.name in _FUSED_TYPES

    def _fused(self, pictures: Any) -> tuple[Any, Any, Any]:
        """(n, h, w, c) normalised, with mean and sample variance (c) in float32 whatever the pictures are.

        Of a frozen layer these are its moving statistics.
        """
        channels, unused = pictures.shape[-1], tf.constant([], tf.float32)
        given = (unused, unused) if self.trainable else (self.moving_mean, self.moving_variance)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=pictures,
            scale=keras.ops.cast(self.gamma, "float32") if self.scale else tf.ones(channels),
            offset=keras.ops.cast(self.beta, "float32") if self.center else tf.zeros(channels),
            mean=keras.ops.cast(given[0], "float32"),
            variance=keras.ops.cast(given[1], "float32"),
            epsilon=self.epsilon,
            is_training=bool(self.trainable),
        )
        return outputs, mean, variance

    def _move(self, average: Any, value: Any) -> None:
        before = keras.ops.cast(average, "float32")
        average.assign(before * self.momentum + value * (1.0 - self.momentum))


def _population(variance: Any, pictures: Any) -> Any:
    """The sample variance (c) of n values as theirs as a population: (n - 1) / n of it, and 0 of a single one.

    Of a single one a GPU has no sample variance, as it divides by n - 1.
    """
    count = tf.cast(tf.reduce_prod(tf.shape(pictures)[:-1]), tf.float32)
    return tf.where(count > 1.0, variance, tf.zeros_like(variance)) * (tf.maximum(count - 1.0, 1.0) / count)


class _Conv1D(keras.layers.Conv1D):
    """Keras' own, but groups by TensorFlow's own operation; Keras compiles them with XLA, slow on processors."""

    __class__ = stock(keras.layers.Conv1D)

    def call(self, inputs: Any) -> Any:
        """(n, length, channels) -> (n, length', filters)."""
        if not _is_grouped(self):
            return keras.layers.Conv1D.call(self, inputs)
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        causal = self.padding == "causal"
        padded = tf.pad(inputs, [[0, 0], [before, 0], [0, 0]]) if causal else inputs
        return _finished(self, _grouped(self, padded, "valid" if causal else self.padding))


class _ZeroPadding2D(keras.layers.ZeroPadding2D):
    """Keras' own, which remembers what it padded, for a convolution that can pad by itself."""

    __class__ = stock(keras.layers.ZeroPadding2D)

    def call(self, inputs: Any) -> Any:
        """(n, height, width, channels) -> (n, height', width', channels)."""
        outputs = keras.layers.ZeroPadding2D.call(self, inputs)
        if self.data_format == "channels_last":
            outputs._unpadded = (inputs, self.padding)
        return outputs


class _Conv2D(keras.layers.Conv2D):
    """Keras' own, but groups by TensorFlow's own operation; Keras compiles them with XLA, slow on processors.

    Zeros that were added before it and come to `same` are left to the operation, which saves copies there and back; any
    other zeros would send it to a slower one. Where one thread does an operation, the halves of a batch are two.
    """

    __class__ = stock(keras.layers.Conv2D)

    def call(self, inputs: Any) -> Any:
        """(n, height, width, channels) -> (n, height', width', filters)."""
        if _is_grouped(self):
            return _finished(self, _grouped(self, inputs, self.padding))
        plain = self.groups == 1 and self.data_format == "channels_last"
        unpadded, zeros = getattr(inputs, "_unpadded", (None, None)) if plain else (None, None)
        same = zeros is not None and zeros == _same(self)
        halved = plain and _pays_in_halves(self, inputs)
        if not (same or halved):
            return keras.layers.Conv2D.call(self, inputs)
        options = {"padding": "SAME" if same else self.padding.upper()}
        options |= {"strides": (1, *self.strides, 1), "dilations": (1, *self.dilation_rate, 1)}
        convolved = _in_halves if halved else tf.raw_ops.Conv2D
        kernel = tf.convert_to_tensor(self.kernel)
        return _finished(self, convolved(input=unpadded if same else inputs, filter=kernel, **options))


def _same(layer: Any) -> tuple[tuple[int, int], ...]:
    """Zeros before and after each axis that `same` adds for strides of one; none for a layer that adds its own."""
    if layer.padding != "valid" or max(layer.strides) > 1:
        return ()
    sizes = zip(layer.kernel_size, layer.dilation_rate, strict=True)
    totals = [dilation * (window - 1) for window, dilation in sizes]
    return tuple((total // 2, total - total // 2) for total in totals)


def _pays_in_halves(layer: Any, inputs: Any) -> bool:
    """Whether an example is enough work for two operations, one thread does each, and another processor is free."""
    alone = tf.distribute.get_strategy().num_replicas_in_sync == 1 and not tf.config.list_physical_devices("GPU")
    free = alone and (os.cpu_count() or 1) > 1 and tf.config.threading.get_intra_op_parallelism_threads() == 1
    places = math.prod(size or 0 for size in inputs.shape[1:3]) // math.prod(layer.strides)
    return free and places * math.prod(layer.kernel.shape) > _WORTH_HALVING


def _in_halves(input: Any, filter: Any, **options: Any) -> Any:
    """The convolution of a batch as one of each half, side by side; its gradients, side by side anyway, are whole."""

    def convolved(pictures: Any, kernel: Any) -> Any:
        count = tf.shape(pictures)[0]
        half = (count + 1) // 2
        parts = (pictures[:half], pictures[tf.minimum(half, count - 1) :])
        outputs = tf.concat([tf.raw_ops.Conv2D(input=part, filter=kernel, **options) for part in parts], 0)[:count]
        return outputs, lambda gradient: _gradients(pictures, kernel, gradient, options)

    return tf.custom_gradient(convolved)(input, filter)


def _gradients(pictures: Any, kernel: Any, gradient: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    given = {"out_backprop": gradient, **options}
    return (
        tf.raw_ops.Conv2DBackpropInput(input_sizes=tf.shape(pictures), filter=kernel, **given),
        tf.raw_ops.Conv2DBackpropFilter(input=pictures, filter_sizes=tf.shape(kernel), **given),
    )


def _is_grouped(layer: Any) -> bool:
    """Whether it has groups, in float32: in 16 bits the gradients of the kernels would be rounded more than Keras'."""
    return bool(layer.groups > 1 and layer.data_format == "channels_last" and layer.compute_dtype == "float32")


def _grouped(layer: Any, inputs: Any, padding: str) -> Any:
    """The convolution in one operation where the device has one for groups, else group by group."""
    options = {"strides": layer.strides, "padding": padding.upper(), "dilations": layer.dilation_rate}
    kernel = tf.convert_to_tensor(layer.kernel)
    if _takes_groups():
        return tf.nn.convolution(inputs, kernel, **options)
    parts = zip(tf.split(inputs, layer.groups, -1), tf.split(kernel, layer.groups, -1), strict=True)
    return tf.concat([tf.nn.convolution(*part, **options) for part in parts], -1)


def _finished(layer: Any, outputs: Any) -> Any:
    biased = tf.nn.bias_add(outputs, tf.convert_to_tensor(layer.bias)) if layer.use_bias else outputs
    return biased if layer.activation is None else layer.activation(biased)


@cache
def _takes_groups() -> bool:
    """Whether TensorFlow learns a convolution in groups on this device: on processors oneDNN does."""
    with tf.init_scope():
        try:
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=(1, 3, 3, 4),
                filter=tf.ones((2, 2, 2, 4)),
                out_backprop=tf.ones((1, 2, 2, 4)),
                strides=(1, 1, 1, 1),
                padding="VALID",
            )
        except tf.errors.OpError:
            return False
    return True


_LAYERS = {
    "BatchNormalization": _BatchNormalization,
    "Conv1D": _Conv1D,
    "Conv2D": _Conv2D,
    "ZeroPadding2D": _ZeroPadding2D,
}
FASTER: Any = SimpleNamespace(
    **{**vars(keras), "layers": SimpleNamespace(**{**vars(keras.layers), **MENDED, **_LAYERS})}
)
"""Keras, with these layers and the mended ones in place of its own."""
