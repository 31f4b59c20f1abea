"""Layers that take some numbers, or put all in other places, without weights."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from cnnspec.layers.base import Facts, Layer, Misfit, channels, place_of, space
from cnnspec.layers.building import keras_layer, named
from cnnspec.layers.fields import LARGEST, Axis, Size
from cnnspec.layers.marks import Field
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Dim, Shape, known, write_shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, PLACES

Index = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]


class RepeatVector(Layer, kind="repeat_vector"):
    """The same vector at each of `n` steps: (c,) -> (n, c).

    ```yaml
    - repeat_vector: 10      # (64,) -> (10, 64)
    ```
    """

    formula = "y[i, c] = x[c]"

    hands_on = True
    rereads = NOTHING_AGAIN

    moves = True

    n: Size
    """How many steps."""

    def infer(self, *inputs: Shape) -> Facts:
        """One more axis, in front."""
        if len(inputs[0]) != 1:
            help = "flatten or pool it first"
            raise Misfit(
                None, f"repeat_vector reads {write_shape(inputs[0])}", "a vector, (c,)", help, says_shapes=True
            )
        return Facts((self.n, *inputs[0]), reach=None)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads."""
        return read[0]

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' RepeatVector."""
        return keras_layer(keras, self, "RepeatVector", name)


