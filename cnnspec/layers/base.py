"""What a layer is: its fields, what they make of a shape, and the Keras layer they stand for.

A layer is a subclass of `Layer` in one of the files beside this one, declared once; everything else
(the checks, the summary, the schema, the documentation, the parity tests) reads it from there.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from cnnspec.layers.kind import Kind
from cnnspec.layers.meaning import ANY, Meaning
from cnnspec.layers.phrase import Phrase, argument, is_exact, words, written_argument
from cnnspec.layers.shape import Dim, Shape, product, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import Traits
from cnnspec.source.frozen import frozen


@frozen
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


@frozen
class Reach:
    """How a layer looks along one spatial axis: a window of inputs, moving by `stride` per output.

    The stride of a layer that enlarges is a fraction: 1/2 for an up-sampling by two.
    """

    window: int = 1
    stride: Fraction = Fraction(1)


@frozen
class Facts:
    """What is known of a layer without running it, for one example.

    `macs` counts multiply-adds. `reach` has one item a spatial axis; empty, every output sees the
    input of its own place alone; None, places are mixed or lost (flatten, global pooling). As is the
    custom for receptive fields, the statistics of a normalisation do not count as seeing.
    """

    output: Shape
    weights: tuple[Weight, ...] = ()
    macs: Dim = 0
    reach: tuple[Reach, ...] | None = ()


class Misfit(Exception):
    """A layer that does not fit what it reads, or arguments that do not fit each other.

    `field` is the argument at fault (None: the layer as a whole, or what it reads). `says_shapes`: whether `received`
    tells the shapes that are read, so that nobody needs to say them before it.
    """

    def __init__(
        self, field: str | None, received: str, expected: str, help: str = "", *, says_shapes: bool = False
    ) -> None:
        super().__init__(f"{received}; expected {expected}")
        self.field, self.received, self.expected, self.help = field, received, expected, help
        self.says_shapes = says_shapes


class Placeless(Misfit):
    """A layer that wants places, of what has none: `shape` lacks at least so many axes as `lacks` says.

    `in_sequence`: whether the layer would read a sequence, (length, channels).
    """

    def __init__(self, kind: str, shape: Shape, expected: str, ranks: tuple[int, ...] = (1,)) -> None:
        super().__init__(None, f"{kind} reads {write_shape(shape)}", expected, says_shapes=True)
        self.lacks, self.in_sequence = min(ranks) + 1 - len(shape), 1 in ranks


@frozen
class Part:
    """One of the plain layers that a layer with conveniences stands for; `suffix` joins its Keras name."""

    suffix: str
    layer: "Layer"


class Layer(Traits, Kind, family="layer"):
    """Base of all layers."""

    trainable: bool = True
    """Whether training changes the weights."""

    merges: ClassVar[bool] = False
    """Whether it reads several inputs at once."""
    least_inputs: ClassVar[int] = 1
    """How many inputs it reads at least."""
    most_inputs: ClassVar[int | None] = 1
    """How many inputs it reads at most; None: any number."""
    said_by_name: ClassVar[bool] = False
    """Whether its first argument says nothing without its name: which of the axes, how much of each side."""

    def knows_masks(self, shape: Shape) -> bool:
        """What merges branches joins their masks, too."""
        return self.keeps_places or self.merges

    @classmethod
    def shared_arguments(cls) -> frozenset[str]:
        """Arguments that every layer takes."""
        return frozenset({"trainable"})

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """The plain layers it stands for, in order; each of them infers and builds itself. May raise Misfit."""
        return (Part("", self),)

    def effective(self, *inputs: Shape) -> dict[str, Any]:
        """The arguments of a plain layer as they count where it reads these shapes.

        A default that goes by another argument or by what is read is filled in, and what has no effect is left out.
        """
        return self.arguments()

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How a table says the layer, as it is written, where it reads and gives these shapes: its kind in words."""
        first = self.first_argument()
        value = self.written().get(first) if first else None
        text = written_argument(value) if self.said_by_name and isinstance(value, tuple) else argument(value)
        if not first or not text:
            return Phrase(words(self.kind))
        name = f"{words(first)} " if self.said_by_name else ""
        told = frozenset({first} if is_exact(value, text) else ())
        return Phrase(f"{words(self.kind)} {name}{text}", told=told)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Beside those of all layers, its own numbers by their names."""
        numbers = ((name, getattr(self, name)) for name in type(self).model_fields)
        own = {name: Symbol(n) for name, n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)}
        return {**super().symbols(*inputs), **own}

    def infer(self, *inputs: Shape) -> Facts:
        """Output shape, weights and cost for these inputs, of a plain layer (see `parts`); raises Misfit."""
        raise NotImplementedError(type(self).__name__)

    @property
    def hands_on(self) -> bool:
        """Whether what its numbers can be depends on what those that it reads can be."""
        return self.passes_values

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What its numbers can be outside training, of a plain layer, where those that it reads are as `read` says.

        Any number, unless it only passes values on; these add up as before where the last axis stays what it was.
        """
        if not self.passes_values:
            return ANY
        kept = self.keeps_places or (self.reshapes and self.infer(*shapes).output[-1:] == shapes[0][-1:])
        return read[0] if kept else read[0].apart

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """The Keras layer, called `name`, to be called on one tensor (or on the list of tensors)."""
        raise NotImplementedError(type(self).__name__)


