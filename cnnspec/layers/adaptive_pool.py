"""Pooling into a number of places that is given, whatever the size of what is read."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from cnnspec.layers.base import Facts, Layer, Misfit, space
from cnnspec.layers.building import keras_layer
from cnnspec.layers.fields import Window, WindowFromTwo, over
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.phrase import Phrase, sizes, words
from cnnspec.layers.shape import Shape, write_shape
from cnnspec.layers.sliding import WITHIN
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, Reread


class _Adaptive(Layer):
    """Windows that share what is read out among the places that come out, as evenly as they can."""

    hands_on = True
    rereads = Reread()

    output_size: Window
    """How many places come out, one number for all spatial axes or one for each."""

    keras_class: ClassVar[str]
    least_places: ClassVar[int] = 1

    def infer(self, *inputs: Shape) -> Facts:
        """The sizes that are asked for, of as many channels."""
        space_read = space(inputs[0], self.kind)
        each = over(self.output_size, space_read, "output_size")
        if not all(isinstance(size, int) for size in space_read):
            received, expected = (
                f"{self.kind} reads {write_shape(space_read)}",
                "known sizes, since windows depend on them",
            )
            raise Misfit(None, received, expected, "give the input's lengths as numbers", says_shapes=True)
        if self.least_places > min(each):
            received, expected = f"output_size {list(each)}", "two places or more along each axis"
            raise Misfit("output_size", received, expected, _instead(space_read, each))
        if any(isinstance(size, int) and size < out for size, out in zip(space_read, each, strict=True)):
            received = f"output_size {list(each)} on {write_shape(space_read)}"
            help = "pool to fewer places, or drop a stride before it"  # TensorFlow would end the program.
            raise Misfit("output_size", received, "no more places than there are", help)
        return Facts((*each, inputs[0][-1]), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`o` places come out."""
        places = len(inputs[0]) - 1
        return {
            **super().symbols(*inputs),
            "q": Symbol(WITHIN[:places], "a place in the window"),
            "o": Symbol(over(self.output_size, inputs[0][:-1], "output_size"), "places that come out"),
        }

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """Into how many places."""
        return Phrase(f"{words(self.kind)} to {sizes(output[:-1])}", told=frozenset({"output_size"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' adaptive pooling of the rank."""
        each = over(self.output_size, inputs[0][:-1], "output_size")
        size = each[0] if len(each) == 1 else each
        return keras_layer(keras, self, f"{self.keras_class}{len(each)}D", name, output_size=size)


def _instead(sizes: Shape, wanted: tuple[int, ...]) -> str:
    """What gives as many places where one of them is wanted along an axis."""
    if max(wanted) == 1:
        return "write global_max_pool: {keepdims: true} for one"
    windows = [
        size // out for size, out in zip(sizes, wanted, strict=True) if isinstance(size, int) and size % out == 0
    ]
    if len(windows) == len(wanted) and all(windows):
        return f"write max_pool: {windows}"
    return f"ask for two or more, or write adaptive_avg_pool: {list(wanted)}"


class AdaptiveAvgPool(_Adaptive, kind="adaptive_avg_pool"):
    """The mean of each share of the places: (h, w, c) -> (output_size, c), as PyTorch's AdaptiveAvgPool.

    ```yaml
    - adaptive_avg_pool: 6           # (13, 13, 256) -> (6, 6, 256)
    - adaptive_avg_pool: [2, 3]      # (7, 9, 8) -> (2, 3, 8)
    ```
    """

    formula = """
    y[p, c] = mean(q < ceil((p + 1) * h / o) - floor(p * h / o): x[floor(p * h / o) + q, c])
    """

    rereads = NOTHING_AGAIN
    keras_class = "AdaptiveAveragePooling"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Between the least and the most that it reads; the mean of rows that add up to one does so, too."""
        return replace(read[0], logarithms=False)


class AdaptiveMaxPool(_Adaptive, kind="adaptive_max_pool"):
    """The largest of each share of the places: (h, w, c) -> (output_size, c), as PyTorch's AdaptiveMaxPool.

    ```yaml
    - adaptive_max_pool: 7      # (14, 14, 8) -> (7, 7, 8)
    ```
    """

    formula = """
    y[p, c] = max(q < ceil((p + 1) * h / o) - floor(p * h / o): x[floor(p * h / o) + q, c])
    """

    output_size: WindowFromTwo
    """How many places come out, two at least: one number for all spatial axes or one for each."""

    keras_class = "AdaptiveMaxPooling"
    least_places = 2  # With one TensorFlow 2.21 ends the program.

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Some of what it reads; the largest of several rows add up to more than each row."""
        return read[0].apart
