"""Noise and penalties while training, nothing otherwise."""

from collections.abc import Callable
from typing import Any

from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.building import keras_layer
from cnnspec.layers.fields import NotNegative, Seed, Share
from cnnspec.layers.shape import Shape, product
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN


class GaussianNoise(Layer, kind="gaussian_noise"):
    """While training add normal noise of mean 0: the shape stays.

    ```yaml
    - gaussian_noise: 0.1      # (28, 28, 1) -> (28, 28, 1)
    ```
    """

    formula = """
    y = x + e  # while training: each e is drawn from a normal distribution of mean 0 and deviation stddev
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True
    rereads = NOTHING_AGAIN

    stddev: Share
    """The noise's standard deviation."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' GaussianNoise."""
        return keras_layer(keras, self, "GaussianNoise", name)


class ActivityRegularization(Layer, kind="activity_regularization"):
    """Hand on what it reads, with a penalty on it that is added to the loss.

    ```yaml
    - activity_regularization: {l2: 0.01}      # (512,) -> (512,)
    ```
    """

    formula = """
    y = x
    penalty = l1 * sum(e < N: abs(x[e])) + l2 * sum(e < N: x[e]^2)  # of an example; their mean is added to the loss
    """

    passes_values = True
    reshapes = True
    keeps_places = True
    moves = True
    rereads = NOTHING_AGAIN

    l1: NotNegative = 0.0
    """The factor of the sum of absolute values."""
    l2: NotNegative = 0.0
    """The factor of the sum of squares."""

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers of an example."""
        return {**super().symbols(*inputs), "N": Symbol(product(inputs[0]), "numbers of an example")}

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' ActivityRegularization."""
        return keras_layer(keras, self, "ActivityRegularization", name)
