"""What the language has and Keras has not, written plainly as layers of Keras' kind: what ours are compared with."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


class _Beyond(keras.layers.Layer):
    """Has a weight `kernel` of a shape that the first input decides; nobody saves it."""

    def get_config(self) -> dict[str, Any]:
        return {}

    def kernel_of(self, shape: tuple[int, ...], initializer: Any, regularizer: Any = None) -> Any:
        return self.add_weight(name="kernel", shape=shape, initializer=initializer, regularizer=regularizer)


class LayerScale(_Beyond):
    """As in keras.applications' ConvNeXt."""

    def __init__(self, init_values: float = 1e-6, **more: Any) -> None:
        super().__init__(**more)
        self.start = keras.initializers.Constant(init_values)

    def build(self, shape: tuple[int, ...]) -> None:
        self.kernel = self.kernel_of(shape[-1:], self.start)

    def call(self, inputs: Any) -> Any:
        return inputs * self.kernel


class StochasticDepth(_Beyond):
    """As in keras.applications' ConvNeXt, with a draw for each example."""

    def __init__(self, rate: float, seed: int | None = None, **more: Any) -> None:
        super().__init__(**more)
        if not 0 <= rate <= 1:
            raise ValueError(rate)
        self.rate, self.draws = rate, keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or not self.rate:
            return inputs
        shape = (len(inputs), *(1 for _ in inputs.shape[1:]))
        kept = keras.random.uniform(shape, seed=self.draws) >= self.rate
        return keras.ops.where(kept, inputs / (1 - self.rate), 0.0)


class _Learnt(_Beyond):
    def __init__(self, embeddings_initializer: Any = None, embeddings_regularizer: Any = None, **more: Any) -> None:
        super().__init__(**more)
        self.start, self.penalty = embeddings_initializer, embeddings_regularizer


class PositionEmbedding(_Learnt):
    """x + table."""

    def build(self, shape: tuple[int, ...]) -> None:
        _, length, channels = shape
        start = self.start or keras.initializers.RandomNormal(stddev=0.02)
        self.kernel = self.kernel_of((length, channels), start, self.penalty)

    def call(self, inputs: Any) -> Any:
        return inputs + self.kernel


class ClassToken(_Learnt):
    """A row before the others."""

    def build(self, shape: tuple[int, ...]) -> None:
        _, _, channels = shape
        self.kernel = self.kernel_of((1, channels), self.start or "zeros", self.penalty)

    def call(self, inputs: Any) -> Any:
        row = keras.ops.broadcast_to(self.kernel, (keras.ops.shape(inputs)[0], 1, inputs.shape[-1]))
        return keras.ops.concatenate([row, inputs], axis=1)


class _Plain(_Beyond):
    """Keeps its arguments, and computes with TensorFlow's or numpy's own functions."""

    def __init__(self, **arguments: Any) -> None:
        own = {name: arguments.pop(name) for name in list(arguments) if name != "trainable"}
        super().__init__(**arguments)
        self.own = own


class SinusoidalPosition(_Plain):
    """Line by line, as the paper has it."""

    def call(self, inputs: Any) -> Any:
        _, length, channels = inputs.shape
        longest = self.own.get("max_wavelength", 10000.0)
        table = np.zeros((length or 1, channels))
        for place in range(length or 1):
            for channel in range(channels):
                angle = place / longest ** (channel // 2 * 2 / channels)
                table[place, channel] = np.cos(angle) if channel % 2 else np.sin(angle)
        return inputs + table.astype("float32")


class LocalResponseNorm(_Plain):
    """TensorFlow's own, of pictures."""

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def call(self, inputs: Any) -> Any:
        sizes = [1] * (4 - len(inputs.shape))
        pictures = tf.reshape(inputs, (tf.shape(inputs)[0], *sizes, *inputs.shape[1:]))
        if len(inputs.shape) > 4:
            pictures = tf.reshape(inputs, (-1, 1, 1, inputs.shape[-1]))
        return tf.reshape(tf.nn.local_response_normalization(pictures, **self.own), tf.shape(inputs))


class ChannelShuffle(_Plain):
    """Channel by channel."""

    def call(self, inputs: Any) -> Any:
        count, groups = inputs.shape[-1], self.own["groups"]
        if groups < 1 or count % groups:
            raise ValueError(groups)
        size = count // groups
        return keras.ops.stack([inputs[..., k % groups * size + k // groups] for k in range(count)], axis=-1)


class SpaceToDepth(_Plain):
    """TensorFlow's own."""

    def call(self, inputs: Any) -> Any:
        return tf.nn.space_to_depth(inputs, self.own["block_size"])


class DepthToSpace(_Plain):
    """TensorFlow's own."""

    def call(self, inputs: Any) -> Any:
        return tf.nn.depth_to_space(inputs, self.own["block_size"])


class Slice(_Plain):
    """By the numbers of the places."""

    def call(self, inputs: Any) -> Any:
        own, rank = dict(self.own), len(inputs.shape)
        axis = own.pop("axis")
        if not -rank < axis < rank or axis == 0:
            raise ValueError(axis)
        size = inputs.shape[axis]
        if size is None:
            which = own.get("index", slice(own.get("start"), own.get("stop"), own.get("step", 1)))
            return inputs[(*[slice(None)] * (axis % rank), which)]
        if own.get("index") is not None:
            if set(own) != {"index"} or not -size <= own["index"] < size:
                raise ValueError(own)
            return tf.gather(inputs, own["index"] % size, axis=axis)
        places = list(range(size))[own.get("start") : own.get("stop") : own.get("step", 1)]
        if not places:
            raise ValueError(own)
        return tf.gather(inputs, places, axis=axis)


class Cast(_Plain):
    """TensorFlow's own."""

    def call(self, inputs: Any) -> Any:
        return tf.cast(inputs, self.own["dtype"])


class WeightedSum(_Plain):
    """As EfficientDet's paper has it."""

    def build(self, shapes: Any) -> None:
        self.kernel = self.kernel_of((len(shapes),), keras.initializers.Constant(self.own.get("init_values", 1.0)))

    def call(self, inputs: Any) -> Any:
        weights, way = self.kernel, self.own.get("normalize", "none")
        if way == "relu":
            weights = tf.nn.relu(weights) / (tf.reduce_sum(tf.nn.relu(weights)) + self.own.get("epsilon", 1e-4))
        if way == "softmax":
            weights = tf.nn.softmax(weights)
        return keras.layers.add([weights[number] * each for number, each in enumerate(inputs)])
