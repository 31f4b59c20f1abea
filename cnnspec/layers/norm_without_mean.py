"""Normalisations that divide by a size and subtract no mean."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from cnnspec.layers.base import Facts, Layer, Misfit, Weight, channels, known_size_at, place_of
from cnnspec.layers.building import keras_layer, named
from cnnspec.layers.fields import Axes, Count, Number, Positive
from cnnspec.layers.shape import Shape, product, write_shape
from cnnspec.layers.symbol import Symbol


def _places(layer: Layer, axis: int | tuple[int, ...], shape: Shape) -> list[int]:
    """The axes in Keras' order, the batch not counted; raises Misfit for one that is not there, or is named twice."""
    axes = sorted((axis,) if isinstance(axis, int) else axis)
    places = [place_of(shape, each) for each in axes]
    if len(set(places)) < len(places):
        raise Misfit("axis", f"axis {list(axes)} on {write_shape(shape)}", "each axis once")
    return places


class RMSNorm(Layer, kind="rms_norm"):
    """Divide by the root mean square along an axis, then scale (Zhang and Sennrich 2019): the shape stays.

    ```yaml
    - rms_norm                    # (28, 28, 8) -> (28, 28, 8)
    - rms_norm: {epsilon: 1e-5}   # (64, 300) -> (64, 300)
    ```
    """

    formula = "y[r, e] = scale[e] * x[r, e] / sqrt(sum(z < N: x[r, z]^2) / N + epsilon)  # e along the axes"

    normalises = prepares = keeps_places = True
    said_by_name = True

    axis: Axes = -1
    """The last axis, or the last ones, counted with the batch as 0: Keras scales along no others."""
    epsilon: Positive = 1e-6
    """Added to the mean square before its root is taken."""

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers lie along the axes."""
        sizes = tuple(inputs[0][place] for place in _places(self, self.axis, inputs[0]))
        return {**super().symbols(*inputs), "N": Symbol(product(sizes), "numbers along the axes")}

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; one scale for every number along the axis."""
        places = _places(self, self.axis, inputs[0])
        if places != list(range(len(inputs[0]) - len(places), len(inputs[0]))):
            received = f"rms_norm along axis {self.axis} of {write_shape(inputs[0])}"
            raise Misfit("axis", received, "the last axis, or the last ones", "permute before it and after it")
        sizes = tuple(known_size_at(inputs[0], place + 1, self.kind) for place in places)
        return Facts(inputs[0], (Weight("scale", sizes),))

    def knows_masks(self, shape: Shape) -> bool:
        """Keras' forgets which steps are padding."""
        return False

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' RMSNormalization."""
        return keras_layer(keras, self, "RMSNormalization", name)


class UnitNorm(Layer, kind="unit_norm"):
    """Divide by the length of the vector along an axis, which is 1 then: the shape stays.

    ```yaml
    - unit_norm               # (128,) -> (128,)
    - unit_norm: [1, 2]       # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = "y[r, e] = x[r, e] / sqrt(max(sum(z < N: x[r, z]^2), 1e-12))  # e along the axes"

    prepares = keeps_places = True
    said_by_name = True

    axis: Axes = -1
    """The axis or axes of the vector, counted with the batch as 0."""

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers lie along the axes."""
        sizes = tuple(inputs[0][place] for place in _places(self, self.axis, inputs[0]))
        return {**super().symbols(*inputs), "N": Symbol(product(sizes), "numbers along the axes")}

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        _places(self, self.axis, inputs[0])
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' UnitNormalization."""
        return keras_layer(keras, self, "UnitNormalization", name)


class LocalResponseNorm(Layer, kind="local_response_norm"):
    """Divide by the squares of the channels nearby: x / (bias + alpha Σ x²) ** beta (Krizhevsky et al. 2012).

    The sum is over `depth_radius` channels on either side, as in TensorFlow, whose defaults these are; AlexNet's are
    `{depth_radius: 2, bias: 2, alpha: 1e-4, beta: 0.75}`.

    ```yaml
    - local_response_norm                                                          # (27, 27, 96) -> (27, 27, 96)
    - local_response_norm: {depth_radius: 2, bias: 2, alpha: 1e-4, beta: 0.75}     # (13, 13, 256) -> (13, 13, 256)
    ```
    """

    formula = """
    y[p, c] = x[p, c] / (bias + alpha * sum(r < 2 * depth_radius + 1: x[p, c + r - depth_radius]^2))^beta
    """

    keeps_places = True

    depth_radius: Count = 5
    """How many channels on either side are summed over."""
    bias: Positive = 1.0
    """What the sum is added to."""
    alpha: Number = 1.0
    """What the sum is multiplied by."""
    beta: Number = 0.5
    """The power."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        channels(inputs[0], self.kind)
        return Facts(inputs[0])

    def knows_masks(self, shape: Shape) -> bool:
        """Keras' operations forget which steps are padding."""
        return False

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operations: squares, as many times as the window is wide, each moved by one channel."""
        size, radius = channels(inputs[0], self.kind), self.depth_radius
        rank = len(inputs[0])

        def apply(tensor: Any) -> Any:
            wide = keras.ops.pad(keras.ops.square(tensor), ((0, 0),) * rank + ((radius, radius),))
            parts = [wide[..., start : start + size] for start in range(2 * radius + 1)]
            scale = self.bias + self.alpha * reduce(keras.ops.add, parts)
            return named(keras.ops.divide(tensor, keras.ops.power(scale, self.beta)), name)

        return apply
