"""Activations: by Keras' names, alone or as an argument of another layer."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.fields import Axis, Number
from cnnspec.layers.kind import Kind, of
from cnnspec.layers.shape import Shape


class Nonlinearity(Kind, family="activation"):
    """An activation function."""

    def build(self, keras: Any, name: str) -> Any:
        """The Keras layer that applies it."""
        return keras.layers.Activation(self.kind, name=name)


_PLAIN = {
    "linear": "x itself",
    "sigmoid": "1 / (1 + exp(-x)), between 0 and 1",
    "tanh": "the hyperbolic tangent, between -1 and 1",
    "relu6": "min(max(x, 0), 6)",
    "selu": "a scaled elu that keeps mean and variance (Klambauer et al. 2017)",
    "silu": "x sigmoid(x)",
    "swish": "the same as silu",
    "mish": "x tanh(softplus(x))",
    "softplus": "log(1 + exp(x))",
    "softsign": "x / (1 + |x|)",
    "exponential": "exp(x)",
    "hard_sigmoid": "relu6(x + 3) / 6",
    "hard_silu": "x hard_sigmoid(x)",
    "hard_swish": "the same as hard_silu",
    "hard_tanh": "x clipped to -1 .. 1",
    "hard_shrink": "x, but 0 within ±0.5",
    "soft_shrink": "x moved towards 0 by 0.5",
    "tanh_shrink": "x - tanh(x)",
    "log_sigmoid": "log(sigmoid(x))",
    "log_softmax": "log(softmax(x))",
    "sparsemax": "a softmax that reaches exact zeros (Martins and Astudillo 2016)",
    "sparse_plus": "0 below -1, x above 1, (x + 1)^2 / 4 between",
    "sparse_sigmoid": "0 below -1, 1 above 1, (x + 1) / 2 between",
    "squareplus": "(x + sqrt(x^2 + 4)) / 2",
}

for _name, _formula in _PLAIN.items():
    type(_name, (Nonlinearity,), {"__doc__": _formula, "__module__": __name__}, kind=_name)


class ReLU(Nonlinearity, kind="relu"):
    """max(x, 0)."""

    negative_slope: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    max_value: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def build(self, keras: Any, name: str) -> Any:
        if not self.written():
            return keras.layers.Activation("relu", name=name)
        return keras.layers.ReLU(**self.arguments(), name=name)


class LeakyReLU(Nonlinearity, kind="leaky_relu"):
    """x above 0, `negative_slope` times x below."""

    negative_slope: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.2

    def build(self, keras: Any, name: str) -> Any:
        return keras.layers.LeakyReLU(**self.arguments(), name=name)


class ELU(Nonlinearity, kind="elu"):
    """x above 0, `alpha` (exp(x) - 1) below (Clevert et al. 2016)."""

    alpha: Number = 1.0

    def build(self, keras: Any, name: str) -> Any:
        return keras.layers.ELU(**self.arguments(), name=name)


class Softmax(Nonlinearity, kind="softmax"):
    """exp(x) over the sum of exp(x) along `axis`: positive and adding up to one."""

    axis: Axis = -1

    def build(self, keras: Any, name: str) -> Any:
        if not self.written():
            return keras.layers.Activation("softmax", name=name)
        return keras.layers.Softmax(axis=self.axis, name=name)


class GELU(Nonlinearity, kind="gelu"):
    """x times the standard normal's cumulative probability (Hendrycks and Gimpel 2016)."""


class CELU(Nonlinearity, kind="celu"):
    """max(x, 0) + min(exp(x) - 1, 0)."""


AnyActivation = Annotated[Nonlinearity, of(Nonlinearity)]


def plain_name(activation: Nonlinearity | None) -> str | None:
    """The name that a Keras layer's own `activation` argument takes; None where it has arguments."""
    return activation.kind if activation is not None and not activation.written() else None


class Activation(Layer, kind="activation"):
    """Apply an activation function to every number: the shape stays.

    ```yaml
    - activation: relu      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    activation: AnyActivation

    def infer(self, *inputs: Shape) -> Facts:
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        layer = self.activation.build(keras, name)
        layer.trainable = self.trainable
        return layer  # type: ignore[no-any-return]
