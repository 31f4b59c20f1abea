"""Padding and cropping along the spatial axes, and the paddings that other layers expand into."""

from collections.abc import Callable, Sequence
from typing import Any

from cnnspec.layers.base import Facts, Layer, Misfit, Part, space, spatial
from cnnspec.layers.building import keras_layer, named
from cnnspec.layers.fields import Pair, Sided, Sides, Size, Window, over, sides
from cnnspec.layers.meaning import Meaning, among
from cnnspec.layers.phrase import Phrase, written_argument
from cnnspec.layers.shape import Dim, Shape, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN

_ZERO = Meaning(0, 0, told=False)


class ZeroPad(Layer, kind="zero_pad"):
    """Add zeros before and after each spatial axis: (h, w, c) -> (h + 2, w + 2, c) by default.

    ```yaml
    - zero_pad: 3                      # (28, 28, 8) -> (34, 34, 8)
    - zero_pad: [[0, 1], [2, 3]]       # (28, 28, 8) -> (29, 33, 8)
    - zero_pad: [1, 2]                 # (10, 4) -> (13, 4)
    ```
    """

    formula = "y[p, c] = x[p - t, c]  # 0 where there is no such place"

    moves = True
    pads_zeros = True
    hands_on = True
    rereads = NOTHING_AGAIN

    padding: Sides = 1
    """How many: one number, or for each spatial axis a number or [before, after]; in 1-D also [before, after]."""

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How many, as it is written."""
        return Phrase(f"zero pad {written_argument(self.padding)}", told=frozenset({"padding"}))

    def infer(self, *inputs: Shape) -> Facts:
        """Every spatial size grows by before and after."""
        return _padded(inputs[0], _spread(self.padding, space(inputs[0], self.kind), "padding"))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`t` lie before, along each axis."""
        return {
            **super().symbols(*inputs),
            "t": Symbol(tuple(before for before, _ in _spread(self.padding, inputs[0][:-1], "padding")), "before"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads, and zeros."""
        return among([read[0], _ZERO])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' ZeroPadding of the rank."""
        each = _spread(self.padding, inputs[0][:-1], "padding")
        return keras_layer(keras, self, f"ZeroPadding{len(each)}D", name, padding=_for_keras(each))


class Crop(Layer, kind="crop"):
    """Drop what lies before and after on each spatial axis: (h, w, c) -> (h', w', c).

    ```yaml
    - crop: 2                    # (28, 28, 8) -> (24, 24, 8)
    - crop: [[0, 1], [2, 3]]     # (28, 28, 8) -> (27, 23, 8)
    - crop                       # (10, 4) -> (8, 4)
    ```
    """

    formula = "y[p, c] = x[p + t, c]"

    moves = True
    hands_on = True
    rereads = NOTHING_AGAIN

    said_by_name = True

    cropping: Sides | None = None
    """How much: one number, or for each spatial axis a number or [before, after]; in 1-D also [before, after].
    Keras' default is 1, but 0 in 2-D."""

    def infer(self, *inputs: Shape) -> Facts:
        """Every spatial size shrinks by before and after."""
        sizes = space(inputs[0], self.kind)
        each = self._each(sizes)
        left = tuple(size - before - after for size, (before, after) in zip(sizes, each, strict=True))
        if any(isinstance(size, int) and size < 1 for size in left):
            help = "crop less, or drop a stride before it"
            raise Misfit("cropping", f"cropping {list(each)} on {write_shape(sizes)}", "less than there is", help)
        return Facts((*left, inputs[0][-1]))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`t` lie before, along each axis."""
        return {
            **super().symbols(*inputs),
            "t": Symbol(tuple(before for before, _ in self._each(inputs[0][:-1])), "before"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads."""
        return read[0]

    def _each(self, sizes: Shape) -> tuple[Pair, ...]:
        cropping = self.cropping if self.cropping is not None else int(len(sizes) != 2)
        return _spread(cropping, sizes, "cropping")

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Cropping of the rank."""
        each = self._each(inputs[0][:-1])
        return keras_layer(keras, self, f"Cropping{len(each)}D", name, cropping=_for_keras(each))


class InfinityPad(Layer, kind="infinity_pad", hidden=True):
    """Add minus infinity before and after each spatial axis, where a max pool is padded explicitly."""

    formula = "y[p, c] = x[p - t, c]  # minus infinity where there is no such place"

    hands_on = True
    rereads = NOTHING_AGAIN

    padding: Sides
    """How many, for each spatial axis."""

    def infer(self, *inputs: Shape) -> Facts:
        """Every spatial size grows by before and after."""
        return _padded(inputs[0], sides(self.padding, space(inputs[0], self.kind)))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`t` lie before, along each axis."""
        return {
            **super().symbols(*inputs),
            "t": Symbol(tuple(before for before, _ in sides(self.padding, inputs[0][:-1])), "before"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads: of the padding no max pool lets anything through."""
        return read[0].apart

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' pad operation, since its layers pad with zeros alone."""
        widths = ((0, 0), *sides(self.padding, inputs[0][:-1]), (0, 0))
        return lambda tensor: named(keras.ops.pad(tensor, widths, constant_values=float("-inf")), name)


class PadChannels(Layer, kind="pad_channels", hidden=True):
    """Take every `strides`-th place and append zero channels: He et al.'s shortcut without weights (2015, option A)."""

    idea = "skip connection"
    formula = "y[p, c] = x[s * p, c]  # 0 for channels that x does not have"

    moves = True
    hands_on = True
    rereads = NOTHING_AGAIN

    filters: Size
    """How many channels come out."""
    strides: Window = 1
    """Which places stay."""

    def infer(self, *inputs: Shape) -> Facts:
        """The spatial sizes are divided, rounding up; the channels are given."""
        sizes, channels = spatial(inputs[0], self.kind)
        if self.filters < channels:
            raise Misfit(None, f"a shortcut from {channels} to {self.filters} channels", "as many channels or more")
        strides = over(self.strides, sizes, "strides")
        return Facts((*(_every(size, by) for size, by in zip(sizes, strides, strict=True)), self.filters))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`s` are the strides."""
        return {**super().symbols(*inputs), "s": Symbol(over(self.strides, inputs[0][:-1], "strides"), "strides")}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads, and zeros."""
        return among([read[0], _ZERO])

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """A pool with a window of one place, then zeros beside its channels.

        They are joined and not padded: TensorFlow 2.21 with oneDNN fuses a pad into the addition with a padded
        convolution, and crashes now and then.
        """
        sizes, channels = spatial(inputs[0], self.kind)
        strides = over(self.strides, sizes, "strides")
        pool = getattr(keras.layers, f"AveragePooling{len(sizes)}D")
        thin = pool(1, strides, name=f"{name}.strides") if max(strides) > 1 else None
        whole, rest = divmod(self.filters - channels, channels)

        def apply(tensor: Any) -> Any:
            thinned = tensor if thin is None else thin(tensor)
            if self.filters == channels:
                return keras.layers.Identity(name=name)(thinned)
            zeros = named(keras.ops.zeros_like(thinned), f"{name}.zeros")
            part = [named(keras.ops.take(zeros, list(range(rest)), axis=-1), f"{name}.rest")] if rest else []
            return named(keras.ops.concatenate([thinned, *[zeros] * whole, *part], axis=-1), name)

        return apply


Pad = type[ZeroPad] | type[InfinityPad]


def padded(layer: Layer, padding: str | Sided, pad: Pad, shape: Shape) -> tuple[Part, ...]:
    """A layer behind what its explicit padding stands for; itself where the padding is a word."""
    if isinstance(padding, str):
        return (Part("", layer),)
    each = sides(padding, space(shape, layer.kind))
    valid = Part("", layer.model_copy(update={"padding": "valid"}))
    if not any(map(any, each)):
        return (valid,)
    return (Part("pad", pad(padding=each)), valid)


def _every(size: Dim, by: int) -> Dim:
    return (size - 1) // by + 1


def _padded(shape: Shape, each: tuple[Pair, ...]) -> Facts:
    grown = tuple(size + before + after for size, (before, after) in zip(shape[:-1], each, strict=True))
    return Facts((*grown, shape[-1]))


def _spread(written: Sided, sizes: Shape, field: str) -> tuple[Pair, ...]:
    """The sides along each axis; in 1-D two numbers are Keras' (before, after)."""
    if len(sizes) == 1 and isinstance(written, tuple) and len(written) == 2:
        before, after = written
        if isinstance(before, int) and isinstance(after, int):
            return ((before, after),)
    return sides(written, sizes, field)


def _for_keras(each: tuple[Pair, ...]) -> tuple[Pair, ...] | Pair:
    return each[0] if len(each) == 1 else each
