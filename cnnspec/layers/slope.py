"""Activations that Keras has as layers, with arguments or weights of their own."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Annotated, Any, cast

from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.building import keras_layer, weight
from cnnspec.layers.fields import RANK, NotNegative, is_count
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, Zeros
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.shape import Shape, known, write_shape


class LeakyReLULayer(Layer, kind="leaky_relu"):
    """x above 0, `negative_slope` times x below: the shape stays (Maas et al. 2013).

    ```yaml
    - leaky_relu: 0.2      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    idea = "activation"
    formula = "y = x if x > 0 else negative_slope * x"

    activates = True
    keeps_places = True
    hands_on = True
    ends_in = "leaky_relu"

    negative_slope: NotNegative = 0.3
    """The slope below 0."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What is read, but for what lies below 0."""
        return read[0] if read[0].low >= 0 else _sloped(read[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' LeakyReLU."""
        return keras_layer(keras, self, "LeakyReLU", name)


def _sloped(read: Meaning) -> Meaning:
    """What goes below 0 goes as far as any slope takes it, and above 0 where that is negative."""
    return Meaning(-inf, inf, read.any_number)


def _shared(value: object) -> int | tuple[int, ...]:
    if is_count(value, 1, RANK):
        return cast(int, value)
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= RANK:
        raise invalid("an axis, or a list of axes, counted from 1")
    for index, item in enumerate(value):
        if not is_count(item, 1, RANK):
            raise invalid(f"an axis, counted from 1 to {RANK}", (index,))
    return tuple(value)


_PLACE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": RANK}
SharedAxes = Annotated[
    int | tuple[int, ...],
    PlainValidator(_shared),
    WithJsonSchema({"anyOf": [_PLACE, {"type": "array", "items": _PLACE, "minItems": 1, "maxItems": RANK}]}),
]


class PReLU(Layer, kind="prelu"):
    """x above 0, alpha times x below, where alpha is learnt: the shape stays (He et al. 2015).

    ```yaml
    - prelu                              # (64,) -> (64,)
    - prelu: {shared_axes: [1, 2]}       # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = "y[P] = x[P] if x[P] > 0 else alpha[P] * x[P]  # one alpha along each of shared_axes"

    activates = True
    keeps_places = True
    hands_on = True
    ends_in = "prelu"

    alpha_initializer: AnyInitializer = Zeros()
    """How alpha starts."""
    alpha_regularizer: AnyRegularizer | None = None
    """A penalty on alpha, added to the loss."""
    shared_axes: SharedAxes | None = None
    """Axes, counted from 1, along which all places share one alpha; on images [1, 2] gives one a channel."""

    def infer(self, *inputs: Shape) -> Facts:
        """One alpha for every place that does not share."""
        axes = (self.shared_axes,) if isinstance(self.shared_axes, int) else self.shared_axes or ()
        rank = len(inputs[0])
        if any(axis > rank for axis in axes):
            received = f"shared_axes {list(axes)} on {write_shape(inputs[0])}"
            raise Misfit("shared_axes", received, f"axes from 1 to {rank}")
        sizes = known(tuple(1 if place in axes else size for place, size in enumerate(inputs[0], start=1)))
        if sizes is None:
            received = f"prelu on {write_shape(inputs[0])}, where a size is unknown"
            expected = "shared_axes with the axis of unknown size, since alpha depends on it"
            raise Misfit("shared_axes", received, expected)
        return Facts(inputs[0], (weight(self, "alpha", sizes),))

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What is read, but for what lies below 0."""
        return read[0] if read[0].low >= 0 else _sloped(read[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' PReLU."""
        return keras_layer(keras, self, "PReLU", name)
