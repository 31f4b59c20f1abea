"""Pooling, over windows and over the whole of the spatial axes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from cnnspec.layers.base import Facts, Layer, Misfit, Part, space
from cnnspec.layers.building import keras_layer
from cnnspec.layers.conv import reach
from cnnspec.layers.fields import Padding, Sided, Window, over, sides, slide
from cnnspec.layers.meaning import Meaning
from cnnspec.layers.pad import InfinityPad, Pad, ZeroPad, padded
from cnnspec.layers.phrase import Phrase, padding_told, pads_of, step, window, words
from cnnspec.layers.shape import Shape, known
from cnnspec.layers.sliding import Slide, Steps, slid, sliding_symbols
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, Reread

_TOLD = frozenset({"pool_size", "strides", "padding"})


class _Pool(Layer):
    """A window that slides over each channel by itself."""

    slides = True
    hands_on = True

    pool_size: Window
    """The window, one size for all spatial axes or one for each."""
    strides: Window | None = None
    """How far the window moves; none: by its own size."""
    padding: Padding = "valid"
    """valid: none added; same: padded so that stride 1 keeps the size, the padding not counting; or explicit."""

    keras_class: ClassVar[str]
    pad: ClassVar[Pad]

    def effective(self, *inputs: Shape) -> dict[str, Any]:
        """With the strides that it moves by."""
        return self.arguments() | {"strides": self.pool_size if self.strides is None else self.strides}

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind what explicit padding stands for."""
        return padded(self, self.padding, self.pad, inputs[0])

    def infer(self, *inputs: Shape) -> Facts:
        """The spatial sizes shrink, the channels stay."""
        sizes = space(inputs[0], self.kind)
        window = over(self.pool_size, sizes, "pool_size")
        strides = window if self.strides is None else over(self.strides, sizes, "strides")
        ones = (1,) * len(sizes)
        out = slide(sizes, window, strides, str(self.padding), ones, "pool_size")
        return Facts((*out, inputs[0][-1]), reach=reach(window, strides, ones))

    def slides_over(self, *inputs: Shape) -> tuple[Slide, ...]:
        """Its window, by its own size where nothing else is said."""
        return slid(Steps(self.pool_size, self.strides or self.pool_size, 1, self.padding), inputs[0])

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Those of a window."""
        return {**super().symbols(*inputs), **sliding_symbols(self.slides_over(*inputs))}

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The window and what is taken of it."""
        strides = self.strides if self.strides is not None else self.pool_size
        pads = pads_of(self.padding, len(read) - 1)
        told = padding_told(pads, read[:-1], self.pool_size, strides, counts=self.pad is ZeroPad)
        return Phrase(f"{window(self.pool_size, read)} {words(self.kind)}", step(strides), padded=told, told=_TOLD)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' pooling of the rank."""
        return keras_layer(keras, self, f"{self.keras_class}{len(inputs[0]) - 1}D", name)


class MaxPool(_Pool, kind="max_pool"):
    """The largest number in each window: (h, w, c) -> (h', w', c).

    Explicit padding is minus infinity, so that it never wins.

    ```yaml
    - max_pool                                             # (28, 28, 8) -> (14, 14, 8)
    - max_pool: {pool_size: 3, strides: 2, padding: 1}     # (112, 112, 64) -> (56, 56, 64)
    - max_pool: 5                                          # (12, 4) -> (2, 4)
    ```
    """

    idea = "pooling"
    formula = "y[p, c] = max(q < k: x[s * p + q - t, c])  # of places that are there"

    rereads = Reread(output=True)

    pool_size: Window = 2
    """The window, one size for all spatial axes or one for each."""

    keras_class: ClassVar[str] = "MaxPooling"
    pad: ClassVar[Pad] = InfinityPad

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Some of what it reads; the largest of several rows add up to more than each row."""
        return read[0].apart

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind what explicit padding stands for."""
        if not isinstance(self.padding, str):
            self._check_padding(self.padding, space(inputs[0], self.kind))
        return super().parts(*inputs)

    def _check_padding(self, padding: Sided, sizes: Shape) -> None:
        """A window that lies in the padding altogether has no largest number."""
        window = over(self.pool_size, sizes, "pool_size")
        each = sides(padding, sizes)
        if any(max(pair) >= size for pair, size in zip(each, window, strict=True)):
            received = f"padding {[list(pair) for pair in each]} for a window of {list(window)}"
            raise Misfit("padding", received, "less padding than the window is wide")


