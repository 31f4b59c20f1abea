"""Convolutions: plain, depthwise and separable, in every rank that Keras has."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Facts, Misfit, Part, Reach, Weight, channels, spatial
from cnnspec.layers.building import weight
from cnnspec.layers.fields import CausalPadding, Padding, Sided, Size, Window, over, slide
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform
from cnnspec.layers.pad import ZeroPad, padded
from cnnspec.layers.phrase import Phrase, padding_told, pads_of, sliding
from cnnspec.layers.shape import Shape, product
from cnnspec.layers.sliding import Slide, Steps, slid, sliding_symbols
from cnnspec.layers.symbol import Symbol

Sizes = tuple[int, ...]


class _Sliding(Affine):
    """A window that slides over the spatial axes."""

    slides = True
    weighs = True

    kernel_size: Window
    """The window, one size for all spatial axes or one for each."""
    strides: Window = 1
    """How far the window moves."""
    dilation_rate: Window = 1
    """The distance between the window's samples."""

    def slides_over(self, *inputs: Shape) -> tuple[Slide, ...]:
        """Its kernels."""
        return slid(
            Steps(self.kernel_size, self.strides, self.dilation_rate, getattr(self, "padding", "valid")), inputs[0]
        )

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """Those of a window."""
        return {**super().symbols(*inputs), **sliding_symbols(self.slides_over(*inputs))}

    def _window(self, space: Shape) -> tuple[Sizes, Sizes, Sizes]:
        """Its size, its strides and its dilation along each axis."""
        window = over(self.kernel_size, space, "kernel_size")
        return window, over(self.strides, space, "strides"), over(self.dilation_rate, space, "dilation_rate")

    def _said(self, read: Shape, output: Shape, mark: str, padding: str | Sided) -> Phrase:
        size, strides, dilation = self.kernel_size, self.strides, self.dilation_rate
        pads = padding_told(pads_of(padding, len(read) - 1), read[:-1], size, strides, dilation)
        return sliding(read, size, mark, output[-1:], strides, dilation, pads, self.spatial_ending)


