"""What the language has and Keras has not, written plainly as layers of Keras' kind: what ours are compared with."""

from typing import Any

import keras


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
