"""Dense layers, tables, and what hands on what it reads."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Facts, Layer, channels, place_of
from cnnspec.layers.building import keras_layer, named, weight
from cnnspec.layers.fields import Number, Size
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform, Uniform
from cnnspec.layers.meaning import UNTOLD, Meaning, among
from cnnspec.layers.phrase import ENDING, Ending, Phrase, sizes
from cnnspec.layers.shape import Shape, product
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, PLACES, Reread


class Dense(Affine, kind="dense"):
    """Every output is a weighted sum of the last axis: (n,) -> (units,), and likewise at every place before it.

    ```yaml
    - dense: 10                                     # (512,) -> (10,)
    - dense: {units: 64, activation: relu}          # (7, 7, 512) -> (7, 7, 64)
    ```
    """

    idea = "dense"
    formula = "y[p, f] = b[f] + sum(c < n: w[c, f] * x[p, c])"

    weighs = True
    row_for = "number"

    units: Size
    """How many outputs."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    """How the weights start."""
    kernel_regularizer: AnyRegularizer | None = None
    """A penalty on the weights, added to the loss."""

    def knows_masks(self, shape: Shape) -> bool:
        """It computes each step by itself."""
        return True

    def infer(self, *inputs: Shape) -> Facts:
        """Multiply-adds are the inputs times the units, at every place."""
        size = channels(inputs[0], self.kind)
        kernel = weight(self, "kernel", (size, self.units))
        output = (*inputs[0][:-1], self.units)
        self.check_activity(output)
        weights = (kernel, *self.bias_weight(self.units))
        return Facts(output, weights, product(inputs[0][:-1]) * kernel.size)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The sizes of its kernel."""
        end = Ending(self.has_bias, self.normalisation, self.acting, spatial=False)
        return Phrase(f"{sizes(read[-1:])} × {sizes(output[-1:])}", ending=end, told=ENDING | {"units"})

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Dense."""
        return self.built(keras, "Dense", name)


class Embedding(Layer, kind="embedding"):
    """Look up a vector for every whole number: (length,) -> (length, output_dim).

    ```yaml
    - embedding: {input_dim: 20000, output_dim: 300}      # (64,) -> (64, 300)
    ```
    """

    idea = "tokens"
    formula = "y[P, f] = w[x[P], f]"

    prepares = True
    row_for = "id"
    rereads = Reread("weights")

    input_dim: Size
    """How many different numbers there are: they go from 0 to one less."""
    output_dim: Size
    """How long each vector is."""
    embeddings_initializer: AnyInitializer = Uniform()
    """How the vectors start."""
    embeddings_regularizer: AnyRegularizer | None = None
    """A penalty on the vectors, added to the loss."""
    mask_zero: bool = False
    """Whether 0 is padding, which later layers pass over where they can."""

    @property
    def ids(self) -> int:
        """One a row."""
        return self.input_dim

    @property
    def masks(self) -> bool:
        """Where it is asked to."""
        return self.mask_zero

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Each number that it reads is an id."""
        return {**super().symbols(*inputs), "P": Symbol(PLACES[: len(inputs[0])], "a place")}

    def infer(self, *inputs: Shape) -> Facts:
        """One more axis, the vector's; looking up multiplies nothing."""
        table = weight(self, "embeddings", (self.input_dim, self.output_dim))
        return Facts((*inputs[0], self.output_dim), (table,))

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The sizes of its table."""
        told = frozenset({"input_dim", "output_dim"})
        return Phrase(f"embedding {self.input_dim} × {sizes(output[-1:])}", told=told)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Embedding."""
        return keras_layer(keras, self, "Embedding", name)


class OneHot(Layer, kind="one_hot"):
    """A one at the place that every whole number names, zeros elsewhere: (length,) -> (length, num_tokens).

    ```yaml
    - one_hot: 70      # (1014,) -> (1014, 70)
    - one_hot: 70      # (1,) -> (1, 70)
    - one_hot: 10      # () -> (10,)
    ```
    """

    idea = "tokens"
    formula = "y[P, f] = 1 if x[P] == f else 0"

    prepares = True
    rereads = NOTHING_AGAIN

    num_tokens: Size
    """How many different numbers there are: they go from 0 to one less."""

    @property
    def ids(self) -> int:
        """One a place."""
        return self.num_tokens

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Each number that it reads is an id."""
        return {**super().symbols(*inputs), "P": Symbol(PLACES[: len(inputs[0])], "a place")}

    def infer(self, *inputs: Shape) -> Facts:
        """One more axis, always."""
        return Facts((*inputs[0], self.num_tokens))

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """A one among zeros."""
        return Meaning(0, 1, shares=True)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' CategoryEncoding, behind one more axis where it would replace the last one.

        Keras drops a last axis of size 1; and it cannot trace a last axis whose size is unknown. An
        axis of size 1 of our own is the one that it drops.
        """
        layer = keras_layer(keras, self, "CategoryEncoding", name, output_mode="one_hot")
        if not inputs[0] or (isinstance(inputs[0][-1], int) and inputs[0][-1] > 1):
            return layer
        return lambda tensor: layer(keras.ops.expand_dims(tensor, -1))


class Identity(Layer, kind="identity"):
    """Hand on what it reads.

    ```yaml
    - identity      # (28, 28, 8) -> (28, 28, 8)
    ```
    """

    formula = "y = x"

    passes_values = True
    reshapes = True
    keeps_places = True
    moves = True
    rereads = NOTHING_AGAIN

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Identity."""
        return keras_layer(keras, self, "Identity", name)


class Masking(Layer, kind="masking"):
    """Take steps whose numbers all are `mask_value` for padding, and set them to zero: the shape stays.

    ```yaml
    - masking          # (64, 12) -> (64, 12)
    - masking: -1      # (64, 12) -> (64, 12)
    ```
    """

    formula = "y[p, c] = 0 if max(r < n: abs(x[p, r] - mask_value)) == 0 else x[p, c]"

    keeps_places = True
    masks = True
    hands_on = True
    rereads = NOTHING_AGAIN

    mask_value: Number = 0.0
    """What padding is made of."""

    @property
    def moves(self) -> bool:
        """Zeros that become zeros are what they were."""
        return not self.mask_value

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        place_of(inputs[0], -1)
        return Facts(inputs[0])

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads, and zeros in place of padding."""
        return read[0] if not self.mask_value else among([read[0], Meaning(0, 0, told=False)])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Masking."""
        return keras_layer(keras, self, "Masking", name)


class Cast(Layer, kind="cast"):
    """The same numbers in another type: to integers, fractions are cut off.

    ```yaml
    - cast: float32      # (64,) -> (64,)
    - cast: int32        # (64,) -> (64,)
    ```
    """

    formula = "y = cast(x)"

    keeps_places = True
    rereads = NOTHING_AGAIN

    dtype: Literal["float32", "float16", "bfloat16", "float64", "int32", "int64", "uint8"]
    """The type."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def knows_masks(self, shape: Shape) -> bool:
        """Keras' operation forgets which steps are padding."""
        return False

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """As before, or whole numbers up to as far."""
        return read[0] if self.dtype == "float32" else UNTOLD

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operation."""
        return lambda tensor: named(keras.ops.cast(tensor, self.dtype), name)