def expand(layer: Layer, *inputs: Shape) -> tuple[tuple[Part, tuple[Shape, ...], Facts], ...]:
    """The plain layers that a layer stands for, each with what it reads and its facts; raises Misfit."""
    expanded = []
    for part in layer.parts(*inputs):
        facts = part.layer.infer(*inputs)
        expanded.append((part, inputs, facts))
        inputs = (facts.output,)
    return tuple(expanded)


_SPATIAL = ("(length, channels)", "(height, width, channels)", "(depth, height, width, channels)")


def space(shape: Shape, kind: str, ranks: tuple[int, ...] = (1, 2, 3)) -> Shape:
    """The spatial sizes of what a layer reads, in the ranks that the layer has; raises Misfit."""
    rank = len(shape) - 1
    if rank not in ranks:
        wanted = " or ".join(_SPATIAL[r - 1] for r in ranks)
        if rank <= 0:
            raise Placeless(kind, shape, wanted, ranks)
        help = "flatten or reshape the input first"
        raise Misfit(None, f"{kind} reads {write_shape(shape)}", wanted, help, says_shapes=True)
    return shape[:-1]


def spatial(shape: Shape, kind: str, ranks: tuple[int, ...] = (1, 2, 3)) -> tuple[Shape, int]:
    """The spatial sizes and the channels of what a layer reads, in the ranks that the layer has."""
    return space(shape, kind, ranks), channels(shape, kind)


def channels(shape: Shape, kind: str) -> int:
    """The size of the last axis, which the layer's weights need to know."""
    if not shape:
        raise Misfit(None, f"{kind} reads a single number, shape ()", "at least one axis", says_shapes=True)
    last = shape[-1]
    if not isinstance(last, int):
        received = f"{kind} reads {write_shape(shape)}, whose last size is unknown"
        expected = "a known number of channels, since its weights depend on it"
        raise Misfit(None, received, expected, "give the input's length as a number", says_shapes=True)
    return last


def place_of(shape: Shape, axis: int) -> int:
    """Where in the shape an axis is that counts the batch as 0; raises Misfit, also for the batch itself."""
    rank = len(shape) + 1
    index = axis + rank if axis < 0 else axis
    if not 1 <= index < rank:
        expected = f"1 to {rank - 1}, or {1 - rank} to -1 (0 is the batch)" if shape else "an input with an axis"
        raise Misfit("axis", f"axis {axis} on {write_shape(shape)}", expected)
    return index - 1


def size_at(shape: Shape, axis: int) -> Dim:
    """The size of an axis, counted with the batch as 0; raises Misfit."""
    return shape[place_of(shape, axis)]


def known_size_at(shape: Shape, axis: int, kind: str) -> int:
    """The known size of an axis, counted with the batch as 0; raises Misfit."""
    size = size_at(shape, axis)
    if not isinstance(size, int):
        expected = "an axis whose size is known, since weights depend on it"
        raise Misfit("axis", f"{kind} over an axis of unknown length", expected)
    return size
