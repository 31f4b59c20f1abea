"""Activations: by Keras' names, alone or as an argument of another layer."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Annotated, Any, ClassVar, cast

from cnnspec.layers.activation_formulas import FORMULAS
from cnnspec.layers.base import Facts, Layer, Part, place_of, size_at
from cnnspec.layers.building import check_matrix
from cnnspec.layers.fields import Axis, NotNegative, Number
from cnnspec.layers.initializer import AnyRegularizer, OrthogonalRegularizer, build_regularizer
from cnnspec.layers.kind import Kind, of
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase, said_with_arguments
from cnnspec.layers.shape import Dim, Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Reread


class Nonlinearity(Kind, family="activation"):
    """An activation function."""

    @property
    def formula(self) -> str:
        """What it makes of x, as the formulas of layers are written."""
        return ""

    def symbols(self, size: Dim) -> dict[str, Symbol]:
        """Its own numbers by their names; `n` are those that are added up, of `size` channels."""
        numbers = ((name, getattr(self, name)) for name in type(self).model_fields)
        own = {name: Symbol(n) for name, n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)}
        return {**own, "n": Symbol(size, "numbers along the axis")}

    @property
    def slope_from_output(self) -> bool:
        """Whether TensorFlow computes its gradient from its values; otherwise from what it was applied to."""
        return self.kind in _SLOPE_FROM_OUTPUT

    def check(self, shape: Shape) -> None:
        """Refuse an input that it cannot read; raises Misfit."""
        if self.kind in _ALONG_LAST:
            place_of(shape, -1)

    def gives(self, read: Meaning, rank: int | None = None) -> Meaning:
        """What its values can be, of numbers as `read` says; `rank` is how many axes they have, the batch included."""
        if self.kind == "linear":
            return read
        return Meaning(*self.bounds, read.any_number, self._adds_up(rank), self.kind in _LOGARITHMS)

    @property
    def bounds(self) -> tuple[float, float]:
        """How far its values go, over all numbers."""
        return _BOUNDS.get(self.kind, (-inf, inf))

    def _adds_up(self, rank: int | None) -> bool:
        """Whether its values add up to one along the last axis."""
        return self.kind in _ADDING_UP

    keras_class: ClassVar[str] = "Activation"

    def build(self, keras: Any, name: str, **more: Any) -> Any:
        """The Keras layer that applies it: Activation, or the function's own where arguments are written."""
        if not self.written():
            return keras.layers.Activation(self.kind, name=name, **more)
        return getattr(keras.layers, self.keras_class)(**self.arguments(), name=name, **more)


_ADDING_UP = frozenset({"softmax", "sparsemax"})
_LOGARITHMS = frozenset({"log_softmax", "log_sigmoid"})
_BOUNDS = {
    **dict.fromkeys(("softmax", "sparsemax", "sigmoid", "hard_sigmoid", "sparse_sigmoid"), (0, 1)),
    **dict.fromkeys(("tanh", "softsign", "hard_tanh"), (-1, 1)),
    **dict.fromkeys(("softplus", "squareplus", "sparse_plus", "exponential"), (0, inf)),
    **dict.fromkeys(("log_softmax", "log_sigmoid"), (-inf, 0)),
    "relu6": (0, 6),
    "celu": (-1, inf),
    "selu": (-1.7580994, inf),
    "gelu": (-0.17004, inf),
    **dict.fromkeys(("silu", "swish"), (-0.2784646, inf)),
    **dict.fromkeys(("hard_silu", "hard_swish"), (-0.375, inf)),
    "mish": (-0.3088442, inf),
}
"""How far values go, over all numbers; where it is not said, without bound."""
_ALONG_LAST = frozenset({"log_softmax", "sparsemax"})
_SLOPE_FROM_OUTPUT = frozenset(
    {"elu", "exponential", "linear", "log_softmax", "relu", "relu6", "selu", "sigmoid", "softmax", "tanh"}
)
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

for _name, _said in _PLAIN.items():
    body = {"__doc__": _said, "__module__": __name__, "formula": FORMULAS[_name]}
    type(_name, (Nonlinearity,), body, kind=_name)


class ReLU(Nonlinearity, kind="relu"):
    """max(x, 0)."""

    max_value: NotNegative | None = None
    """Where it stops rising; none: never."""
    negative_slope: NotNegative = 0.0
    """The slope below the threshold."""
    threshold: NotNegative = 0.0
    """Where it starts rising."""

    keras_class: ClassVar[str] = "ReLU"

    @property
    def formula(self) -> str:
        """The usual one where nothing else is written."""
        top = "x" if self.max_value is None else "min(x, max_value)"
        if not self.negative_slope and not self.threshold:
            return f"y = max({top}, 0)"
        return f"y = {top} if x >= threshold else negative_slope * (x - threshold)"

    @property
    def bounds(self) -> tuple[float, float]:
        """From 0, unless something goes through below the threshold."""
        return -inf if self.negative_slope else 0.0, inf if self.max_value is None else self.max_value

    def gives(self, read: Meaning, rank: int | None = None) -> Meaning:
        """What is read, within its bounds."""
        if read.any_number or self.negative_slope or self.threshold:
            return super().gives(read, rank)
        return read.clipped(*self.bounds)

    @property
    def slope_from_output(self) -> bool:
        """A zero says that nothing went through, where nothing else goes through below the threshold."""
        return not self.negative_slope


