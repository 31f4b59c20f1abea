"""Numbers dropped while training, nothing otherwise."""

from collections.abc import Callable
from typing import Annotated, Any

from cnnspec.layers.base import Facts, Layer, Misfit, space
from cnnspec.layers.building import LESS, keras_layer
from cnnspec.layers.fields import RANK, Rate, Seed, Share, is_count
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import PlainValidator, WithJsonSchema
from cnnspec.layers.phrase import Phrase, argument, is_exact, words
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, Reread


def _noise_shape(value: object) -> tuple[int | None, ...]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= RANK:
        raise invalid("a list with a size, or null, for the batch and for each axis")
    for index, item in enumerate(value):
        if item is not None and not is_count(item):
            raise invalid("a whole number of at least 1, or null", (index,))
    return tuple(value)


NoiseShape = Annotated[
    tuple[int | None, ...],
    PlainValidator(_noise_shape),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]},
            "minItems": 1,
            "maxItems": RANK,
        }
    ),
]


class Dropout(Layer, kind="dropout"):
    """While training set a share of the numbers to zero and enlarge the rest to match (Srivastava et al. 2014).

    ```yaml
    - dropout: 0.5                                            # (512,) -> (512,)
    - dropout: {rate: 0.1, noise_shape: [null, 1, 64]}        # (20, 64) -> (20, 64)
    - dropout: {rate: 0.1, noise_shape: [null, 1, 1, 1]}      # (14, 14, 8) -> (14, 14, 8)
    ```

    The last drops whole examples: at the end of a residual's main path that is stochastic depth (Huang et al. 2016).
    """

    idea = "dropout"
    formula = """
    y = m * x / (1 - rate)  # while training: each m is drawn, 0 with the probability of the rate, else 1
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True
    drops = True

    rate: Share
    """The share that is set to zero."""
    noise_shape: NoiseShape | None = None
    """The shape of the draw, the batch included: null as the input's, 1 for one draw along the whole axis."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    @property
    def drops_examples(self) -> bool:
        """Where all numbers of an example share one draw."""
        return self.noise_shape is not None and self.noise_shape[0] != 1 and set(self.noise_shape[1:]) == {1}

    @property
    def rereads(self) -> Reread:
        """Which numbers were kept, where each had a draw of its own."""
        return Reread("never", output=self.noise_shape is None)

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        check_noise(self.noise_shape, inputs[0])
        return Facts(inputs[0])

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """With one draw for the whole of an example it drops paths (Huang et al. 2016)."""
        if self.noise_shape is None or any(size != 1 for size in self.noise_shape[1:]):
            return super().phrase(read, output)
        text = argument(self.rate)
        return Phrase(
            f"drop path {text}", told=frozenset({"noise_shape", *(["rate"] if is_exact(self.rate, text) else [])})
        )

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Dropout."""
        return keras_layer(keras, self, "Dropout", name)


class SpatialDropout(Layer, kind="spatial_dropout"):
    """While training set whole channels to zero and enlarge the rest to match (Tompson et al. 2015).

    ```yaml
    - spatial_dropout: 0.2      # (28, 28, 8) -> (28, 28, 8)
    - spatial_dropout: 0.2      # (64, 300) -> (64, 300)
    ```
    """

    idea = "dropout"
    formula = """
    y[p, c] = m[c] * x[p, c] / (1 - rate)  # while training: each m is drawn, 0 with the probability of the rate, else 1
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True
    drops = True
    rereads = NOTHING_AGAIN

    rate: Share
    """The share of the channels that is set to zero."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        space(inputs[0], self.kind)
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' SpatialDropout of the rank, which has no `trainable`."""
        return keras_layer(keras, self, f"SpatialDropout{len(inputs[0]) - 1}D", name, trainable=LESS)


class GaussianDropout(Layer, kind="gaussian_dropout"):
    """While training multiply by normal noise of mean 1 and variance rate / (1 - rate) (Srivastava et al. 2014).

    ```yaml
    - gaussian_dropout: 0.5      # (512,) -> (512,)
    ```
    """

    formula = """
    y = e * x  # while training: each e is drawn from a normal distribution of mean 1 and variance rate / (1 - rate)
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True
    rereads = Reread("never", output=True)

    rate: Share
    """The share that a dropout of the same variance would set to zero."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' GaussianDropout."""
        return keras_layer(keras, self, "GaussianDropout", name)


class AlphaDropout(Layer, kind="alpha_dropout"):
    """While training set a share to what selu gives at its lowest, mean and variance staying (Klambauer et al. 2017).

    ```yaml
    - alpha_dropout: 0.1      # (512,) -> (512,)
    ```
    """

    formula = """
    a = 1 / sqrt((1 - rate) * (1 + rate * s^2))
    y = a * (m * x + (1 - m) * s - rate * s)  # while training: m is 0 with the probability of the rate, else 1
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True

    rate: Rate
    """The share that is set; below 1."""
    noise_shape: NoiseShape | None = None
    """The shape of the draw, the batch included: null as the input's, 1 for one draw along the whole axis."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    @property
    def rereads(self) -> Reread:
        """Which numbers were kept, where each had a draw of its own."""
        return Reread("never", output=self.noise_shape is None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`s` is what selu gives at its lowest."""
        return {**super().symbols(*inputs), "s": Symbol(-1.7580993408473766, "what selu gives at its lowest")}

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        check_noise(self.noise_shape, inputs[0])
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' AlphaDropout."""
        return keras_layer(keras, self, "AlphaDropout", name)


class StochasticDepth(Layer, kind="stochastic_depth"):
    """While training set whole examples to zero and enlarge the rest to match: the shape stays (Huang et al. 2016).

    It stands at the end of a residual's main path, which then is left out at times; the rate may grow with depth, as in
    `stochastic_depth: "${0.2 * i / 11}"` inside a block that is repeated 12 times.

    ```yaml
    - stochastic_depth: 0.2      # (14, 14, 8) -> (14, 14, 8)
    - stochastic_depth: 0.1      # (197, 768) -> (197, 768)
    ```
    """

    idea = "dropout"
    formula = """
    y = m * x / (1 - rate)  # while training: one m for an example, 0 with the probability of the rate, else 1
    y = x  # afterwards
    """

    passes_values = True
    keeps_places = True
    drops = True
    drops_examples = True
    rereads = NOTHING_AGAIN

    rate: Share
    """The share of the examples that is set to zero."""
    seed: Seed | None = None
    """Makes the draws repeatable."""

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """With a rate that mostly grows from one repeat to the next."""
        return Phrase(words(self.kind), told=frozenset({"rate"}), rate=self.rate)

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        return Facts(inputs[0])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Dropout, with one draw for each example."""
        return keras_layer(keras, self, "Dropout", name, noise_shape=(None, *(1 for _ in inputs[0])))


def check_noise(noise: tuple[int | None, ...] | None, shape: Shape) -> None:
    """Refuse a draw that does not spread over what is read; raises Misfit."""
    if noise is None or (len(noise) == len(shape) + 1 and _spreads(noise[1:], shape)):
        return
    expected = f"{len(shape) + 1} sizes, the batch's first, each null, 1 or the input's"
    raise Misfit("noise_shape", f"noise_shape {_written(noise)} on {write_shape(shape)}", expected)


def _spreads(noise: tuple[int | None, ...], shape: Shape) -> bool:
    return all(drawn in (None, 1) or drawn == size for drawn, size in zip(noise, shape, strict=True))


def _written(noise: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("null" if size is None else str(size) for size in noise) + "]"
