"""Several tensors weighed by each other, or by weights of their own."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Literal, cast

from cnnspec.layers.base import Facts, Misfit, Weight, place_of
from cnnspec.layers.building import Assembled, keras_layer, one_of
from cnnspec.layers.fields import RANK, Number, Positive, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.meaning import ANY, Meaning
from cnnspec.layers.merge import Elementwise, Merging
from cnnspec.layers.shape import Dim, Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Reread


def _axes(value: object) -> int | tuple[int, int]:
    if is_count(value, -RANK, RANK):
        return cast(int, value)
    if (
        not isinstance(value, (list, tuple))
        or len(value) != 2
        or not all(is_count(each, -RANK, RANK) for each in value)
    ):
        raise invalid("an axis, or a list of two: one of each input")
    return (value[0], value[1])


_AXIS = {"type": "integer", "minimum": -RANK, "maximum": RANK}
TwoAxes = Annotated[
    int | tuple[int, int],
    PlainValidator(_axes),
    WithJsonSchema({"anyOf": [_AXIS, {"type": "array", "items": _AXIS, "minItems": 2, "maxItems": 2}]}),
]


class Dot(Merging, kind="dot"):
    """The products of two inputs, added up along an axis of each: (a, c), (b, c) -> (a, b) along the last.

    ```yaml
    - dot: {axes: -1, normalize: true, from: [left, right]}      # (64,), (64,) -> (1,)
    - dot: {axes: 2, from: [queries, keys]}                      # (7, 16), (9, 16) -> (7, 9)
    - dot: {axes: [1, 2], from: [values, weights]}               # (9, 7), (7, 9) -> (7, 7)
    ```
    """

    formula = "y[u, v] = sum(e < N: x[0, u, e] * x[1, v, e])  # e along the axes"

    most_inputs: ClassVar[int | None] = 2

    axes: TwoAxes
    """The axis, or one for each input, counted with the batch as 0."""
    normalize: bool = False
    """Whether vectors along the axes are divided by their lengths first, so that it is their cosine."""

    def knows_masks(self, shape: Shape) -> bool:
        """Keras' hands none on, and computes with padding as with any step."""
        return False

    def infer(self, *inputs: Shape) -> Facts:
        """What is left of both shapes; multiply-adds of products without weights do not count."""
        one, other = inputs
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        places = (self._place(one, axes[0]), self._place(other, axes[1]))
        if one[places[0]] != other[places[1]]:
            received = f"dot reads {write_shape(one)} and {write_shape(other)} along axes {list(axes)}"
            raise Misfit("axes", received, "axes of one size", says_shapes=True)
        left: tuple[Dim, ...] = (*one[: places[0]], *one[places[0] + 1 :], *other[: places[1]], *other[places[1] + 1 :])
        return Facts(left or (1,), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`N` products are added up."""
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return {
            **super().symbols(*inputs),
            "N": Symbol(inputs[0][self._place(inputs[0], axes[0])], "products that are added up"),
        }

    def _place(self, shape: Shape, axis: int) -> int:
        try:
            return place_of(shape, axis)
        except Misfit as misfit:
            raise Misfit("axes", misfit.received, misfit.expected) from None

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """A cosine, or any number."""
        return Meaning(-1 - 1e-5, 1 + 1e-5, told=False) if self.normalize else Meaning(told=False)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Dot."""
        axes = self.axes if isinstance(self.axes, int) else list(self.axes)
        return keras_layer(keras, self, "Dot", name, axes=axes)


class WeightedSum(Elementwise, kind="weighted_sum"):
    """The sum of the inputs, each times a number that is learnt, as a BiFPN merges its levels (Tan et al. 2020).

    ```yaml
    - weighted_sum: {from: [deep, shallow]}                            # (28, 28, 8), (28, 28, 8) -> (28, 28, 8)
    - weighted_sum: {normalize: relu, from: [one, two, three]}         # (10,), (10,), (10,) -> (10,)
    ```
    """

    formula = "y = sum(r < m: w[r] * x[r])"

    ordered = True
    rereads = Reread("weights")

    normalize: Literal["none", "relu", "softmax"] = "none"
    """How the numbers become shares of one: not at all; what is above 0 of each, by their sum; or by a softmax."""
    init_values: Number = 1.0
    """What each number starts as."""
    epsilon: Positive = 1e-4
    """Added to the sum that `relu` divides by."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape that all inputs spread to; one number for each input."""
        return Facts(super().infer(*inputs).output, (Weight("kernel", (len(inputs),)),))

    def knows_masks(self, shape: Shape) -> bool:
        """Keras' operations forget which steps are padding."""
        return False

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Any number, unless the weights are shares."""
        return ANY if self.normalize == "none" else Meaning(told=False)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """A vector that Keras' EinsumDense makes of a one, and Keras' Add."""
        start = keras.initializers.Constant(self.init_values)
        vector = keras.layers.EinsumDense(
            "a,b->ab", (len(inputs),), kernel_initializer=start, trainable=self.trainable, name=name
        )

        added = keras.layers.Add(name=f"{name}.add")

        def apply(tensors: Any) -> Any:
            shares = self._shares(keras.ops, vector(one_of(keras, tensors[0], name)))
            parts = [tensor * shares[0, number] for number, tensor in enumerate(tensors)]
            return added(parts)

        return Assembled(vector, apply)

    def _shares(self, ops: Any, weights: Any) -> Any:
        if self.normalize == "softmax":
            return ops.softmax(weights, axis=-1)
        if self.normalize == "relu":
            above = ops.relu(weights)
            return above / (ops.sum(above) + self.epsilon)
        return weights