class AvgPool(_Pool, kind="avg_pool"):
    """The mean of each window: (h, w, c) -> (h', w', c).

    Explicit padding is zeros that count; under `same` the padding does not count.

    ```yaml
    - avg_pool: 2                                          # (28, 28, 8) -> (14, 14, 8)
    - avg_pool: {pool_size: 3, strides: 1, padding: 1}     # (14, 14, 64) -> (14, 14, 64)
    ```
    """

    idea = "pooling"
    formula = "y[p, c] = mean(q < k: x[s * p + q - t, c])  # of places that are there, and explicit zeros"

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "AveragePooling"
    pad: ClassVar[Pad] = ZeroPad

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Between the least and the most that it reads; the mean of rows that add up to one does so, too."""
        return replace(read[0], logarithms=False)


_STEPS = 2
"""How many axes steps with channels have."""


class _GlobalPool(Layer):
    """One number a channel."""

    pools_globally = True
    hands_on = True

    keepdims: bool = False
    """Whether the spatial axes stay, with size 1."""

    keras_class: ClassVar[str]

    def infer(self, *inputs: Shape) -> Facts:
        """The spatial axes go, or shrink to one place."""
        sizes = space(inputs[0], self.kind)
        kept = (1,) * len(sizes) if self.keepdims else ()
        return Facts((*kept, inputs[0][-1]), reach=None)

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """The places go, or all become the first."""
        return {**super().symbols(*inputs), "z": Symbol((0,) * (len(inputs[0]) - 1) if self.keepdims else ())}

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The window that it comes to, where the sizes are known."""
        said, whole = words(self.kind), known(read[:-1])
        return Phrase(said if whole is None else f"{window(whole, read)} {said.removeprefix('global ')}")

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' global pooling of the rank."""
        return keras_layer(keras, self, f"{self.keras_class}{len(inputs[0]) - 1}D", name)


class GlobalMaxPool(_GlobalPool, kind="global_max_pool"):
    """The largest number of each channel: (h, w, c) -> (c,).

    ```yaml
    - global_max_pool                        # (7, 7, 512) -> (512,)
    - global_max_pool: {keepdims: true}      # (7, 7, 512) -> (1, 1, 512)
    ```
    """

    formula = "y[z, c] = max(p < h: x[p, c])"

    rereads = Reread(output=True)
    keras_class: ClassVar[str] = "GlobalMaxPooling"

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Some of what it reads; the largest of several rows add up to more than each row."""
        return read[0].apart


class GlobalAvgPool(_GlobalPool, kind="global_avg_pool"):
    """The mean of each channel: (h, w, c) -> (c,) (Lin et al. 2013).

    ```yaml
    - global_avg_pool                        # (7, 7, 512) -> (512,)
    - global_avg_pool: {keepdims: true}      # (7, 7, 512) -> (1, 1, 512)
    - global_avg_pool                        # (64, 100) -> (100,)
    ```
    """

    formula = "y[z, c] = mean(p < h: x[p, c])"

    rereads = NOTHING_AGAIN

    keras_class: ClassVar[str] = "GlobalAveragePooling"

    def knows_masks(self, shape: Shape) -> bool:
        """Over steps, of which it takes the mean of those that are no padding."""
        return len(shape) == _STEPS

    def spends_masks(self, shape: Shape) -> bool:
        """Where it knows them."""
        return self.knows_masks(shape)

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """Between the least and the most that it reads; the mean of rows that add up to one does so, too."""
        return replace(read[0], logarithms=False)
