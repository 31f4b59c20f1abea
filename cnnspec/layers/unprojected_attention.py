"""Attention without projections: what is read is scored as it is."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from cnnspec.layers.attending import Attending, three
from cnnspec.layers.base import Facts, Weight, channels
from cnnspec.layers.building import LESS, Assembled, keras_layer
from cnnspec.layers.fields import Seed, Share
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Inside, Reread


class _Unprojected(Attending):
    """Scores what it reads as it is, without projections."""

    rereads = Reread()

    keras_class: ClassVar[str]

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """No factor of the scores where none is learnt."""
        return {**super().symbols(*inputs), **({} if getattr(self, "use_scale", True) else {"scale": Symbol(1)})}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """A mean of values."""
        value = read[min(1, len(read) - 1)]
        return Meaning(value.low, value.high, told=False)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' layer, called on a list of query, value and maybe key."""
        layer: Any = keras_layer(keras, self, self.keras_class, name, use_causal_mask=LESS)

        def apply(given: Any) -> Any:
            read = list(given) if isinstance(given, (list, tuple)) else [given]
            return layer(read if len(read) > 1 else read * 2, **self.caused())

        return Assembled(layer, apply)

    def kept_by_pairs(self, inputs: Sequence[Shape], results: int, summed: int) -> Inside:
        """So many results of all pairs of a query and a key, and those that are `summed` over the channels.

        One result as large as the sums passes, or two as large as the weights where there are none.
        """
        query, value, key = three(inputs)
        pairs = query[0] * value[0]
        wide = pairs * key[-1]
        return Inside(results * pairs + summed * wide, wide if summed else 2 * pairs)

    def check_width(self, inputs: Sequence[Shape]) -> int:
        """The channels of query and key, which are as many; raises Misfit."""
        self.check_steps(inputs)
        query, _, key = three(inputs)
        if query[-1] != key[-1]:
            raise self.misfit(inputs, "query and key with as many channels")
        return channels(query, self.kind)


class Attention(_Unprojected, kind="attention"):
    """The mean of the values, weighed by how well their keys suit each query (Luong et al. 2015).

    ```yaml
    - attention                                        # (64, 32) -> (64, 32)
    - attention: {from: [decoded, encoded]}            # (7, 16), (9, 16) -> (7, 16)
    ```

    Multiply-adds are T S times the channels of a key (of its products with the query), and of a value. Until its
    gradient it keeps T S weights, twice under dropout; the scores for a learnt factor; the sums of `concat`, and their
    tanh.
    """

    idea = "attention"
    formula = """
    S[i, j] = w * sum(c < n: tanh(scale * (query[i, c] + key[j, c]))) if concat else D[i, j]
    D[i, j] = scale * sum(c < n: query[i, c] * key[j, c])
    A = softmax(S)  # each row: how much of each step a query takes
    y = A @ value
    """

    use_scale: bool = False
    """Whether to learn a factor of the scores."""
    score_mode: Literal["dot", "concat"] = "dot"
    """How a key suits a query: their product, or the sum of tanh of their sum."""
    dropout: Share = 0.0
    """The share of the weights between steps that is set to zero while training."""
    seed: Seed | None = None
    """Makes the dropout repeatable."""

    keras_class = "Attention"

    def infer(self, *inputs: Shape) -> Facts:
        """As many steps as the query has, with the value's channels."""
        width = self.check_width(inputs)
        query, value, _ = three(inputs)
        names = ("scale",) * self.use_scale + ("concat_score_weight",) * (self.score_mode == "concat")
        scored = width if self.score_mode == "dot" else 0
        macs = query[0] * value[0] * (value[-1] + scored)
        return Facts((query[0], value[-1]), tuple(Weight(name, ()) for name in names), macs, reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`concat` is whether scores are such sums; the places of query and key are `i` and `j`."""
        return {**super().symbols(*inputs), "concat": Symbol(int(self.score_mode == "concat"))}

    def inside(self, *inputs: Shape) -> Inside:
        """Those of its way of scoring."""
        weights = 1 + (self.dropout > 0)
        if self.score_mode == "concat":
            return self.kept_by_pairs(inputs, weights + 1, 1 + self.use_scale)
        return self.kept_by_pairs(inputs, weights + self.use_scale, 0)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Its kind."""
        return Phrase(self.causal("attention"), told=frozenset({"use_causal_mask"}))


class AdditiveAttention(_Unprojected, kind="additive_attention"):
    """Attention whose scores are a weighted sum of tanh(query + key) (Bahdanau et al. 2015).

    ```yaml
    - additive_attention                                   # (64, 32) -> (64, 32)
    - additive_attention: {from: [decoded, encoded]}       # (7, 16), (9, 16) -> (7, 16)
    ```

    Multiply-adds are T S times the channels of a key, where they are weighed, and of a value. Until its gradient it
    keeps the tanh of T S sums of as many channels, and T S weights, twice under dropout.
    """

    idea = "attention"
    formula = """
    S[i, j] = sum(c < n: scale[c] * tanh(query[i, c] + key[j, c]))
    A = softmax(S)  # each row: how much of each step a query takes
    y = A @ value
    """

    use_scale: bool = True
    """Whether to learn a weight for each channel of the sum."""
    dropout: Share = 0.0
    """The share of the weights between steps that is set to zero while training."""

    keras_class = "AdditiveAttention"

    def infer(self, *inputs: Shape) -> Facts:
        """As many steps as the query has, with the value's channels."""
        width = self.check_width(inputs)
        query, value, _ = three(inputs)
        macs = query[0] * value[0] * (value[-1] + (width if self.use_scale else 0))
        return Facts((query[0], value[-1]), (Weight("scale", (width,)),) * self.use_scale, macs, reach=None)

    def inside(self, *inputs: Shape) -> Inside:
        """Those of its sums."""
        return self.kept_by_pairs(inputs, 1 + (self.dropout > 0), 1)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Its kind."""
        return Phrase(self.causal("additive attention"), told=frozenset({"use_causal_mask"}))
