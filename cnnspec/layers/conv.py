"""Convolutions, plain, transposed, depthwise and separable, in one, two and three dimensions."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Facts, Misfit, Reach, Weight, spatial
from cnnspec.layers.fields import Padding, Size, Window, over, slide
from cnnspec.layers.initializer import AnyInitializer, AnyRegularizer, GlorotUniform
from cnnspec.layers.shape import Shape, product


class Conv(Affine, kind="conv"):
    """Slide `filters` kernels over the input: (h, w, c) -> (h', w', filters).

    ```yaml
    - conv: {filters: 8, kernel_size: 3, padding: same}      # (28, 28, 1) -> (28, 28, 8)
    ```
    """

    filters: Size
    """How many kernels, and so how many channels come out."""
    kernel_size: Window
    """The window, one size for all spatial axes or one for each."""
    strides: Window = 1
    """How far the window moves."""
    padding: Padding = "valid"
    """valid: none added; same: zeros added, so that stride 1 keeps the size; or explicit zeros."""
    dilation_rate: Window = 1
    """The distance between the window's samples."""
    groups: Size = 1
    """Channels are split into this many groups, each with its own kernels."""
    kernel_initializer: AnyInitializer = GlorotUniform()
    kernel_regularizer: AnyRegularizer | None = None

    def infer(self, *inputs: Shape) -> Facts:
        space, channels = spatial(inputs[0], self.kind)
        self._check_groups(channels)
        window = over(self.kernel_size, space, "kernel_size")
        strides = over(self.strides, space, "strides")
        dilation = over(self.dilation_rate, space, "dilation_rate")
        _refuse_strided_dilation(strides, dilation)
        _refuse_causal(self.padding, space)
        out = slide(space, window, strides, str(self.padding), dilation, "kernel_size")
        kernel = Weight("kernel", (*window, channels // self.groups, self.filters))
        weights = (kernel, *self.bias_weight(self.filters))
        return Facts((*out, self.filters), weights, product(out) * kernel.size, reach(window, strides, dilation))

    def _check_groups(self, channels: int) -> None:
        if channels % self.groups:
            raise Misfit("groups", f"groups {self.groups} on {channels} channels", f"a divisor of {channels}")
        if self.filters % self.groups:
            raise Misfit("filters", f"filters {self.filters} in {self.groups} groups", f"a multiple of {self.groups}")

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        rank = len(inputs[0]) - 1
        return getattr(keras.layers, f"Conv{rank}D")(  # type: ignore[no-any-return]
            self.filters, self.kernel_size, strides=self.strides, padding=self.padding,
            dilation_rate=self.dilation_rate, groups=self.groups,
            **self.keras_arguments(keras, "kernel"), name=name,
        )


def reach(window: tuple[int, ...], strides: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[Reach, ...]:
    """What a sliding window sees along each axis."""
    return tuple(Reach(1 + (w - 1) * d, Fraction(s)) for w, s, d in zip(window, strides, dilation, strict=True))


def _refuse_strided_dilation(strides: tuple[int, ...], dilation: tuple[int, ...]) -> None:
    if max(strides) > 1 and max(dilation) > 1:
        raise Misfit("dilation_rate", "strides and dilation_rate both above 1", "one of them to be 1, as in Keras")


def _refuse_causal(padding: object, space: Shape) -> None:
    if padding == "causal" and len(space) != 1:
        raise Misfit("padding", f"padding causal on {len(space)} spatial axes", "causal padding in 1-D only", "use same")
