"""The transposed convolution, which enlarges."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Facts, Misfit, Reach, spatial
from cnnspec.layers.building import weight
from cnnspec.layers.conv import refuse_strided_dilation
from cnnspec.layers.fields import Size, Window, WindowFromZero, over
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform
from cnnspec.layers.phrase import Padded, Phrase, each_axis, sliding
from cnnspec.layers.shape import Dim, Shape, product
from cnnspec.layers.sliding import Slide, Steps, slid, sliding_symbols
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import PLACES

Sizes = tuple[int, ...]


class ConvTranspose(Affine, kind="conv_transpose"):
    """A convolution turned round: every input spreads its kernel over the output; (h, w, c) -> (s h, s w, filters).

    Multiply-adds count the input's positions, each of which meets the whole kernel once.

    ```yaml
    - conv_transpose: {filters: 8, kernel_size: 2, strides: 2}                    # (14, 14, 16) -> (28, 28, 8)
    - conv_transpose: {filters: 8, kernel_size: 3, strides: 2, padding: same}     # (7, 16) -> (14, 8)
    ```
    """

    formula = """
    y[r, f] = b[f] + sum(q < k, c < n: w[q, f, c] * x[(r + t - d * q) / s, c])  # of whole places that are there
    """

    weighs = True

    filters: Size
    """How many channels come out."""
    kernel_size: Window
    """The window, one size for all spatial axes or one for each."""
    strides: Window = 1
    """How far apart the inputs lie in the output."""
    padding: Literal["valid", "same"] = "valid"
    """valid: the whole of every window; same: the output is the input's size times the strides."""
    output_padding: WindowFromZero | None = None
    """How much is added at one side of the output; none: as much as `padding` asks for."""
    dilation_rate: Window = 1
    """The distance between the window's samples."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    """How the kernels start."""
    kernel_regularizer: AnyRegularizer | None = None
    """A penalty on the kernels, added to the loss."""

    def infer(self, *inputs: Shape) -> Facts:
        """Sizes as Keras' compute_conv_transpose_output_shape has them."""
        space, channels = spatial(inputs[0], self.kind)
        window = over(self.kernel_size, space, "kernel_size")
        strides = over(self.strides, space, "strides")
        dilation = over(self.dilation_rate, space, "dilation_rate")
        refuse_strided_dilation(strides, dilation)
        wide = tuple(1 + (w - 1) * d for w, d in zip(window, dilation, strict=True))
        extra = self._output_padding(space, wide, strides)
        out = tuple(map(self._enlarged, space, wide, strides, extra))
        kernel = weight(self, "kernel", (*window, self.filters, channels))
        self.check_activity((*out, self.filters))
        macs = product(space) * kernel.size
        return Facts((*out, self.filters), (kernel, *self.bias_weight(self.filters)), macs, _reach(wide, strides))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Those of a window, and `r`, a place of the output."""
        slides = self.slides_back(inputs[0])
        return {
            **super().symbols(*inputs),
            **sliding_symbols(slides),
            "r": Symbol(PLACES[: len(slides)], "a place of the output"),
        }

    def slides_back(self, read: Shape) -> tuple[Slide, ...]:
        """How the convolution slides over the output whose gradient this layer computes."""
        return slid(Steps(self.kernel_size, self.strides, self.dilation_rate, self.padding), self.infer(read).output)

    def _output_padding(self, space: Shape, wide: Sizes, strides: Sizes) -> tuple[int | None, ...]:
        if self.output_padding is None:
            return (None,) * len(space)
        extra = over(self.output_padding, space, "output_padding")
        if any(e >= s for e, s in zip(extra, strides, strict=True)):
            received = f"output_padding {list(extra)} with strides {list(strides)}"
            raise Misfit("output_padding", received, "less than the strides")
        # TensorFlow finds out when the layer runs: such an output does not shrink to this input again.
        if self.padding == "same" and any(w % 2 + e == 0 for w, e in zip(wide, extra, strict=True)):
            received = f"output_padding 0 with padding same and an even window {list(wide)}"
            raise Misfit("output_padding", received, "at least 1 here", "leave output_padding out")
        return extra

    def _enlarged(self, size: Dim, wide: int, stride: int, extra: int | None) -> Dim:
        if self.padding == "same":
            return size * stride if extra is None else (size - 1) * stride + wide % 2 + extra
        return (size - 1) * stride + (max(wide, stride) if extra is None else wide + extra)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """As a convolution, marked."""
        steps = (self.strides, self.dilation_rate)
        pads = self._padded(len(read) - 1)
        return sliding(read, self.kernel_size, "transposed", output[-1:], *steps, pads, self.spatial_ending)

    def _padded(self, axes: int) -> Padded:
        """Without padding the output is larger than the input times the strides, where windows lap over."""
        window, strides, dilation = (
            each_axis(value, axes) for value in (self.kernel_size, self.strides, self.dilation_rate)
        )
        larger = any(1 + (w - 1) * d > s for w, s, d in zip(window, strides, dilation, strict=True))
        said = "valid" if larger and self.padding == "valid" else ""
        return Padded(said, "", frozenset({said or "none", self.padding}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' ConvTranspose of the rank."""
        return self.built(keras, f"Conv{len(inputs[0]) - 1}DTranspose", name)


def _reach(wide: Sizes, strides: Sizes) -> tuple[Reach, ...]:
    """An output lies under the windows of this many inputs at most."""
    return tuple(Reach(-(-w // s), Fraction(1, s)) for w, s in zip(wide, strides, strict=True))
