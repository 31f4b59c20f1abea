"""From a decoded picture to what the network reads: upright, in its channels, at its size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Resize = Literal["crop", "pad", "stretch"]

_FILTERS = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "lanczos3": "LANCZOS",
    "area": "BOX",
}
"""All but nearest widen with the reduction, so that no pixel is passed over."""

_LARGE = 2**22
_SPARE = 3
"""A photograph is decoded at a half, a quarter or an eighth where three times the pixels that are needed remain.

That takes a third of the time and changes the result by less than one level on average.
"""

WHITE = 2**16 - 1
"""White in a picture of 16 bits, unless somebody says otherwise."""
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a picture becomes (height, width, channels) numbers from 0 to 255.

    crop scales it to cover the size and cuts off what is too long, pad scales it to fit and fills up with
    zeros, both around the centre; stretch changes its proportions. `channels` are 1 (grey), 3 (red, green,
    blue) or 4 (and opacity).
    """

    height: int
    width: int
    channels: int
    resize: Resize = "stretch"
    interpolation: str = "bilinear"
    white: int | None = None
    """Which number is white where pictures have 16 bits; None: the largest that 16 bits can say."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return (self.height, self.width, self.channels)

    def may_shrink(self, width: int, height: int, held: int) -> int:
        """By what factor a picture of this size may be made smaller while it is decoded; 0 for not at all."""
        if width * height < _LARGE or self.interpolation == "nearest":
            return 0
        wide, high = (self.height, self.width) if held >= 5 else (self.width, self.height)
        spare = min(width // wide, height // high) // _SPARE
        return next((by for by in (8, 4, 2) if by <= spare and width % by == height % by == 0), 0)


_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def upright(image: Image.Image, held: int) -> Image.Image:
    """The picture turned as EXIF's orientation says."""
    turn = _TURNS.get(held)
    return image if turn is None else image.transpose(Image.Transpose[turn])


def in_channels(image: Image.Image, channels: int, depth: int, white: int | None = None) -> Image.Image:
    """The picture in grey, colour or colour and opacity; `depth` is how many bits each of its numbers had.

    Where opacity has no channel, the picture is laid on white. Of 16 bits the upper 8 count, unless it is said which
    number is `white`.
    """
    if image.mode == "I;16":
        image = _of_sixteen_bits(image, white)
    elif depth != 8 and image.mode in ("L", "RGB") and "transparency" in image.info:
        image.info["transparency"] = _eight_bits(image.info["transparency"], depth)
    if not image.has_transparency_data:
        return image if image.mode == _MODES[channels] else image.convert(_MODES[channels])
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    if channels == 4:
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image)
    return paper if channels == 3 else paper.convert("L")


def _of_sixteen_bits(image: Image.Image, white: int | None) -> Image.Image:
    """Grey numbers of 16 bits as 8, with opacity where one of them is transparent."""
    numbers = np.asarray(image, "<u2")
    upper = np.ascontiguousarray(numbers.view("u1")[:, 1::2]) if white is None else whitened(numbers, white)
    grey = Image.fromarray(upper)
    if "transparency" in image.info:
        opacity = np.where(numbers == image.info["transparency"], np.uint8(0), np.uint8(255))
        grey = Image.merge("LA", (grey, Image.fromarray(opacity)))
    return grey


def whitened(numbers: NDArray[np.uint16], white: int) -> NDArray[np.uint8]:
    """Numbers of 16 bits as bytes, 0 to `white` over all of their range; what is above is white, too."""
    return np.rint(np.minimum(numbers, white) * np.float32(255 / white)).astype(np.uint8)


def _eight_bits(sample: int | tuple[int, ...], depth: int) -> int | tuple[int, ...]:
    """A transparent colour of `depth` bits as Pillow's 8-bit pixels have it."""
    if isinstance(sample, tuple):
        return tuple(value >> (depth - 8) for value in sample)
    most = (1 << depth) - 1
    return (sample & most) * 255 // most


def fitted(image: Image.Image, reading: Reading) -> Image.Image:
    """The picture at the reading's size; one that has it already stays as it is."""
    size, how = (reading.width, reading.height), Image.Resampling[_FILTERS[reading.interpolation]]
    if image.size == size:
        return image
    if reading.resize == "crop":
        return ImageOps.fit(image, size, how)
    if reading.resize == "pad":
        return _padded(image, size, how)
    return image.resize(size, how)


def _padded(image: Image.Image, size: tuple[int, int], how: Image.Resampling) -> Image.Image:
    """ImageOps.pad, which loses pictures so thin that nothing of them would be a pixel wide."""
    width, height = size
    scale = min(width / image.width, height / image.height)
    inner = (max(1, min(width, round(image.width * scale))), max(1, min(height, round(image.height * scale))))
    sheet = Image.new(image.mode, size)
    sheet.paste(image.resize(inner, how), (round((width - inner[0]) / 2), round((height - inner[1]) / 2)))
    return sheet
