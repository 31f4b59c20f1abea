"""Layers that only rearrange numbers."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.building import keras_layer
from cnnspec.layers.fields import RANK, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase, sizes
from cnnspec.layers.shape import Dim, Shape, product, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, PLACES


class Flatten(Layer, kind="flatten"):
    """All numbers of an example in one row: (h, w, c) -> (h w c,).

    ```yaml
    - flatten      # (7, 7, 64) -> (3136,)
    ```
    """

    formula = "y[m] = x[P]"

    passes_values = True
    reshapes = True
    moves = True
    rereads = NOTHING_AGAIN

    def infer(self, *inputs: Shape) -> Facts:
        """The product of all sizes."""
        return Facts((product(inputs[0]),), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`m` is the place in the row: the last index is the fastest."""
        return {**super().symbols(*inputs), "m": Symbol(_place_in_row(inputs[0]), "the place in the row")}

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Flatten."""
        return keras_layer(keras, self, "Flatten", name)


def _place_in_row(shape: Shape) -> str:
    """`(i * 7 + j) * 64 + c`; an unknown size by the name `size`."""
    words = (*PLACES[: max(len(shape) - 1, 0)], "c")[: len(shape)]
    row = words[0] if words else "0"
    for word, size in zip(words[1:], shape[1:], strict=True):
        row = f"({row}) * {size if isinstance(size, int) else 'size'} + {word}"
    return row


def _target(value: object) -> tuple[int, ...]:
    expected = "a list of sizes, at most one of them -1 for whatever is left"
    if not isinstance(value, (list, tuple)) or len(value) > RANK:
        raise invalid(expected)
    for index, item in enumerate(value):
        if not is_count(item) and not (is_count(item, -1) and item == -1):
            raise invalid("a whole number of at least 1, or -1", (index,))
    if list(value).count(-1) > 1:
        raise invalid(expected)
    return tuple(value)


Target = Annotated[
    tuple[int, ...],
    PlainValidator(_target),
    WithJsonSchema(
        {"type": "array", "items": {"anyOf": [{"const": -1}, {"type": "integer", "minimum": 1}]}, "maxItems": RANK}
    ),
]


class Reshape(Layer, kind="reshape"):
    """The same numbers, in the same order, in another shape.

    ```yaml
    - reshape: [7, 7, 64]      # (3136,) -> (7, 7, 64)
    - reshape: [-1, 4]         # (6, 6, 2) -> (18, 4)
    ```
    """

    formula = "rows(y) = rows(x)  # all numbers in one row, the last index the fastest"

    passes_values = True
    reshapes = True
    moves = True
    rereads = NOTHING_AGAIN

    target_shape: Target
    """The shape without the batch axis; one size may be -1: whatever is left."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes must multiply to the same number; -1 is what is left of it."""
        whole = product(inputs[0])
        rest = product(tuple(size for size in self.target_shape if size != -1))
        assert isinstance(rest, int)
        if isinstance(whole, int) and not self._fits(whole, rest):
            received = f"target_shape {list(self.target_shape)} for {write_shape(inputs[0])}, which is {whole} numbers"
            expected = f"sizes that multiply to {whole}" + (", or divide it" if -1 in self.target_shape else "")
            raise Misfit("target_shape", received, expected)
        output = tuple(whole // rest if size == -1 else size for size in self.target_shape)
        return Facts(output, reach=() if output == inputs[0] else None)

    def _fits(self, whole: int, rest: int) -> bool:
        return whole % rest == 0 if -1 in self.target_shape else whole == rest

    def effective(self, *inputs: Shape) -> dict[str, Any]:
        """With every size that is known."""
        known = zip(self.target_shape, self.infer(*inputs).output, strict=True)
        sizes = tuple(found if isinstance(found, int) else written for written, found in known)
        return self.arguments() | {"target_shape": sizes}

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The shape that it gives."""
        return Phrase(f"reshape {sizes(output)}", told=frozenset({"target_shape"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Reshape."""
        return keras_layer(keras, self, "Reshape", name)


def _permutation(value: object) -> tuple[int, ...]:
    expected = "a list with each axis once, counted from 1: [2, 1] swaps the first two"
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= RANK:
        raise invalid(expected)
    if not all(is_count(item) for item in value) or sorted(value) != list(range(1, len(value) + 1)):
        raise invalid(expected)
    return tuple(value)


Permutation = Annotated[
    tuple[int, ...],
    PlainValidator(_permutation),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": RANK}),
]


class Permute(Layer, kind="permute"):
    """The axes in another order.

    ```yaml
    - permute: [2, 1]         # (10, 64) -> (64, 10)
    - permute: [3, 1, 2]      # (28, 30, 8) -> (8, 28, 30)
    ```
    """

    formula = "y[o] = x[P]"

    passes_values = True
    moves = True
    rereads = NOTHING_AGAIN

    dims: Permutation
    """Which axis comes where, counted from 1: the batch stays in front."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes in the new order."""
        if len(self.dims) != len(inputs[0]):
            received = f"dims {list(self.dims)} for {write_shape(inputs[0])}"
            raise Misfit("dims", received, f"{len(inputs[0])} axes, each once")
        output: tuple[Dim, ...] = tuple(inputs[0][dim - 1] for dim in self.dims)
        return Facts(output, reach=() if list(self.dims) == sorted(self.dims) else None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`o` are the axes of `P` in their new order."""
        axes = super().symbols(*inputs)["P"].value
        assert isinstance(axes, tuple)
        words = tuple(map(str, axes))
        return {
            **super().symbols(*inputs),
            "o": Symbol(tuple(words[dim - 1] for dim in self.dims), "the axes in their order"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """The values, side by side as before where the last axis stays the last."""
        return read[0] if self.dims[-1] == len(self.dims) else read[0].apart

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The axes, which are no sizes."""
        return Phrase(f"permute {', '.join(map(str, self.dims))}", told=frozenset({"dims"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Permute."""
        return keras_layer(keras, self, "Permute", name)
