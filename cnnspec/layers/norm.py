"""Normalisations, alone or as the `norm` of a convolution or a dense layer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from cnnspec.layers.activation import AnyActivation, activation_part, written_name
from cnnspec.layers.base import Facts, Layer, Misfit, Part, Weight, known_size_at, place_of, size_at
from cnnspec.layers.building import LESS, keras_layer, weight
from cnnspec.layers.fields import Axes, Axis, Positive, Share, is_count
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, Ones, Zeros
from cnnspec.layers.kind import Kind, Of, invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.phrase import Phrase, said_with_arguments
from cnnspec.layers.shape import Shape, product, write_shape
from cnnspec.layers.symbol import Symbol


class _Normalised(Layer):
    """What all three have: a learnt scale (gamma) and shift (beta), and an activation after them."""

    keeps_places = True
    prepares = True
    normalises = True

    epsilon: Positive = 0.001
    """Added to the variance before its root is taken."""
    center: bool = True
    """Whether to learn a shift, beta."""
    scale: bool = True
    """Whether to learn a scale, gamma."""
    beta_initializer: AnyInitializer = Zeros()
    """How the shift starts."""
    gamma_initializer: AnyInitializer = Ones()
    """How the scale starts."""
    beta_regularizer: AnyRegularizer | None = None
    """A penalty on the shift, added to the loss."""
    gamma_regularizer: AnyRegularizer | None = None
    """A penalty on the scale, added to the loss."""
    activation: AnyActivation | None = None
    """Applied to the normalised output."""

    @property
    def ends_in(self) -> str:
        """Its activation, which comes after the normalisation."""
        return written_name(self.activation)

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, then its activation, if there is one."""
        if self.activation is None:
            return (Part("", self),)
        return (Part("", self.model_copy(update={"activation": None})), *activation_part(self.activation))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """No scale or shift where none is learnt."""
        gamma, beta = {} if self.scale else {"gamma": Symbol(1)}, {} if self.center else {"beta": Symbol(0)}
        return {**super().symbols(*inputs), **gamma, **beta}

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Its kind, and the activation after it."""
        said = super().phrase(read, output)
        if self.activation is None:
            return said
        return replace(
            said, text=f"{said.text}, {said_with_arguments(self.activation)}", told=said.told | {"activation"}
        )

    def _learnt(self, sizes: tuple[int, ...]) -> tuple[Weight, ...]:
        gamma = (weight(self, "gamma", sizes),) if self.scale else ()
        beta = (weight(self, "beta", sizes),) if self.center else ()
        return (*gamma, *beta)


class BatchNorm(_Normalised, kind="batch_norm"):
    """Normalise each channel over the batch: mean 0, variance 1, then gamma and beta (Ioffe and Szegedy 2015).

    Moving averages of mean and variance, which training updates, serve outside training.

    ```yaml
    - batch_norm      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    idea = "batch normalisation"
    formula = """
    mu[c] = sum(e < N: x[e, c]) / N  # the mean of a channel, over the batch and all places
    v[c] = sum(e < N: (x[e, c] - mu[c])^2) / N  # its variance
    z[e, c] = (x[e, c] - mu[c]) / sqrt(v[c] + epsilon)  # normalised
    y[e, c] = gamma[c] * z[e, c] + beta[c]  # scaled and shifted
    M[c] = momentum * M[c] + (1 - momentum) * mu[c]  # the moving mean, after each step of the training
    V[c] = momentum * V[c] + (1 - momentum) * v[c]  # the moving variance
    y[e, c] = gamma[c] * (x[e, c] - M[c]) / sqrt(V[c] + epsilon) + beta[c]  # outside training
    """

    keeps_statistics = True
    said_by_name = True

    axis: Axis = -1
    """The axis of the channels, counted with the batch as 0."""
    momentum: Share = 0.99
    """How much of the moving averages stays at each step."""
    moving_mean_initializer: AnyInitializer = Zeros()
    """How the moving mean starts."""
    moving_variance_initializer: AnyInitializer = Ones()
    """How the moving variance starts."""
    synchronized: bool = False
    """Whether replicas share their batch's statistics; over several devices it does not run yet, and is refused."""

    @property
    def synchronizes(self) -> bool:
        """As written."""
        return self.synchronized

    @property
    def remembers(self) -> float:
        """Its momentum."""
        return self.momentum

    def cancels_bias(self, shape: Shape) -> bool:
        """Each channel's mean holds its bias, where channels are what it normalises."""
        return place_of(shape, self.axis) == len(shape) - 1

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; one number a channel for each of gamma, beta, moving mean and variance."""
        sizes = (known_size_at(inputs[0], self.axis, self.kind),)
        statistics = (weight(self, name, sizes) for name in ("moving_mean", "moving_variance"))
        return Facts(inputs[0], (*self._learnt(sizes), *(Weight(w.name, w.shape, False) for w in statistics)))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers of a batch belong to a channel."""
        channel = place_of(inputs[0], self.axis)
        places = product((*inputs[0][:channel], *inputs[0][channel + 1 :]))
        whole = "batch" if places == 1 else f"batch * {places if isinstance(places, int) else 'places'}"
        return {**super().symbols(*inputs), "N": Symbol(whole, "numbers of a channel in a batch")}

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' BatchNormalization."""
        return keras_layer(keras, self, "BatchNormalization", name, activation=LESS)


class LayerNorm(_Normalised, kind="layer_norm"):
    """Normalise each example along `axis`: mean 0, variance 1, then gamma and beta (Ba et al. 2016).

    ```yaml
    - layer_norm                      # (28, 28, 8) -> (28, 28, 8)
    - layer_norm: {axis: [2, 3]}      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = """
    mu[r] = sum(e < N: x[r, e]) / N  # e along the axes, r what is left of an example
    v[r] = sum(e < N: (x[r, e] - mu[r])^2) / N
    y[r, e] = gamma[e] * (x[r, e] - mu[r]) / sqrt(v[r] + epsilon) + beta[e]
    """

    said_by_name = True

    axis: Axes = -1
    """The axis or axes to normalise along, counted with the batch as 0."""

    def cancels_bias(self, shape: Shape) -> bool:
        """A mean along other axes than the channels holds each channel's bias whole."""
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        return all(place_of(shape, axis) < len(shape) - 1 for axis in axes)

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; gamma and beta have the sizes of the axes."""
        # Keras sorts the axes as written, so that [-1, 1] makes a gamma of (channels, first).
        axes = sorted((self.axis,) if isinstance(self.axis, int) else self.axis)
        places = [place_of(inputs[0], axis) for axis in axes]
        if len(set(places)) < len(places):
            raise Misfit("axis", f"axis {list(axes)} on {write_shape(inputs[0])}", "each axis once")
        if not self.scale and not self.center:
            return Facts(inputs[0])
        sizes = tuple(known_size_at(inputs[0], axis, self.kind) for axis in axes)
        return Facts(inputs[0], self._learnt(sizes))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers lie along the axes."""
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        size = product(tuple(size_at(inputs[0], axis) for axis in axes))
        return {**super().symbols(*inputs), "N": Symbol(size, "numbers along the axes")}

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' LayerNormalization."""
        return keras_layer(keras, self, "LayerNormalization", name, activation=LESS)


