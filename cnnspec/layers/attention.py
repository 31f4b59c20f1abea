"""Attention: each step of a sequence gathers from the steps that suit it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

from cnnspec.layers.attending import Attending, three
from cnnspec.layers.base import Facts, Misfit, Weight, channels
from cnnspec.layers.building import LESS, Assembled, check_matrix, freeze, keras_layer, uncount_parts, weight
from cnnspec.layers.fields import Axes, Seed, Share, Size, is_count
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform, OrthogonalRegularizer, Zeros
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Dim, Shape, product, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Inside

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


class _Projected(Attending):
    """Heads side by side, each with projections of its own of query, key and value, and one of all that they gather."""

    weighs = True

    dropout: Share = 0.0
    """The share of the weights between steps that is set to zero while training."""
    use_bias: bool = True
    """Whether the projections add a bias."""
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

    def learnt(self, kernels: Sequence[tuple[int, ...]]) -> tuple[Weight, ...]:
        """The weights of these projections, the last one's of all heads; raises Misfit where one cannot start so."""
        if isinstance(self.activity_regularizer, OrthogonalRegularizer):
            check_matrix("activity_regularizer", "heads with their batch axis", (1, *kernels[0]))
        found: list[Weight] = []
        for position, kernel in enumerate(kernels):
            biased = kernel[2:] if position == len(kernels) - 1 else kernel[1:]
            found += [weight(self, "kernel", kernel), *([weight(self, "bias", biased)] if self.use_bias else [])]
        return tuple(found)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """No biases and no gate where there are none."""
        biases = {} if self.use_bias else dict.fromkeys(("bQ", "bK", "bG", "bV", "bO"), Symbol(0))
        return {**super().symbols(*inputs), **biases, **({} if self.use_gate else {"G": Symbol(1)})}

    def kept_by_heads(self, pairs: Dim, queries: Dim, values: Dim, gathered: Dim) -> Inside:
        """Of the numbers of projected queries, of keys and values together, and of what is gathered; maybe a gate's.

        And the weights of all pairs of a query and a key, before and after dropout; two results as large pass.
        """
        gates = 2 * gathered if self.use_gate else 0
        return Inside(queries + values + gathered + gates + pairs * (1 + (self.dropout > 0)), 2 * pairs)

    def projected(self, kernels: Sequence[tuple[int, ...]], queries: Dim, values: Dim) -> Dim:
        """Multiply-adds of the projections: query, key, maybe a gate, value, and of all that is gathered."""
        sizes = [cast(int, product(kernel)) for kernel in kernels]
        return queries * (sizes[0] + sum(sizes[2:-2]) + sizes[-1]) + values * (sizes[1] + sizes[-2])

    def called(self, layer: Any) -> Callable[..., Any]:
        """Keras' layer, called on what is read in Keras' order."""

        def apply(given: Any) -> Any:
            read = given if isinstance(given, (list, tuple)) else [given]
            attended = layer(*(read if len(read) > 1 else read * 2), **self.caused())
            uncount_parts(layer)
            if not self.trainable:  # Its projections are made when it is called.
                freeze(layer)
            return attended

        return Assembled(layer, apply)


