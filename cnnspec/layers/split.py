"""Sharing out the channels of a tensor among branches."""

from collections.abc import Callable, Sequence
from typing import Any

from cnnspec.layers.base import Facts, Layer, Misfit, channels
from cnnspec.layers.building import named
from cnnspec.layers.fields import Count, Size
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase
from cnnspec.layers.shape import Shape
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN


class SliceChannels(Layer, kind="slice_channels", hidden=True):
    """Take one of `parts` equal shares of the channels: what a branch under `divide: true` reads."""

    formula = "y[p, c] = x[p, first + c]"

    moves = True
    hands_on = True
    rereads = NOTHING_AGAIN

    parts_of_channels: Size
    """Into how many shares the channels are divided."""
    index: Count
    """Which share, from 0."""

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """How large the share is; which one it is, the place of its branch tells."""
        return Phrase(f"1/{self.parts_of_channels} of channels", told=frozenset({"parts_of_channels", "index"}))

    def infer(self, *inputs: Shape) -> Facts:
        """The channels are divided by the number of shares."""
        count = channels(inputs[0], self.kind)
        if count % self.parts_of_channels:
            raise Misfit(
                None,
                f"{count} channels for {self.parts_of_channels} branches",
                f"channels that {self.parts_of_channels} divides",
                "divide: true gives each branch an equal share",
            )
        return Facts((*inputs[0][:-1], count // self.parts_of_channels))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """The channel that its share begins with."""
        first = self.index * (channels(inputs[0], self.kind) // self.parts_of_channels)
        return {**super().symbols(*inputs), "first": Symbol(first, "the first channel of the share")}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Some of what it reads."""
        return read[0].apart

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' split operation, of which one share is taken."""
        return lambda tensor: named(keras.ops.split(tensor, self.parts_of_channels, axis=-1)[self.index], name)
