"""Layers that change the resolution without weights."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from cnnspec.layers.base import Facts, Layer, Misfit, Reach, space
from cnnspec.layers.building import LESS, keras_layer
from cnnspec.layers.fields import Interpolation, Number, Size, Window, over
from cnnspec.layers.meaning import UNTOLD, Meaning, among
from cnnspec.layers.phrase import Phrase, sizes
from cnnspec.layers.shape import Shape, known
from cnnspec.layers.symbol import Symbol
from cnnspec.layers.traits import NOTHING_AGAIN, Reread

_SUPPORT: dict[str, int] = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}
"""How many inputs an interpolated output reads along an axis."""


def _between(read: Meaning, interpolation: str) -> Meaning:
    """What lies between places: no further than they, unless the curve through them swings beyond."""
    if interpolation not in ("nearest", "bilinear"):
        return read if read.any_number else UNTOLD
    return replace(read, logarithms=read.logarithms and interpolation == "nearest")


class UpSample(Layer, kind="up_sample"):
    """Repeat every place, or interpolate between places: (h, w, c) -> (2 h, 2 w, c) by default.

    ```yaml
    - up_sample                                          # (7, 7, 64) -> (14, 14, 64)
    - up_sample: {size: 4, interpolation: bilinear}      # (7, 7, 64) -> (28, 28, 64)
    - up_sample: 3                                       # (10, 4) -> (30, 4)
    ```
    """

    formula = "y[p, c] = near(x, (p + 1 / 2) / s - 1 / 2, c)  # near: the nearest place, or interpolated between places"

    hands_on = True

    size: Window = 2
    """How many times larger, one number for all spatial axes or one for each."""
    interpolation: Interpolation = "nearest"
    """How the new places are filled; other than nearest in 2-D only."""

    @property
    def moves(self) -> bool:
        """Repeated places are what was read; those between them are not."""
        return self.interpolation == "nearest"

    @property
    def rereads(self) -> Reread:
        """TensorFlow's gradients of an interpolation take the pictures, if only for their shape."""
        return NOTHING_AGAIN if self.interpolation == "nearest" else Reread()

    def infer(self, *inputs: Shape) -> Facts:
        """The spatial sizes are multiplied."""
        sizes = space(inputs[0], self.kind)
        factors = over(self.size, sizes, "size")
        self._check_interpolation(sizes)
        out = tuple(size * by for size, by in zip(sizes, factors, strict=True))
        return Facts((*out, inputs[0][-1]), reach=tuple(self._reach(by) for by in factors))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`s` are the sizes."""
        return {
            **super().symbols(*inputs),
            "s": Symbol(over(self.size, inputs[0][:-1], "size"), "how many times larger"),
        }

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads, or a mean of it."""
        return _between(read[0], self.interpolation)

    def _check_interpolation(self, sizes: Shape) -> None:
        if "interpolation" in self.model_fields_set and len(sizes) != 2:
            received = f"interpolation {self.interpolation} on {len(sizes)} spatial axes"
            expected = "no interpolation here: Keras interpolates in 2-D only"
            raise Misfit("interpolation", received, expected, "leave it out: places are repeated")

    def _reach(self, by: int) -> Reach:
        return Reach(_SUPPORT[self.interpolation] if by > 1 else 1, Fraction(1, by))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' UpSampling of the rank; only the one for images takes an interpolation."""
        rank = len(inputs[0]) - 1
        factors = over(self.size, inputs[0][:-1], "size")
        interpolation = self.interpolation if rank == 2 else LESS
        size = factors[0] if rank == 1 else factors
        return keras_layer(keras, self, f"UpSampling{rank}D", name, size=size, interpolation=interpolation)


class Resizing(Layer, kind="resizing"):
    """Resize images: (h, w, c) -> (height, width, c).

    ```yaml
    - resizing: {height: 32, width: 32}      # (500, 375, 3) -> (32, 32, 3)
    ```
    """

    formula = """
    y[p, c] = near(x, (p + 1 / 2) * h / o - 1 / 2, c)  # near: the nearest place, or interpolated between places
    """

    hands_on = True

    height: Size
    """The new height."""
    width: Size
    """The new width."""
    interpolation: Interpolation = "bilinear"
    """How the new places are filled."""
    crop_to_aspect_ratio: bool = False
    """Whether to cut off what does not fit the new shape, instead of distorting."""
    pad_to_aspect_ratio: bool = False
    """Whether to pad to the new shape, instead of distorting."""
    fill_mode: Literal["constant"] = "constant"
    """How padding is filled."""
    fill_value: Number = 0.0
    """What padding is filled with."""
    antialias: bool = False
    """Whether to smooth when shrinking."""

    @property
    def moves(self) -> bool:
        """The nearest place's numbers are what was read; a mean of several, or a filling, is not."""
        return self.interpolation == "nearest" and not self.pad_to_aspect_ratio

    @property
    def rereads(self) -> Reread:
        """TensorFlow's gradients of an interpolation take the pictures, if only for their shape."""
        return NOTHING_AGAIN if self.moves else Reread()

    def infer(self, *inputs: Shape) -> Facts:
        """The new height and width."""
        sizes = space(inputs[0], self.kind, (2,))
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            received = "crop_to_aspect_ratio and pad_to_aspect_ratio both true"
            raise Misfit("pad_to_aspect_ratio", received, "one of them")
        return Facts((self.height, self.width, inputs[0][-1]), reach=self._reach(sizes))

    def symbols(self, *inputs: Shape) -> dict[str, Symbol]:
        """`o` are the new sizes."""
        return {**super().symbols(*inputs), "o": Symbol((self.height, self.width), "places that come out")}

    def gives(self, read: Sequence[Meaning], shapes: Sequence[Shape]) -> Meaning:
        """What it reads, or a mean of it, or its filling."""
        found = _between(read[0], self.interpolation)
        if not self.pad_to_aspect_ratio:
            return found
        return among([found, Meaning(self.fill_value, self.fill_value, told=False)])

    def _reach(self, sizes: Shape) -> tuple[Reach, ...] | None:
        """How the new places lie on the old ones; None where that depends on the picture."""
        old = known(sizes)
        if old is None:
            return None
        scales = [Fraction(size, new) for size, new in zip(old, (self.height, self.width), strict=True)]
        if self.crop_to_aspect_ratio or self.pad_to_aspect_ratio:
            scales = [min(scales) if self.crop_to_aspect_ratio else max(scales)] * 2
        return tuple(self._along(scale) for scale in scales)

    def _along(self, scale: Fraction) -> Reach:
        support = _SUPPORT[self.interpolation]
        if scale == 1:
            return Reach()
        if self.antialias and self.interpolation != "nearest":
            support = -(-support * max(scale, Fraction(1)) // 1)
        return Reach(support, scale)

    def phrase(self, read: Shape, output: Shape) -> Phrase:
        """The sizes that it gives."""
        return Phrase(f"resizing {sizes(output[:-1])}", told=frozenset({"height", "width"}))

    def build(self, keras: Any, name: str, *inputs: Shape) -> Callable[..., Any]:
        """Keras' Resizing."""
        return keras_layer(keras, self, "Resizing", name)