class MultiHeadAttention(_Projected, kind="multi_head_attention"):
    """Gather from all steps what suits each, in several heads: the query's shape stays (Vaswani et al. 2017).

    Of one entry it is self-attention; of two, `from: [query, value]`; of three, `from: [query, value, key]`.

    ```yaml
    - multi_head_attention: {num_heads: 3, key_dim: 64}                               # (197, 192) -> (197, 192)
    - multi_head_attention: {num_heads: 2, key_dim: 8, from: [decoded, encoded]}      # (7, 16), (9, 16) -> (7, 16)
    - multi_head_attention: {num_heads: 2, key_dim: 4, attention_axes: 2}             # (3, 6, 8) -> (3, 6, 8)
    ```

    Multiply-adds, for T queries and S values, H heads, sizes K of a key and V of a value: those of the projections, of
    each query with each key (T S H K), and of the mean of the values that these weigh (T S H V). Until its gradient it
    keeps queries, keys and values in heads, the weights (T S H; twice under dropout) and what is gathered (T H V).
    """

    idea = "attention"
    formula = """
    Q[e] = query @ WQ[e] + bQ[e]
    K[e] = key @ WK[e] + bK[e]
    G[e] = sigmoid(query @ WG[e] + bG[e])  # a gate
    V[e] = value @ WV[e] + bV[e]
    A[e] = softmax(Q[e] @ T(K[e]) / sqrt(key_dim))  # each row: how much of each step a query takes
    y = bO + sum(e < num_heads: (G[e] * (A[e] @ V[e])) @ WO[e])
    """

    num_heads: Size
    """How many heads gather side by side."""
    key_dim: Size
    """The size of each head for query and key."""
    value_dim: Size | None = None
    """The size of each head for the value; none: as the key's."""
    output_shape: OutputShape | None = None
    """The size, or sizes, of what comes out at each step; none: the query's."""
    attention_axes: Axes | None = None
    """The axes to gather along, counted with the batch as 0; none: all between batch and channels."""

    def infer(self, *inputs: Shape) -> Facts:
        """The query's shape, but for what `output_shape` says."""
        query, value, key = three(inputs)
        places = self._places(inputs)
        output = (query[-1],) if self.output_shape is None else _tuple(self.output_shape)
        kernels = self._kernels(query, value, key, cast(tuple[int, ...], output))
        queries = product(query[:-1])
        pairs = queries * product(tuple(value[place] for place in places)) * self.num_heads
        macs = self.projected(kernels, queries, product(value[:-1])) + pairs * (self.key_dim + self._gathered)
        return Facts((*query[:-1], *output), self.learnt(kernels), macs, reach=None)

    def inside(self, *inputs: Shape) -> Inside:
        """Those of all heads."""
        query, value, _ = three(inputs)
        queries, values = (self.num_heads * product(shape[:-1]) for shape in (query, value))
        pairs = queries * product(tuple(value[place] for place in self._places(inputs)))
        both = values * (self.key_dim + self._gathered)
        return self.kept_by_heads(pairs, queries * self.key_dim, both, queries * self._gathered)

    @property
    def _gathered(self) -> int:
        return self.value_dim or self.key_dim

    def _kernels(self, query: Shape, value: Shape, key: Shape, output: tuple[int, ...]) -> list[tuple[int, ...]]:
        gates = [(query, self._gathered)] if self.use_gate else []
        each = [(query, self.key_dim), (key, self.key_dim), *gates, (value, self._gathered)]
        kernels = [(channels(read, self.kind), self.num_heads, size) for read, size in each]
        return [*kernels, (self.num_heads, self._gathered, *output)]

    def _places(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """The axes that are gathered along, the first one of an example as 0; raises Misfit where sizes disagree."""
        query, value, key = three(inputs)
        if len(query) < 2 or len({len(query), len(value), len(key)}) > 1:
            raise self.misfit(inputs, "steps with channels, as many axes in query, value and key")
        places = self._attended(query)
        apart = [place for place in range(len(query) - 1) if place not in places]
        if value[:-1] != key[:-1] or any(query[place] != value[place] for place in apart):
            expected = "value and key of as many steps, and equal sizes along axes that are not gathered along"
            raise self.misfit(inputs, expected)
        self._check_looking(places)
        return places

    def _check_looking(self, places: tuple[int, ...]) -> None:
        """Keras makes what hides steps from each other of the first axis' sizes, whichever are gathered along."""
        hiding = "use_causal_mask" if self.use_causal_mask else "sliding_window"
        if places != (0,) and (self.use_causal_mask or self.sliding_window):
            received = f"{hiding} over axes {[place + 1 for place in places]}"
            raise Misfit(hiding, received, "one axis to gather along, the first", "write attention_axes: 1")

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
        values = "" if self._gathered == self.key_dim else f" and {self._gathered}"
        said = f"multi-head attention, {self.num_heads} heads of {self.key_dim}{values}"
        return Phrase(self.causal(said), told=frozenset({"num_heads", "key_dim", "value_dim", "use_causal_mask"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' MultiHeadAttention."""
        return self.called(keras_layer(keras, self, "MultiHeadAttention", name, use_causal_mask=LESS))


class GroupedQueryAttention(_Projected, kind="grouped_query_attention"):
    """Multi-head attention in which several heads of the query share one of key and value (Ainslie et al. 2023).

    ```yaml
    - grouped_query_attention: {head_dim: 16, num_query_heads: 4, num_key_value_heads: 2}    # (64, 32) -> (64, 32)
    ```

    Multiply-adds are those of the projections, and T S times the query's heads times 2 head_dim. Until its gradient it
    keeps what multi-head attention does, with key and value repeated for each of the query's heads.
    """

    idea = "attention"
    formula = """
    Q[e] = query @ WQ[e] + bQ[e]
    K[r] = key @ WK[r] + bK[r]
    G[e] = sigmoid(query @ WG[e] + bG[e])  # a gate
    V[r] = value @ WV[r] + bV[r]
    A[e] = softmax(Q[e] @ T(K[floor(e / m)]) / sqrt(head_dim))  # m heads of the query share one of key and value
    y = bO + sum(e < num_query_heads: (G[e] * (A[e] @ V[floor(e / m)])) @ WO[e])
    """

    head_dim: Size
    """The size of each head."""
    num_query_heads: Size
    """How many heads the query has."""
    num_key_value_heads: Size
    """How many key and value have: a divisor of the query's."""

    def infer(self, *inputs: Shape) -> Facts:
        """The query's shape."""
        self.check_steps(inputs)
        query, value, key = three(inputs)
        if query[-1] != value[-1]:
            raise self.misfit(inputs, "query and value with as many channels")
        if self.num_query_heads % self.num_key_value_heads:
            received = f"{self.num_key_value_heads} heads of key and value for {self.num_query_heads} of the query"
            raise Misfit("num_key_value_heads", received, f"a divisor of {self.num_query_heads}")
        kernels = self._kernels(query, value, key)
        gathered = query[0] * value[0] * self.num_query_heads * self.head_dim * 2
        return Facts(query, self.learnt(kernels), self.projected(kernels, query[0], value[0]) + gathered, reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`m` heads of the query share one."""
        return {
            **super().symbols(*inputs),
            "m": Symbol(self.num_query_heads // self.num_key_value_heads, "heads that share one"),
        }

    def inside(self, *inputs: Shape) -> Inside:
        """Those of all heads of the query."""
        query, value, _ = three(inputs)
        queries, size = query[0] * self.num_query_heads, self.head_dim
        both = value[0] * self.num_query_heads * 2 * size
        return self.kept_by_heads(queries * value[0], queries * size, both, queries * size)

    def _kernels(self, query: Shape, value: Shape, key: Shape) -> list[tuple[int, ...]]:
        mine, shared = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        gates = [(query, mine)] if self.use_gate else []
        each = [(query, mine), (key, shared), *gates, (value, shared)]
        return [*((channels(read, self.kind), *heads) for read, heads in each), (*mine, channels(query, self.kind))]

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How many heads of which size."""
        heads = f"{self.num_query_heads} heads of {self.head_dim} over {self.num_key_value_heads}"
        told = frozenset({"head_dim", "num_query_heads", "num_key_value_heads", "use_causal_mask"})
        return Phrase(self.causal(f"grouped-query attention, {heads}"), told=told)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' GroupQueryAttention."""
        return self.called(keras_layer(keras, self, "GroupQueryAttention", name, use_causal_mask=LESS))


def _tuple(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else value