def _groups(value: object) -> int:
    if is_count(value) or (value == -1 and not isinstance(value, float)):
        assert isinstance(value, int)
        return value
    raise invalid("a whole number of at least 1, or -1 for as many groups as channels")


Groups = Annotated[
    int, PlainValidator(_groups), WithJsonSchema({"anyOf": [{"const": -1}, {"type": "integer", "minimum": 1}]})
]


class GroupNorm(_Normalised, kind="group_norm"):
    """Normalise each example over places and groups of channels, then gamma and beta (Wu and He 2018).

    ```yaml
    - group_norm: 4      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = """
    mu[g] = sum(e < N: x[g, e]) / N  # e through the places and channels of the group g of an example
    v[g] = sum(e < N: (x[g, e] - mu[g])^2) / N
    y[g, e] = gamma[c] * (x[g, e] - mu[g]) / sqrt(v[g] + epsilon) + beta[c]  # c is the channel of e
    """

    groups: Groups = 32
    """How many groups the channels are split into; -1: one group a channel (instance normalisation)."""
    axis: Axis = -1
    """The axis of the channels, counted with the batch as 0."""

    def cancels_bias(self, shape: Shape) -> bool:
        """Where each channel is a group of its own, its mean holds its bias whole."""
        return self.groups == -1 and place_of(shape, self.axis) == len(shape) - 1

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays; one number a channel for each of gamma and beta."""
        size = known_size_at(inputs[0], self.axis, self.kind)
        if self.groups != -1 and size % self.groups:
            help = "as a conv's norm: norm: {group: {groups: ...}}"
            raise Misfit("groups", f"groups {self.groups} on {size} channels", f"a divisor of {size}, or -1", help)
        return Facts(inputs[0], self._learnt((size,)))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` numbers of an example belong to a group."""
        groups = known_size_at(inputs[0], self.axis, self.kind) if self.groups == -1 else self.groups
        return {**super().symbols(*inputs), "N": Symbol(product(inputs[0]) // groups, "numbers of a group")}

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' GroupNormalization."""
        return keras_layer(keras, self, "GroupNormalization", name, activation=LESS)


class NoNorm(Kind):
    """No normalisation."""


NORMS: dict[str, type[Kind]] = {"none": NoNorm, "batch": BatchNorm, "layer": LayerNorm, "group": GroupNorm}
AnyNorm = Annotated[Kind, Of("norm", NORMS)]
