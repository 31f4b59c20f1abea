"""Attention: each step of a sequence gathers from the steps that suit it."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, cast

from cnnspec.layers.base import Facts, Layer, Misfit, Weight, channels
from cnnspec.layers.building import LESS, Assembled, check_matrix, keras_layer, weight
from cnnspec.layers.fields import Axes, Seed, Share, Size, is_count
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform, OrthogonalRegularizer, Zeros
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Dim, Shape, product, write_shape
from cnnspec.layers.traits import Reread

_MOST = 4


def _shape_of_output(value: object) -> int | tuple[int, ...]:
    if is_count(value):
        return cast(int, value)
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= _MOST or not all(map(is_count, value)):
        raise invalid("a whole number of at least 1, or a list of such")
    return tuple(value)


_COUNT = {"type": "integer", "minimum": 1}
OutputShape = Annotated[
    int | tuple[int, ...],
    PlainValidator(_shape_of_output),
    WithJsonSchema({"anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 1, "maxItems": _MOST}]}),
]


class _Attention(Layer):
    """Reads query, value and key; of one entry it is all three, and of two the second is value and key."""

    weighs = True
    rereads = Reread(output=True)
    ordered = True

    merges: ClassVar[bool] = True
    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 3

    use_causal_mask: bool = False
    """Whether each step gathers only from itself and those before it."""

    def knows_masks(self, shape: Shape) -> bool:
        """Along steps it gathers nothing from padding, and hands the query's mask on."""
        return len(shape) == 2