class LeakyReLU(Nonlinearity, kind="leaky_relu"):
    """x above 0, `negative_slope` times x below."""

    formula = "y = x if x > 0 else negative_slope * x"

    negative_slope: NotNegative = 0.2
    """The slope below 0; as an activation Keras' default is 0.2, as a layer 0.3."""

    keras_class: ClassVar[str] = "LeakyReLU"


class ELU(Nonlinearity, kind="elu"):
    """x above 0, `alpha` (exp(x) - 1) below (Clevert et al. 2016)."""

    formula = "y = x if x > 0 else alpha * (exp(x) - 1)"

    alpha: Number = 1.0
    """How deep it goes below 0."""

    keras_class: ClassVar[str] = "ELU"

    @property
    def bounds(self) -> tuple[float, float]:
        """From -alpha on; a negative alpha bends it upwards below 0."""
        return min(-self.alpha, 0.0), inf


class Softmax(Nonlinearity, kind="softmax"):
    """exp(x) over the sum of exp(x) along `axis`: positive and adding up to one."""

    formula = "y[c] = exp(x[c]) / sum(r < n: exp(x[r]))  # c and r along the axis"

    axis: Axis = -1
    """The axis to add up along, counted with the batch as 0."""

    keras_class: ClassVar[str] = "Softmax"

    def check(self, shape: Shape) -> None:
        """Refuse an axis that is not there."""
        place_of(shape, self.axis)

    def _adds_up(self, rank: int | None) -> bool:
        return self.axis == -1 or (rank is not None and self.axis == rank - 1)


class GELU(Nonlinearity, kind="gelu"):
    """x times the standard normal's cumulative probability (Hendrycks and Gimpel 2016)."""

    formula = "y = x * normal(x)  # normal: the cumulative probability of the standard normal distribution"


class CELU(Nonlinearity, kind="celu"):
    """max(x, 0) + min(exp(x) - 1, 0)."""

    formula = "y = max(x, 0) + min(exp(x) - 1, 0)"


AnyActivation = Annotated[Nonlinearity, of(Nonlinearity)]


def plain_name(activation: Nonlinearity | None) -> str | None:
    """The name that a Keras layer's own `activation` argument takes; None where it has arguments."""
    return activation.kind if activation is not None and not activation.written() else None


def written_name(activation: Nonlinearity | None) -> str:
    """The name of an activation, with or without arguments; `linear` for none."""
    return activation.kind if activation is not None else "linear"


class Activation(Layer, kind="activation"):
    """Apply an activation function to every number: the shape stays.

    ```yaml
    - activation: relu      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    idea = "activation"
    activates = True
    keeps_places = True
    hands_on = True

    activation: AnyActivation
    """The function, by name or with its arguments."""
    activity_regularizer: AnyRegularizer | None = None
    """A penalty on the output, added to the loss."""

    @property
    def ends_in(self) -> str:
        """The function."""
        return written_name(self.activation)

    @property
    def rereads(self) -> Reread:
        """What the function's slope is computed from."""
        if self.activation.slope_from_output:
            return Reread("never", output=self.ends_in != "linear")
        return Reread("always")

    @property
    def formula(self) -> str:
        """The function's."""
        return self.activation.formula

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """The function's."""
        axis = getattr(self.activation, "axis", -1)
        size = size_at(inputs[0], axis) if inputs[0] else 1
        return {**super().symbols(*inputs), **self.activation.symbols(size)}

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        self.activation.check(inputs[0])
        if isinstance(self.activity_regularizer, OrthogonalRegularizer):
            check_matrix("activity_regularizer", "output with its batch axis", (1, *inputs[0]))
        return Facts(inputs[0])

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """The function's values."""
        return self.activation.gives(read[0], len(shapes[0]) + 1)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The function."""
        return Phrase(said_with_arguments(self.activation), told=frozenset({"activation"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Activation, or the layer of the function's own where it has arguments."""
        penalty = build_regularizer(keras, self.activity_regularizer)
        if penalty is not None:
            penalty = keras.regularizers.serialize(penalty)  # Keras' ELU cannot be saved with the object itself
        more = {"trainable": self.trainable, "activity_regularizer": penalty}
        return cast(Callable[..., Any], self.activation.build(keras, name, **more))


def activation_part(activation: Nonlinearity | None) -> tuple[Part, ...]:
    """The activation as a layer of its own, if there is one."""
    return () if activation is None else (Part("activation", Activation(activation=activation)),)
