"""What transformers add to a sequence: where each step is, and a step of its own for the class."""

from collections.abc import Callable
from math import log
from typing import Any

from cnnspec.layers.base import Facts, Layer, Misfit, Weight, spatial
from cnnspec.layers.building import Assembled, hand_mask_on, named, one_each, one_of, weight
from cnnspec.layers.fields import Positive
from cnnspec.layers.initializer import (
    AnyInitializer,
    AnyRegularizer,
    RandomNormal,
    Zeros,
    build_initializer,
    build_regularizer,
)
from cnnspec.layers.shape import Shape
from cnnspec.layers.traits import NOTHING_AGAIN


def _steps(shape: Shape, kind: str) -> tuple[int, int]:
    """Length and channels of a sequence; raises Misfit, also where the length is unknown."""
    (length,), width = spatial(shape, kind, (1,))
    if not isinstance(length, int):
        expected = "a known length, since its weights depend on it"
        received, help = f"{kind} reads a sequence of unknown length", "give the length as a number"
        raise Misfit(None, received, expected, help, says_shapes=True)
    return length, width


class _Learnt(Layer):
    """Vectors that are learnt, whatever is read."""

    def vectors(self, count: int, width: int) -> Weight:
        """The weight that holds them; raises Misfit where it cannot start so."""
        return weight(self, "kernel", (count, width), "embeddings")

    def table(self, keras: Any, name: str, count: int, width: int) -> Any:
        """Keras' EinsumDense that makes of ones of shape (n,) as many copies of the vectors: (n, count, width)."""
        given = vars(self)
        return keras.layers.EinsumDense(
            "a,bc->abc",
            (count, width),
            kernel_initializer=build_initializer(keras, given["embeddings_initializer"]),
            kernel_regularizer=build_regularizer(keras, given["embeddings_regularizer"]),
            trainable=self.trainable,
            name=name,
        )


class PositionEmbedding(_Learnt, kind="position_embedding"):
    """Add a learnt vector to each step, one for each place: the shape stays (Gehring et al. 2017).

    ```yaml
    - position_embedding      # (197, 192) -> (197, 192)
    ```
    """

    formula = "y[i, c] = x[i, c] + w[i, c]"

    keeps_places = True
    rereads = NOTHING_AGAIN

    embeddings_initializer: AnyInitializer = RandomNormal(stddev=0.02)
    """How the vectors start."""
    embeddings_regularizer: AnyRegularizer | None = None
    """A penalty on the vectors, added to the loss."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; as many numbers as an example has."""
        return Facts(inputs[0], (self.vectors(*_steps(inputs[0], self.kind)),))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """A table, looked up once for all examples, and Keras' addition."""
        table = self.table(keras, name, *_steps(inputs[0], self.kind))
        masked = hand_mask_on(keras, name)

        def apply(tensor: Any) -> Any:
            vectors = table(one_of(keras, tensor, name))
            return masked(tensor, named(keras.ops.add(tensor, vectors), f"{name}.add"))

        return Assembled(table, apply)


class SinusoidalPosition(Layer, kind="sinusoidal_position"):
    """Add sines and cosines of each step's place, in turn: the shape stays, nothing is learnt (Vaswani et al. 2017).

    ```yaml
    - sinusoidal_position      # (64, 300) -> (64, 300)
    ```
    """

    formula = """
    a[i, c] = i / max_wavelength^(2 * floor(c / 2) / n)
    y[i, c] = x[i, c] + (sin(a[i, c]) if c == 2 * floor(c / 2) else cos(a[i, c]))
    """

    keeps_places = True
    rereads = NOTHING_AGAIN

    max_wavelength: Positive = 10000.0
    """Steps from one maximum to the next in the last channels; in the first it is 2 pi."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        spatial(inputs[0], self.kind, (1,))
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operations: the angle is the place times max_wavelength ** (-2 (channel // 2) / channels)."""
        ops, width = keras.ops, spatial(inputs[0], self.kind, (1,))[1]
        masked = hand_mask_on(keras, name)

        def apply(tensor: Any) -> Any:
            ones = ops.ones_like(ops.sum(tensor, axis=0, keepdims=True), dtype="float32")
            channel = ops.cumsum(ones, axis=2) - 1.0
            pair = ops.floor(channel / 2.0)
            place = ops.cumsum(ones, axis=1) - 1.0
            angle = place * ops.exp(pair * (-2.0 * log(self.max_wavelength) / width))
            waves = ops.where(channel - 2.0 * pair > 0.5, ops.cos(angle), ops.sin(angle))
            return masked(tensor, named(ops.add(tensor, ops.cast(waves, tensor.dtype)), name))

        return apply


class ClassToken(_Learnt, kind="class_token"):
    """Put a learnt step in front of the sequence: (length, c) -> (length + 1, c) (Devlin et al. 2019).

    After attention its vector, taken by `slice`, stands for the whole: in ViT the classifier reads it alone.

    ```yaml
    - class_token                                                             # (196, 192) -> (197, 192)
    - class_token: {embeddings_initializer: {random_normal: {stddev: 0.02}}}  # (196, 192) -> (197, 192)
    ```
    """

    formula = """
    y[0, c] = w[c]
    y[i + 1, c] = x[i, c]
    """

    rereads = NOTHING_AGAIN

    embeddings_initializer: AnyInitializer = Zeros()
    """How the step starts."""
    embeddings_regularizer: AnyRegularizer | None = None
    """A penalty on the step, added to the loss."""

    def infer(self, *inputs: Shape) -> Facts:
        """One step more."""
        (length,), width = spatial(inputs[0], self.kind, (1,))
        return Facts((length + 1, width), (self.vectors(1, width),))

    def knows_masks(self, shape: Shape) -> bool:
        """The step is no padding, the others are what they were."""
        return True

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """A table of one row, and Keras' Concatenate."""
        table = self.table(keras, name, 1, spatial(inputs[0], self.kind, (1,))[1])
        joined = keras.layers.Concatenate(axis=1, name=f"{name}.concat")

        def apply(tensor: Any) -> Any:
            return joined([table(one_each(keras, tensor, name)), tensor])

        return Assembled(table, apply)