class Conv(_Sliding, kind="conv"):
    """Slide `filters` kernels over the input: (h, w, c) -> (h', w', filters).

    ```yaml
    - conv: {filters: 8, kernel_size: 3, padding: same}                    # (28, 28, 1) -> (28, 28, 8)
    - conv: {filters: 64, kernel_size: 7, strides: 2, padding: 3}          # (224, 224, 3) -> (112, 112, 64)
    - conv: {filters: 4, kernel_size: 3, padding: causal}                  # (10, 6) -> (10, 4)
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}    # (9, 9, 9, 2) -> (7, 7, 7, 4)
    ```
    """

    idea = "convolution"
    formula = "y[p, f] = b[f] + sum(q < k, c < n: w[q, c, f] * x[s * p + d * q - t, g + c])"

    filters: Size
    """How many kernels, and so how many channels come out."""
    padding: CausalPadding = "valid"
    """valid: none added; same: zeros added, so that stride 1 keeps the size; causal, in 1-D: zeros before; or
    explicit zeros, one number or for each axis a number or [before, after]."""
    groups: Size = 1
    """Channels are split into this many groups, each with its own kernels."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    """How the kernels start."""
    kernel_regularizer: AnyRegularizer | None = None
    """A penalty on the kernels, added to the loss."""

    @property
    def takes_zeros(self) -> bool:
        """Only one whose kernels read all channels."""
        return self.groups == 1

    def padded_parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind a zero padding where `padding` is explicit."""
        return padded(self, self.padding, ZeroPad, inputs[0])

    def infer(self, *inputs: Shape) -> Facts:
        """Multiply-adds are one kernel's, everywhere in the output; padding counts as data."""
        space, channels = spatial(inputs[0], self.kind)
        self._check_groups(channels)
        window, strides, dilation = self._window(space)
        refuse_strided_dilation(strides, dilation)
        _refuse_causal(self.padding, space)
        out = slide(space, window, strides, str(self.padding), dilation, "kernel_size")
        kernel = weight(self, "kernel", (*window, channels // self.groups, self.filters))
        self.check_activity((*out, self.filters))
        weights = (kernel, *self.bias_weight(self.filters))
        return Facts((*out, self.filters), weights, product(out) * kernel.size, reach(window, strides, dilation))

    def _check_groups(self, channels: int) -> None:
        if self.filters % self.groups:
            raise Misfit("filters", f"filters {self.filters} in {self.groups} groups", f"a multiple of {self.groups}")
        if channels % self.groups:
            raise Misfit("groups", f"groups {self.groups} on {channels} channels", f"a divisor of {channels}")

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A group reads its own channels, from `g` on."""
        each, filters = channels(inputs[0], self.kind) // self.groups, self.filters // self.groups
        first = 0 if self.groups == 1 else f"{each} * floor(f / {filters})"
        own = {"n": Symbol(each, "channels that a kernel reads"), "g": Symbol(first, "the first channel of its group")}
        return {**super().symbols(*inputs), **own}

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """A window and the number of kernels."""
        return self._said(read, output, f"g{self.groups}" if self.groups > 1 else "", self.padding)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Conv of the rank."""
        return self.built(keras, f"Conv{len(inputs[0]) - 1}D", name)


# Strides that differ between the axes of a depthwise or separable convolution build everywhere but run
# only where TensorFlow uses oneDNN, its default on CPUs; they are Keras' to refuse, not ours.


class DepthwiseConv(_Sliding, kind="depthwise_conv"):
    """Slide kernels over each channel by itself: (h, w, c) -> (h', w', c depth_multiplier); in 1-D and 2-D.

    ```yaml
    - depthwise_conv: {kernel_size: 3, padding: same}           # (28, 28, 8) -> (28, 28, 8)
    - depthwise_conv: {kernel_size: 5, depth_multiplier: 2}     # (10, 3) -> (6, 6)
    ```
    """

    idea = "convolution"
    formula = "y[p, m * c + r] = b[m * c + r] + sum(q < k: w[q, c, r] * x[s * p + d * q - t, c])"

    kernel_size: Window
    """The window, one size for all spatial axes or one for each."""
    padding: Padding = "valid"
    """valid: none added; same: zeros added, so that stride 1 keeps the size; or explicit zeros."""
    depth_multiplier: Size = 1
    """How many kernels each channel has."""
    depthwise_initializer: AnyInitializer = GlorotUniform()
    """How the kernels start."""
    depthwise_regularizer: AnyRegularizer | None = None
    """A penalty on the kernels, added to the loss."""

    def padded_parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind a zero padding where `padding` is explicit."""
        space, _ = spatial(inputs[0], self.kind, (1, 2))
        return padded(self, self.padding, ZeroPad, (*space, 1))

    def infer(self, *inputs: Shape) -> Facts:
        """Multiply-adds are all kernels', everywhere in the output."""
        space, channels = spatial(inputs[0], self.kind, (1, 2))
        window, strides, dilation = self._window(space)
        out = slide(space, window, strides, str(self.padding), dilation, "kernel_size")
        kernel = weight(self, "kernel", (*window, channels, self.depth_multiplier), "depthwise")
        filters = channels * self.depth_multiplier
        self.check_activity((*out, filters))
        macs = product(out) * kernel.size
        return Facts((*out, filters), (kernel, *self.bias_weight(filters)), macs, reach(window, strides, dilation))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A channel has `m` kernels."""
        times = self.depth_multiplier
        return {
            **super().symbols(*inputs),
            "m": Symbol(times, "kernels of each channel"),
            **({"r": Symbol(0)} if times == 1 else {}),
        }

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """As a convolution, marked."""
        return self._said(read, output, "dw", self.padding)

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' DepthwiseConv of the rank."""
        return self.built(keras, f"DepthwiseConv{len(inputs[0]) - 1}D", name)


class SeparableConv(_Sliding, kind="separable_conv"):
    """A depthwise convolution, then one of 1x1 across the channels: (h, w, c) -> (h', w', filters); in 1-D and 2-D.

    ```yaml
    - separable_conv: {filters: 16, kernel_size: 3, padding: same}       # (28, 28, 8) -> (28, 28, 16)
    - separable_conv: {filters: 4, kernel_size: 3, strides: 2}           # (11, 6) -> (5, 4)
    ```
    """

    formula = """
    u[p, m * c + r] = sum(q < k: w[q, c, r] * x[s * p + d * q - t, c])
    y[p, f] = b[f] + sum(z < m * n: v[z, f] * u[p, z])
    """

    filters: Size
    """How many channels come out."""
    padding: Padding = "valid"
    """valid: none added; same: zeros added, so that stride 1 keeps the size; or explicit zeros."""
    depth_multiplier: Size = 1
    """How many depthwise kernels each channel has."""
    depthwise_initializer: AnyInitializer = GlorotUniform()
    """How the depthwise kernels start."""
    pointwise_initializer: AnyInitializer = GlorotUniform()
    """How the 1x1 kernels start."""
    depthwise_regularizer: AnyRegularizer | None = None
    """A penalty on the depthwise kernels, added to the loss."""
    pointwise_regularizer: AnyRegularizer | None = None
    """A penalty on the 1x1 kernels, added to the loss."""

    def padded_parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Itself, behind a zero padding where `padding` is explicit."""
        space, _ = spatial(inputs[0], self.kind, (1, 2))
        return padded(self, self.padding, ZeroPad, (*space, 1))

    def infer(self, *inputs: Shape) -> Facts:
        """Multiply-adds are both products', everywhere in the output."""
        space, channels = spatial(inputs[0], self.kind, (1, 2))
        window, strides, dilation = self._window(space)
        out = slide(space, window, strides, str(self.padding), dilation, "kernel_size")
        kernels = self._kernels(window, channels)
        self.check_activity((*out, self.filters))
        macs = product(out) * sum(kernel.size for kernel in kernels)
        weights = (*kernels, *self.bias_weight(self.filters))
        return Facts((*out, self.filters), weights, macs, reach(window, strides, dilation))

    def _kernels(self, window: Sizes, channels: int) -> tuple[Weight, Weight]:
        depthwise = weight(self, "depthwise_kernel", (*window, channels, self.depth_multiplier), "depthwise")
        ones = (1,) * len(window)
        across = (*ones, channels * self.depth_multiplier, self.filters)
        return depthwise, weight(self, "pointwise_kernel", across, "pointwise")

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """A channel has `m` kernels."""
        times = self.depth_multiplier
        return {
            **super().symbols(*inputs),
            "m": Symbol(times, "kernels of each channel"),
            **({"r": Symbol(0)} if times == 1 else {}),
        }

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """As a convolution, marked."""
        said = self._said(read, output, "sep", self.padding)
        if self.depth_multiplier == 1:
            return said
        tail = ", ".join(filter(None, (f"depth multiplier {self.depth_multiplier}", said.tail)))
        return replace(said, tail=tail, told=said.told | {"depth_multiplier"})

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' SeparableConv of the rank."""
        return self.built(keras, f"SeparableConv{len(inputs[0]) - 1}D", name)


def reach(window: Sizes, strides: Sizes, dilation: Sizes) -> tuple[Reach, ...]:
    """What a sliding window sees along each axis."""
    return tuple(Reach(1 + (w - 1) * d, Fraction(s)) for w, s, d in zip(window, strides, dilation, strict=True))


def refuse_strided_dilation(strides: Sizes, dilation: Sizes) -> None:
    """Keras has strides or dilation, not both."""
    if max(strides) > 1 and max(dilation) > 1:
        raise Misfit("dilation_rate", "strides and dilation_rate both above 1", "one of them to be 1, as in Keras")


def _refuse_causal(padding: object, space: Shape) -> None:
    if padding == "causal" and len(space) != 1:
        raise Misfit("padding", f"padding causal on {len(space)} spatial axes", "causal in 1-D only", "use same")
