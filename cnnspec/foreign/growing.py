"""A network of a file as it is read, layer by layer: each is checked where it is added, and its shape is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.foreign.network import ForeignInput, ForeignLayer, ForeignNetwork
from cnnspec.layers import LAYERS
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer, Misfit, expand
from cnnspec.layers.kind import read_kind
from cnnspec.layers.phrase import same_pads
from cnnspec.layers.shape import Shape, known, write_shape
from cnnspec.source.diagnostic import likely

Pair = tuple[int, int]
MOST_LAYERS = 20_000
"""As many as a spec may have."""
LARGEST_FILE = 4 * 2**20
"""Bytes of a file in words: the longest that were published have a tenth of it."""


class Unread(Exception):
    """What a file has that makes no network; says what, and where in the file."""


@dataclass(slots=True, eq=False, repr=False)
class Growing:
    """A network that grows; names of layers and inputs are kept apart."""

    name: str
    inputs: list[ForeignInput] = field(default_factory=list)
    layers: list[ForeignLayer] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def input(self, name: str, shape: Sequence[int], dtype: str = "float32") -> str:
        """An input; its name."""
        name = self._own(name)
        if not shape or any(size < 1 for size in shape):
            raise Unread(f"the input {name} has the shape {list(shape)}, expected sizes of at least 1")
        self.inputs.append(ForeignInput(name, tuple(shape), dtype))
        self.shapes[name] = tuple(shape)
        return name

    def add(
        self,
        name: str,
        kind: str,
        arguments: Mapping[str, object],
        reads: Sequence[str],
        unknown: Sequence[str] = (),
    ) -> str:
        """A layer that the language has; its name. Raises Unread where it does not fit what it reads."""
        given = [self.shapes[each] for each in reads]
        try:
            layer = read_kind("layer", LAYERS, {kind: dict(arguments)})
            assert isinstance(layer, Layer)
            output = expand(layer, *given)[-1][2].output
        except Misfit as misfit:
            read = ", ".join(map(write_shape, given))
            raise Unread(f"the layer {name} ({kind}) does not fit {read}: {misfit}") from misfit
        except (ValidationError, PydanticCustomError) as error:
            raise Unread(f"the layer {name} ({kind}) has arguments that cannot be: {dict(arguments)}") from error
        return self._added(ForeignLayer(name, kind, dict(arguments), tuple(reads), None, tuple(unknown)), output)

    def flattened(self, name: str, read: str) -> str:
        """A flatten of what has the channels first in the file, and last here; that the order differs is told."""
        *places, channels = self.sizes(read)
        added = self.add(name, "flatten", {}, [read])
        if channels > 1 and max(places, default=1) > 1:
            self.left_out.append(
                f"the order in which {added} lays out {write_shape(self.shapes[read])}: channels come first there, and"
                " last here; weights of a dense layer behind it are the same but for the order of what they read"
            )
        return added

    def strange(self, name: str, written: str, told: Sequence[str], reads: Sequence[str]) -> str:
        """A layer that the language has not, which is taken to give what it reads; its name."""
        if not reads:
            raise Unread(f"the layer {name} ({written}) is unknown here and reads nothing, so that its size is unknown")
        layer = ForeignLayer(name, "", {}, tuple(reads), None, tuple(told), written)
        return self._added(layer, self.shapes[reads[0]])

    def _added(self, layer: ForeignLayer, output: Shape) -> str:
        if len(self.layers) == MOST_LAYERS:
            raise Unread(f"more than {MOST_LAYERS:,} layers, which no spec has")
        name = self._own(layer.name)
        self.layers.append(replace(layer, name=name))
        self.shapes[name] = output
        return name

    def _own(self, name: str) -> str:
        """The name, with a number where it is taken."""
        own, number = name, 1
        while own in self.shapes:
            number += 1
            own = f"{name}_{number}"
        return own

    def activated(self, name: str, activation: object) -> bool:
        """Whether a result is that of the last layer, whose own activation this then is."""
        layer = self.layers[-1] if self.layers else None
        if layer is None or layer.name != name or layer.kind not in LAYERS:
            return False
        kind = LAYERS[layer.kind]
        if not issubclass(kind, Affine) or "activation" in layer.arguments:
            return False
        self.layers[-1] = replace(layer, arguments={**layer.arguments, "activation": activation})
        return True

    def rescaled(self, name: str, bias: bool) -> bool:
        """Whether a result is that of a normalisation without scale and shift, which then gets these."""
        at = next((at for at, each in enumerate(self.layers) if each.name == name), None)
        layer = None if at is None else self.layers[at]
        if at is None or layer is None or layer.arguments.get("scale", True) or layer.kind != "batch_norm":
            return False
        arguments = {key: value for key, value in layer.arguments.items() if key not in ("scale", "center")}
        arguments |= {} if bias else {"center": False}
        self.layers[at] = replace(layer, arguments=arguments)
        return True

    def sizes(self, name: str) -> tuple[int, ...]:
        """The shape of a result, all of whose sizes are known."""
        found = known(self.shapes[name])
        assert found is not None
        return found

    def network(self, outputs: Mapping[str, str], named: bool) -> ForeignNetwork:
        """The network whose outputs these are; raises Unread where nothing is computed."""
        if not self.inputs or not self.layers or not outputs:
            raise Unread("it has no layer that computes something of an input")
        return ForeignNetwork(
            self.name, tuple(self.inputs), tuple(self.layers), dict(outputs), named, tuple(self.left_out)
        )


def padding(
    pads: Sequence[Pair], sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], dilation: int = 1
) -> object:
    """Zeros before and after each axis as an argument: a word where that says the same, else as few numbers as do."""
    if min(*window, *strides, dilation) < 1:
        return "valid"  # the layer refuses its window
    if not any(map(any, pads)):
        return "valid"
    each = zip(sizes, window, strides, strict=True)
    if [same_pads(size, 1 + (wide - 1) * dilation, by) for size, wide, by in each] == list(pads):
        return "same"
    return in_short([in_short(list(pair)) for pair in pads])


def in_short(sizes: Sequence[object]) -> object:
    """One number where all are the same; none are left out of a pair that differs."""
    return sizes[0] if all(size == sizes[0] for size in sizes) and not isinstance(sizes[0], list) else list(sizes)


def window_arguments(**given: Sequence[int]) -> dict[str, object]:
    """Windows and strides as arguments, those of 1 left out but for the window itself."""
    return {
        name: in_short(list(sizes))
        for name, sizes in given.items()
        if name in ("kernel_size", "pool_size") or set(sizes) != {1}
    }


def misspelt(word: str, known_words: Sequence[str]) -> str:
    """What was probably meant, in brackets; nothing where nothing is alike."""
    words = likely(word, known_words)
    return f" (perhaps {words[0]})" if len(words) == 1 else ""
