"""What a layer is: its fields, what they make of a shape, and the Keras layer they stand for.

A layer is a subclass of `Layer` in one of the files beside this one, declared once; everything else
(the checks, the summary, the schema, the documentation, the parity tests) reads it from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from cnnspec.layers.kind import Kind
from cnnspec.layers.shape import Dim, Shape, product, write_shape


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable of a layer, named, shaped and ordered as in Keras' `layer.weights`."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        size = product(self.shape)
        assert isinstance(size, int)
        return size


@dataclass(frozen=True, slots=True)
class Reach:
    """How a layer looks along one spatial axis: a window of inputs, moving by `stride` per output.

    The stride of a layer that enlarges is a fraction: 1/2 for an up-sampling by two.
    """

    window: int = 1
    stride: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a layer without running it, for one example.

    `macs` counts multiply-adds. `reach` has one item a spatial axis; empty, every output sees the
    input of its own place alone; None, places are mixed or lost (flatten, global pooling).
    """

    output: Shape
    weights: tuple[Weight, ...] = ()
    macs: Dim = 0
    reach: tuple[Reach, ...] | None = ()


class Misfit(Exception):
    """A layer that does not fit what it reads, or arguments that do not fit each other.

    `field` is the argument at fault (None: the layer as a whole, or what it reads).
    """

    def __init__(self, field: str | None, received: str, expected: str, help: str = "") -> None:
        super().__init__(f"{received}; expected {expected}")
        self.field, self.received, self.expected, self.help = field, received, expected, help


@dataclass(frozen=True, slots=True)
class Part:
    """One of the plain layers that a layer with conveniences stands for; `suffix` joins its Keras name."""

    suffix: str
    layer: "Layer"


class Layer(Kind, family="layer"):
    """Base of all layers."""

    trainable: bool = True
    """Whether training changes the weights."""

    merges: ClassVar[bool] = False
    """Whether it reads several inputs at once."""

    @classmethod
    def shared_arguments(cls) -> frozenset[str]:
        return frozenset({"trainable"})

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """The plain layers it stands for, in order; each of them infers and builds itself."""
        return (Part("", self),)

    def infer(self, *inputs: Shape) -> Facts:
        """Output shape, weights and cost for these inputs; raises Misfit."""
        raise NotImplementedError(type(self).__name__)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """The Keras layer, called `name`, to be called on one tensor (or on the list of tensors)."""
        raise NotImplementedError(type(self).__name__)


def spatial(shape: Shape, kind: str, ranks: tuple[int, ...] = (1, 2, 3)) -> tuple[Shape, int]:
    """The spatial sizes and the channels of what a layer reads, in the ranks that the layer has."""
    rank = len(shape) - 1
    if rank not in ranks:
        wanted = " or ".join(("(length, channels)", "(height, width, channels)", "(depth, height, width, channels)")[r - 1] for r in ranks)
        raise Misfit(None, f"{kind} reads {write_shape(shape)}", wanted, _rank_help(rank))
    return shape[:-1], channels(shape, kind)


def channels(shape: Shape, kind: str) -> int:
    """The size of the last axis, which the layer's weights need to know."""
    if not shape:
        raise Misfit(None, f"{kind} reads a single number, shape ()", "at least one axis")
    last = shape[-1]
    if not isinstance(last, int):
        raise Misfit(None, f"{kind} reads {write_shape(shape)}, whose last size is unknown", "a known number of channels, since its weights depend on it", "give the input's length as a number")
    return last


def _rank_help(rank: int) -> str:
    if rank <= 0:
        return "this comes after a flatten or a global pooling: move it before, or reshape first"
    return "flatten or reshape the input first"


def keras_arguments(layer: Kind, *without: str) -> dict[str, Any]:
    """The arguments as Keras takes them, less those named."""
    from_kind = {name: value for name, value in layer.arguments().items() if name not in without}
    return {name: list(value) if isinstance(value, list) else value for name, value in from_kind.items()}