def _three(inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    """Query, value and key."""
    query, value = inputs[0], inputs[min(1, len(inputs) - 1)]
    return query, value, inputs[2] if len(inputs) > 2 else value


class MultiHeadAttention(_Attention, kind="multi_head_attention"):
    """Gather from all steps what suits each, in several heads: the query's shape stays (Vaswani et al. 2017).

    Of one entry it is self-attention; of two, `from: [query, value]`; of three, `from: [query, value, key]`.

    ```yaml
    - multi_head_attention: {num_heads: 3, key_dim: 64}                               # (197, 192) -> (197, 192)
    - multi_head_attention: {num_heads: 2, key_dim: 8, from: [decoded, encoded]}      # (7, 16), (9, 16) -> (7, 16)
    - multi_head_attention: {num_heads: 2, key_dim: 4, attention_axes: 2}             # (3, 6, 8) -> (3, 6, 8)
    ```

    Multiply-adds, for T queries and S values, H heads, sizes K of a key and V of a value: those of the projections, of
    each query with each key (T S H K), and of the mean of the values that these weigh (T S H V).
    """

    num_heads: Size
    """How many heads gather side by side."""
    key_dim: Size
    """The size of each head for query and key."""
    value_dim: Size | None = None
    """The size of each head for the value; none: as the key's."""
    dropout: Share = 0.0
    """The share of the weights between steps that is set to zero while training."""
    use_bias: bool = True
    """Whether the projections add a bias."""
    output_shape: OutputShape | None = None
    """The size, or sizes, of what comes out at each step; none: the query's."""
    attention_axes: Axes | None = None
    """The axes to gather along, counted with the batch as 0; none: all between batch and channels."""
    sliding_window: Size | None = None
    """From how far on either side a step gathers, itself counted; none: from all."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    """How the weights start."""
    bias_initializer: AnyInitializer = Zeros()
    """How the biases start."""
    kernel_regularizer: AnyRegularizer | None = None
    """A penalty on the weights, added to the loss."""
    bias_regularizer: AnyRegularizer | None = None
    """A penalty on the biases, added to the loss."""
    activity_regularizer: AnyRegularizer | None = None
    """A penalty on what the layer and its projections put out, added to the loss."""
    use_gate: bool = False
    """Whether what a head gathers is multiplied by a gate that is computed from the query."""
    seed: Seed | None = None
    """Makes the dropout repeatable."""

    def infer(self, *inputs: Shape) -> Facts:
        """The query's shape, but for what `output_shape` says."""
        query, value, key = _three(inputs)
        places = self._places(query, value, key)
        if isinstance(self.activity_regularizer, OrthogonalRegularizer):
            check_matrix("activity_regularizer", "projection of the query with its batch axis", (1, *query, 1))
        output = (query[-1],) if self.output_shape is None else _tuple(self.output_shape)
        weights = tuple(self._weights(query, value, key, cast(tuple[int, ...], output)))
        return Facts((*query[:-1], *output), weights, self._macs(places, query, value, weights), reach=None)

    def _weights(self, query: Shape, value: Shape, key: Shape, output: tuple[int, ...]) -> list[Weight]:
        heads, width, gathered = self.num_heads, self.key_dim, self.value_dim or self.key_dim
        each = [(query, width), (key, width), *([(query, gathered)] if self.use_gate else []), (value, gathered)]
        kernels = [(channels(read, self.kind), heads, size) for read, size in each] + [(heads, gathered, *output)]
        found: list[Weight] = []
        for position, kernel in enumerate(kernels):
            found.append(weight(self, "kernel", kernel))
            biased = kernel[1:] if position < len(each) else output
            found += [weight(self, "bias", biased)] if self.use_bias else []
        return found

    def _macs(self, places: tuple[int, ...], query: Shape, value: Shape, weights: tuple[Weight, ...]) -> Dim:
        kernels = [each.size for each in weights if each.name == "kernel"]
        queried, read = product(query[:-1]), product(value[:-1])
        of_queries = [kernels[0], kernels[-1], *(kernels[2:3] if self.use_gate else [])]
        projected = queried * sum(of_queries) + read * (kernels[1] + kernels[-2])
        along = product(tuple(value[place] for place in places))
        return projected + queried * along * self.num_heads * (self.key_dim + (self.value_dim or self.key_dim))

    def _places(self, query: Shape, value: Shape, key: Shape) -> tuple[int, ...]:
        """The axes that are gathered along, the first one of an example as 0; raises Misfit where sizes disagree."""
        said = " and ".join(write_shape(shape) for shape in (query, value, key)[: 2 if key == value else 3])
        if len(query) < 2 or len({len(query), len(value), len(key)}) > 1:
            expected = "steps with channels, as many axes in query, value and key"
            raise Misfit(None, f"{self.kind} reads {said}", expected, says_shapes=True)
        places = self._attended(query)
        apart = [place for place in range(len(query) - 1) if place not in places]
        if value[:-1] != key[:-1] or any(query[place] != value[place] for place in apart):
            expected = "value and key of as many steps, and equal sizes along axes that are not gathered along"
            raise Misfit(None, f"{self.kind} reads {said}", expected, says_shapes=True)
        return places

    def _attended(self, query: Shape) -> tuple[int, ...]:
        if self.attention_axes is None:
            return tuple(range(len(query) - 1))
        rank = len(query) + 1
        axes = [axis + rank if axis < 0 else axis for axis in _tuple(self.attention_axes)]
        if any(not 1 <= axis < rank - 1 for axis in axes) or len(set(axes)) < len(axes):
            received = f"attention_axes {list(_tuple(self.attention_axes))} on {write_shape(query)}"
            raise Misfit("attention_axes", received, f"axes from 1 to {rank - 2}, each once")
        return tuple(axis - 1 for axis in axes)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How many heads of which size."""
        said, value = f"multi-head attention, {self.num_heads} heads of {self.key_dim}", self.value_dim
        told = {"num_heads", "key_dim", "use_causal_mask"}
        if self.use_causal_mask:
            said += ", causal"
        if value not in (None, self.key_dim):
            return Phrase(f"{said} and {value}", told=frozenset(told | {"value_dim"}))
        return Phrase(said, told=frozenset(told | {"value_dim"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' MultiHeadAttention, called on what it reads in Keras' order."""
        layer: Any = keras_layer(keras, self, "MultiHeadAttention", name, use_causal_mask=LESS)
        causal = {"use_causal_mask": True} if self.use_causal_mask else {}

        def apply(given: Any) -> Any:
            read = given if isinstance(given, (list, tuple)) else [given]
            attended = layer(*(read if len(read) > 1 else read * 2), **causal)
            if not self.trainable:  # Keras makes its projections when it is called, trainable, and sets what changes.
                layer.trainable = True
                layer.trainable = False
            return attended

        return Assembled(layer, apply)


def _tuple(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else value
