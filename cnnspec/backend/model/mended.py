"""Layers of Keras whose own have no gradient in some precision, or not the same one each time."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


def stock(layer: type) -> Any:
    """The class of Keras that a layer stands for, as what it calls its own class.

    Keras writes a layer's `__class__` into a file; a class of ours there would not open without cnnspec.
    """
    return property(lambda self: layer)


class _GRU(keras.layers.GRU):
    """Keras' own, repeatable: see `_keep_repeatable`."""

    __class__ = stock(keras.layers.GRU)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _keep_repeatable(self)


class _LSTM(keras.layers.LSTM):
    """Keras' own, repeatable: see `_keep_repeatable`."""

    __class__ = stock(keras.layers.LSTM)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _keep_repeatable(self)


class _Resizing(keras.layers.Resizing):
    """Keras' own, which can be learnt through: see `_in_32_bits`."""

    __class__ = stock(keras.layers.Resizing)

    def call(self, data: Any, training: bool = True) -> Any:
        """(n, height, width, channels) -> (n, height', width', channels)."""
        return _in_32_bits(self.interpolation, lambda each: keras.layers.Resizing.call(self, each, training), data)


class _UpSampling2D(keras.layers.UpSampling2D):
    """Keras' own, which can be learnt through: see `_in_32_bits`."""

    __class__ = stock(keras.layers.UpSampling2D)

    def call(self, inputs: Any) -> Any:
        """(n, height, width, channels) -> (n, height', width', channels)."""
        return _in_32_bits(self.interpolation, lambda each: keras.layers.UpSampling2D.call(self, each), inputs)


def _in_32_bits(interpolation: str, resize: Callable[[Any], Any], inputs: Any) -> Any:
    """Resized as Keras does; 16 bits by Lanczos' windows in float32, of which alone TensorFlow has a gradient."""
    if inputs.dtype not in (tf.bfloat16, tf.float16) or not interpolation.startswith("lanczos"):
        return resize(inputs)
    return tf.cast(resize(tf.cast(inputs, tf.float32)), inputs.dtype)


def _keep_repeatable(layer: Any) -> None:
    """Leave a GPU's own kernel aside in bfloat16, unless it is asked for: its gradients differ each time."""
    if layer.use_cudnn == "auto" and layer.compute_dtype == "bfloat16":
        layer.use_cudnn = False


MENDED = {"GRU": _GRU, "LSTM": _LSTM, "Resizing": _Resizing, "UpSampling2D": _UpSampling2D}
"""In place of Keras' own, by their names."""
