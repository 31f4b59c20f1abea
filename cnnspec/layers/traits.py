"""What the other rooms must know of a layer, beside its shapes and its cost: each kind says it in its own class.

`tests/layers/test_traits.py` asks every kind for every trait, and holds the answers against what Keras' layer does.
What depends on the arguments is a property; a kind for which it does not answers with a plain value.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from cnnspec.layers.shape import Dim, Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.layers.sliding import Slide


@frozen
class Reread:
    """What a layer's gradient reads again, and a training therefore keeps until then.

    `input`: `always`; for the gradient of its own `weights` alone; or `never`. `output`: its output, or a draw or
    choice as large.
    """

    input: Literal["always", "weights", "never"] = "always"
    output: bool = False


@frozen
class Inside:
    """Results on the way from a layer's input to its output, in numbers of one example.

    `kept`: what its gradients read again of them. `passing`: what is there beside it while the layer or its gradient is
    computed.
    """

    kept: Dim = 0
    passing: Dim = 0


Row = Literal["", "id", "number"]

NOTHING_AGAIN = Reread("never")


class Traits:
    """The traits of a layer, with the answers of one that computes something new of all that it reads."""

    __slots__ = ()

    idea: ClassVar[str] = ""
    """Under which name `cnnspec explain` has more to tell of it than of any layer."""
    passes_values: ClassVar[bool] = False
    """Whether its output is, outside training, every value that it read, in another order or shape at most."""
    reshapes: ClassVar[bool] = False
    """Whether its output is what it read, in the same order: the same memory in another shape."""
    keeps_places: ClassVar[bool] = False
    """Whether, outside training, each number that it gives belongs to the number that it read at the same place."""
    activates: ClassVar[bool] = False
    """Whether it is an activation and nothing else."""
    prepares: ClassVar[bool] = False
    """Whether it brings raw data into range: pixels rescaled, columns normalised, ids looked up."""
    normalises: ClassVar[bool] = False
    """Whether it normalises what it reads by the statistics of just that, and learns a scale and shift for it."""
    keeps_statistics: ClassVar[bool] = False
    """Whether training updates averages of what it reads, which serve afterwards."""
    drops: ClassVar[bool] = False
    """Whether training sets some of the numbers that it reads to zero."""
    slides: ClassVar[bool] = False
    """Whether it moves a window over the places that it reads, by whole places."""
    pools_globally: ClassVar[bool] = False
    """Whether it makes one number of all places of a channel, wherever they lie."""
    ordered: ClassVar[bool] = False
    """Whether its output has other values where its inputs change places."""
    multiplies: ClassVar[bool] = False
    """Whether it multiplies what it reads with each other, so that one may be a gate to another."""
    row_for: ClassVar[Row] = ""
    """What a row of its first weight stands for: an id that it reads, or a place of the numbers that it reads."""
    pads_zeros: ClassVar[bool] = False
    """Whether it surrounds pictures with zeros, as a convolution may do by itself."""

    @property
    def formula(self) -> str:
        """What it computes of x, an equation a line, as `cnnspec/layers/formulas/reading.py` reads them."""
        return ""

    @property
    def drops_examples(self) -> bool:
        """Whether training sets all numbers of an example to zero or none, as where depth is stochastic."""
        return False

    @property
    def weighs(self) -> bool:
        """Whether it multiplies what it reads by weights: one of the layers by which a network's depth is counted."""
        return False

    @property
    def moves(self) -> bool:
        """Whether it gives numbers that it read, or zeros, and which ones goes by their places alone."""
        return False

    def cancels_bias(self, shape: Shape) -> bool:
        """Whether a number that is added to all of a channel before it is gone after it, while training."""
        return False

    def learnt_axes(self, shape: Shape) -> tuple[int, ...] | None:
        """The axes, the batch counting as 0, with a mean and a variance each, learnt from the data before training.

        None where nothing is learnt before the first step.
        """
        return None

    @property
    def masks(self) -> bool:
        """Whether it tells those after it which steps are padding."""
        return False

    def knows_masks(self, shape: Shape) -> bool:
        """Whether it heeds what it is told of padding, or hands it on, where its first input has this shape."""
        return self.keeps_places

    def spends_masks(self, shape: Shape) -> bool:
        """Whether it heeds what it is told of padding, and gives no steps any more, to which that would belong."""
        return False

    def ranged(self, least: float, most: float) -> tuple[float, float] | None:
        """Between which numbers its output lies where it reads such from `least` to `most`, as far as it is told.

        None: it brings them into a range of its own. What weights do to them is not counted.
        """
        return None if self.prepares or self.normalises else (least, most)

    @property
    def synchronizes(self) -> bool:
        """Whether what it computes in training depends on what replicas on other devices read."""
        return False

    @property
    def remembers(self) -> float:
        """How much of those averages stays at each step: its nth power of what they began as, after n steps."""
        return 0.0

    @property
    def takes_zeros(self) -> bool:
        """Whether TensorFlow has it add the zeros around pictures that a padding before it would add."""
        return False

    @property
    def ids(self) -> int | None:
        """How many ids it knows, which start from 0; None where it reads numbers."""
        return None

    @property
    def ends_in(self) -> str:
        """The activation that its output has gone through last, by name; `linear` for none."""
        return "linear"

    @property
    def rereads(self) -> Reread:
        """What its gradient reads again."""
        return Reread()

    def inside(self, *inputs: Shape) -> Inside:
        """What a training holds within it beside input and output; nothing of a layer of one operation."""
        return Inside()

    def slides_over(self, *inputs: Shape) -> "tuple[Slide, ...]":
        """How its window moves along each spatial axis of what it reads; nothing where it has none that slides."""
        return ()

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """What names in its formula stand for where it reads these shapes: beside its own numbers, by their names.

        `p` is a place of what is read, of sizes `h`, and `n` the number of channels there.
        """
        return read_symbols(inputs[0]) if inputs else {}


PLACES = ("i", "j", "l", "u", "v")
"""What the axes of a place are called, the first one first."""


def read_symbols(shape: Shape) -> dict[str, Symbol]:
    """The names of places and channels of what is read."""
    places = PLACES[: max(len(shape) - 1, 0)]
    channels = {"n": Symbol(shape[-1], "channels that are read")} if shape else {}
    everywhere = {"P": Symbol((*places, "c") if shape else ())}
    return {"p": Symbol(places), "h": Symbol(shape[:-1], "places that are read"), **channels, **everywhere}
