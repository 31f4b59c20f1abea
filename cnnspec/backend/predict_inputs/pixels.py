"""How a picture in a file becomes the numbers that a network reads, which may have learnt from arrays."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from cnnspec.backend.data.formats.decode_picture import read_picture
from cnnspec.backend.data.input_arrays import fit_input
from cnnspec.backend.data.pictures import reading_for
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.splits import Array
from cnnspec.language.features import Image
from cnnspec.layers.shape import Shape
from cnnspec.runs.ranges import Range

_DARK, _LIGHT = 0.35, 0.65
"""How light pictures are on average that are surely no negatives of each other."""
_COLOURS = {1: "grey", 3: "colour", 4: "colour with opacity"}


class Way(Protocol):
    """What makes numbers of a picture."""

    def read(self, path: Path) -> tuple[Array, tuple[str, ...]]:
        """The numbers as the input reads them, and what there is to say; raises BadPicture."""


@dataclass(frozen=True, slots=True)
class AsTaught:
    """The way of training itself, whose data were pictures in files."""

    reading: Reading

    def read(self, path: Path) -> tuple[Array, tuple[str, ...]]:
        """Numbers from 0 to 255."""
        return read_picture(path, self.reading), ()


@dataclass(frozen=True, slots=True)
class AsArray:
    """Into the numbers of the arrays that the network learnt from, whose black and white are `ends`.

    `light` is how light those pictures were on average, from 0 to 1; `whole` says that the input reads whole numbers.
    """

    reading: Reading
    shape: Shape
    ends: tuple[float, float]
    light: float
    whole: bool

    def read(self, path: Path) -> tuple[Array, tuple[str, ...]]:
        """Numbers between the ends, and a doubt where the picture looks like a negative."""
        picture = read_picture(path, self.reading)
        black, white = self.ends
        numbers = picture.astype(np.float32) * np.float32((white - black) / 255) + np.float32(black)
        fitted = fit_input((np.rint(numbers) if self.whole else numbers)[None], self.shape, str(path))[0]
        return fitted, (self._done(), *self._doubt(float(picture[..., :3].mean()) / 255))

    def _done(self) -> str:
        height, width, channels = self.reading.shape
        black, white = self.ends
        fitted = {"stretch": "stretched", "crop": "cropped", "pad": "padded"}[self.reading.resize]
        size = f"{fitted} to {height}×{width}"
        numbers = f"black as {black:g} and white as {white:g}, as in the data of the training"
        return f"pictures are {size} in {_COLOURS[channels]}, {numbers}"

    def _doubt(self, light: float) -> tuple[str, ...]:
        if light > _LIGHT and self.light < _DARK:
            return (f"a picture is mostly light, where those of the training are mostly dark{_NEGATIVE}",)
        if light < _DARK and self.light > _LIGHT:
            return (f"a picture is mostly dark, where those of the training are mostly light{_NEGATIVE}",)
        return ()


_NEGATIVE = ": is it a negative of what was learnt? invert it then"


def as_array(image: Image | None, name: str, shape: Shape, found: Range, whole: bool) -> AsArray | None:
    """How pictures become arrays such as these; None where nobody can tell what their black and white are.

    Raises Rejected if the input `name` is none for pictures. One without an axis of channels reads grey.
    """
    if found.ends is None or found.light is None:
        return None
    reading = reading_for(image, shape if len(shape) == 3 else (*shape, 1), name)
    return AsArray(reading, shape, found.ends, found.light, whole)
