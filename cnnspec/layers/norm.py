"""Normalisations, alone or as the `norm` of a convolution or a dense layer."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from cnnspec.layers.activation import Activation, AnyActivation, Nonlinearity
from cnnspec.layers.base import Facts, Layer, Misfit, Part, Weight
from cnnspec.layers.fields import Axis, Number, Positive, Size
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, Ones, Zeros, build_initializer, build_regularizer
from cnnspec.layers.kind import Kind, Of
from cnnspec.layers.shape import Shape, write_shape


class _Normalised(Layer):
    """What all three have: a learnt scale (gamma) and shift (beta), and an activation after them."""

    axis: Axis = -1
    """The axis of the channels."""
    epsilon: Positive = 0.001
    """Added to the variance before its root is taken."""
    center: bool = True
    """Whether to learn a shift, beta."""
    scale: bool = True
    """Whether to learn a scale, gamma."""
    beta_initializer: AnyInitializer = Zeros()
    gamma_initializer: AnyInitializer = Ones()
    beta_regularizer: AnyRegularizer | None = None
    gamma_regularizer: AnyRegularizer | None = None
    activation: AnyActivation | None = None
    """Applied to the normalised output."""

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        return (Part("", self.model_copy(update={"activation": None})), *activation_part(self.activation))

    def infer(self, *inputs: Shape) -> Facts:
        sizes = self._sizes(inputs[0])
        return Facts(inputs[0], (*self._learnt(sizes), *self._statistics(sizes)))

    def _learnt(self, sizes: tuple[int, ...]) -> tuple[Weight, ...]:
        gamma = (Weight("gamma", sizes),) if self.scale else ()
        beta = (Weight("beta", sizes),) if self.center else ()
        return (*gamma, *beta)

    def _statistics(self, sizes: tuple[int, ...]) -> tuple[Weight, ...]:
        return ()

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        return (size_at(shape, self.axis, self.kind),)

    def _arguments(self, keras: Any, *without: str) -> dict[str, Any]:
        plain = {"activation", *without}
        return {
            name: _built(keras, name, value) for name, value in self.arguments().items() if name not in plain
        }


def _built(keras: Any, name: str, value: Any) -> Any:
    if name.endswith("_initializer"):
        return build_initializer(keras, value)
    if name.endswith("_regularizer"):
        return build_regularizer(keras, value)
    return value


def size_at(shape: Shape, axis: int, kind: str) -> int:
    """The known size of an axis, counted with the batch axis as Keras counts (0 is the batch)."""
    rank = len(shape) + 1
    index = axis + rank if axis < 0 else axis
    if not 1 <= index < rank:
        raise Misfit("axis", f"axis {axis} on {write_shape(shape)}", f"1 to {rank - 1}, or {1 - rank} to -1")
    size = shape[index - 1]
    if not isinstance(size, int):
        raise Misfit("axis", f"{kind} over an axis of unknown length", "an axis whose size is known, since weights depend on it")
    return size


def activation_part(activation: Nonlinearity | None) -> tuple[Part, ...]:
    """The activation as a layer of its own, if there is one."""
    return () if activation is None else (Part("activation", Activation(activation=activation)),)


class BatchNorm(_Normalised, kind="batch_norm"):
    """Normalise each channel over the batch: mean 0, variance 1, then gamma and beta (Ioffe and Szegedy 2015).

    Moving averages of mean and variance, which training updates, serve outside training.

    ```yaml
    - batch_norm      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    axis: Axis = -1
    momentum: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.99
    """How much of the moving averages stays at each step."""
    moving_mean_initializer: AnyInitializer = Zeros()
    moving_variance_initializer: AnyInitializer = Ones()
    synchronized: bool = False
    """Whether replicas share their batch's statistics."""

    def _statistics(self, sizes: tuple[int, ...]) -> tuple[Weight, ...]:
        return (Weight("moving_mean", sizes, False), Weight("moving_variance", sizes, False))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        return keras.layers.BatchNormalization(**self._arguments(keras), name=name)  # type: ignore[no-any-return]


class NoNorm(Kind):
    """No normalisation."""


# LayerNorm and GroupNorm go here.

NORMS: dict[str, type[Kind]] = {"none": NoNorm, "batch": BatchNorm}
AnyNorm = Annotated[Kind, Of("norm", NORMS)]