class ChannelShuffle(Layer, kind="channel_shuffle"):
    """Deal the channels of `groups` groups out in turn: the first of each, then the second (Zhang et al. 2018).

    ```yaml
    - channel_shuffle: 2      # (28, 28, 116) -> (28, 28, 116)
    ```
    """

    formula = "y[p, groups * z + g] = x[p, m * g + z]"

    passes_values = True
    moves = True
    rereads = NOTHING_AGAIN

    groups: Size
    """How many groups the channels lie in."""

    def infer(self, *inputs: Shape) -> Facts:
        """The shape stays."""
        count = channels(inputs[0], self.kind)
        if count % self.groups:
            raise Misfit("groups", f"groups {self.groups} on {count} channels", f"a divisor of {count}")
        return Facts(inputs[0])

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A group has `m` channels."""
        return {
            **super().symbols(*inputs),
            "m": Symbol(channels(inputs[0], self.kind) // self.groups, "channels of a group"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Each place's numbers stay together."""
        return read[0]

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Two axes of the channels, swapped and joined again; where a length is unknown, a choice of channels."""
        count, places, sizes = channels(inputs[0], self.kind), len(inputs[0]) - 1, known(inputs[0])
        apart = (*range(places + 1), places + 2, places + 1)

        def apply(tensor: Any) -> Any:
            if sizes is None:
                order = [
                    each + group
                    for each in range(count // self.groups)
                    for group in range(0, count, count // self.groups)
                ]
                return named(keras.ops.take(tensor, order, axis=-1), name)
            split = keras.ops.reshape(tensor, (-1, *sizes[:-1], self.groups, count // self.groups))
            return named(keras.ops.reshape(keras.ops.transpose(split, apart), (-1, *sizes)), name)

        return apply


class SpaceToDepth(Layer, kind="space_to_depth"):
    """Blocks of pixels become channels: (h, w, c) -> (h / b, w / b, b b c).

    ```yaml
    - space_to_depth: 2      # (28, 28, 8) -> (14, 14, 32)
    ```
    """

    formula = "y[i, j, (block_size * a + b) * n + c] = x[block_size * i + a, block_size * j + b, c]"

    passes_values = True
    moves = True
    rereads = NOTHING_AGAIN

    block_size: Annotated[int, Field(ge=2, le=LARGEST)]
    """How many pixels of each axis become channels."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes are divided, the channels multiplied."""
        sizes, count, by = space(inputs[0], self.kind, (2,)), inputs[0][-1], self.block_size
        for size in sizes:
            if isinstance(size, int) and size % by:
                raise Misfit("block_size", f"block_size {by} on {write_shape(sizes)}", "a divisor of both sizes")
        return Facts((*(size // by for size in sizes), count * by * by), reach=None)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads."""
        return read[0].apart

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operation."""
        return lambda tensor: named(keras.ops.space_to_depth(tensor, self.block_size, "channels_last"), name)


class DepthToSpace(Layer, kind="depth_to_space"):
    """Channels become blocks of pixels: (h, w, b b c) -> (b h, b w, c) (Shi et al. 2016, as pixel shuffle).

    TensorFlow's order of the channels, in which c comes last; PyTorch's PixelShuffle takes c first.

    ```yaml
    - depth_to_space: 2      # (14, 14, 32) -> (28, 28, 8)
    ```
    """

    formula = "y[block_size * i + a, block_size * j + b, c] = x[i, j, (block_size * a + b) * m + c]"

    passes_values = True
    moves = True
    rereads = NOTHING_AGAIN

    block_size: Annotated[int, Field(ge=2, le=LARGEST)]
    """How many pixels of each axis come from channels."""

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes are multiplied, the channels divided."""
        sizes, count, by = space(inputs[0], self.kind, (2,)), inputs[0][-1], self.block_size
        if isinstance(count, int) and count % (by * by):
            raise Misfit(
                "block_size", f"block_size {by} on {count} channels", f"a block_size whose square divides {count}"
            )
        return Facts((*(size * by for size in sizes), count // (by * by)), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A place has `m` channels."""
        return {**super().symbols(*inputs), "m": Symbol(self.infer(*inputs).output[-1], "channels that come out")}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads."""
        return read[0].apart

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operation."""
        return lambda tensor: named(keras.ops.depth_to_space(tensor, self.block_size, "channels_last"), name)


class Slice(Layer, kind="slice"):
    """Take one place along an axis, which goes, or those from `start` to before `stop`, as Python does.

    ```yaml
    - slice: {axis: 1, index: 0}                     # (197, 768) -> (768,)
    - slice: {axis: 1, start: 1}                     # (197, 768) -> (196, 768)
    - slice: {axis: -1, stop: 8, step: 2}            # (28, 28, 16) -> (28, 28, 4)
    ```
    """

    formula = "y[o] = x[r]"

    moves = True
    hands_on = True
    rereads = NOTHING_AGAIN

    axis: Axis
    """The axis, counted with the batch as 0."""
    index: Index | None = None
    """The one place that is taken, from the end where it is negative."""
    start: Index | None = None
    """The first place that is taken; none: from the beginning."""
    stop: Index | None = None
    """The place before which it ends; none: to the end."""
    step: Size = 1
    """Which places are taken: each, every second one, ..."""

    def infer(self, *inputs: Shape) -> Facts:
        """The axis goes, or has as many places as are taken."""
        place = place_of(inputs[0], self.axis)
        before, size, after = inputs[0][:place], inputs[0][place], inputs[0][place + 1 :]
        if self.index is None:
            return Facts((*before, self._taken(size), *after), reach=None if after else ())
        if self.start is not None or self.stop is not None or self.step != 1:
            raise Misfit("index", "index beside start, stop or step", "one place, or those from start to stop")
        if isinstance(size, int) and not -size <= self.index < size:
            raise Misfit("index", f"index {self.index} of {size} places", f"{-size} to {size - 1}")
        return Facts((*before, *after), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`o` are the axes that come out, `r` those that are read."""
        words = (*PLACES[: len(inputs[0]) - 1], "c")
        place = place_of(inputs[0], self.axis)
        word, size = words[place], inputs[0][place]
        if self.index is not None:
            taken = self.index + size if self.index < 0 and isinstance(size, int) else self.index
            left, which = (*words[:place], *words[place + 1 :]), str(taken)
        else:
            left, which = words, f"{self._first(size)} + {self.step} * {word}"
        own = {
            "o": Symbol(left, "what comes out"),
            "r": Symbol((*words[:place], which, *words[place + 1 :]), "what is read"),
        }
        return {**super().symbols(*inputs), **own}

    def _first(self, size: Dim) -> int:
        start = self.start or 0
        return max(start + size, 0) if start < 0 and isinstance(size, int) else start

    def _taken(self, size: Dim) -> Dim:
        start, stop = self.start or 0, self.stop
        if isinstance(size, int):
            count = len(range(*slice(start, stop, self.step).indices(size)))
            if not count:
                raise Misfit("stop", f"nothing from {start} to {stop} of {size} places", "at least one place")
            return count
        if start < 0 or (stop or 0) > 0:
            expected = "start from the beginning, and stop from the end (negative) or not at all"
            raise Misfit("start" if start < 0 else "stop", "a slice of an unknown length", expected)
        return (size + (stop or 0) - start + self.step - 1) // self.step

    def knows_masks(self, shape: Shape) -> bool:
        """Where it takes one of the steps, no step is left that could be padding."""
        return len(shape) == 2 and self.index is not None and place_of(shape, self.axis) == 0

    def spends_masks(self, shape: Shape) -> bool:
        """Where it takes one of the steps."""
        return self.knows_masks(shape)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Some of what it reads."""
        return read[0].apart

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """As Python writes it, the axis before it."""
        told = frozenset({"axis", "index", "start", "stop", "step"})
        if self.index is not None:
            return Phrase(f"slice axis {self.axis}, {self.index}", told=told)
        ends = ["" if end is None else str(end) for end in (self.start, self.stop)]
        return Phrase(
            f"slice axis {self.axis}, {':'.join(ends + ([str(self.step)] if self.step != 1 else []))}", told=told
        )

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' operation behind a tensor's brackets."""
        which = slice(self.start, self.stop, self.step) if self.index is None else self.index
        where = (slice(None),) * (place_of(inputs[0], self.axis) + 1)
        return lambda tensor: named(tensor[(*where, which)], name)
