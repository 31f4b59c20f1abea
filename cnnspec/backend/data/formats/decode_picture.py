"""Pictures from files: looked at without decoding, or decoded, held upright and brought to the network's size.

Files come from anywhere, so nothing of them is believed: the format is told from the content, sizes are
weighed before memory is asked for, and Pillow is handed only the parts that decoding needs. What is dropped
here are texts and profiles (which may be packed bombs), thumbnails, and the further frames of an animation.
"""

import io
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, _imaging
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from cnnspec.backend.data.formats import gif, jpeg, png, webp
from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.header import MOST_PIXELS, Header, read_header
from cnnspec.backend.data.pixels import Reading, fitted, in_channels, upright, whitened

MOST_BYTES = 2**26
"""The largest file that is read."""

_HEAD = 2**16
_LONGEST_HEADER = 2**22
_DAMAGE = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError, OverflowError, AssertionError,
    AttributeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's readers raise on files that are not what they claim."""

# A picture in one block is mapped, and given back when it is done with; of the usual blocks of 16 MiB each
# thread's share of the heap would keep hundreds of megabytes.
_imaging.set_block_size(2**28)


def look(path: Path | str) -> Header | BadPicture:
    """What a file says of its picture, or why there is none that can be read; nothing is decompressed.

    A JPEG or a PNG is also seen to have an end. The file must be a plain one: a pipe would wait for ever.
    """
    try:
        with io.FileIO(path) as file:
            return _look(file)
    except BadPicture as problem:
        return problem
    except OSError as error:
        return BadPicture(f"cannot be read ({error.strerror or error})", "a file that may be read")


def _look(file: io.FileIO) -> Header:
    size = file.seek(0, io.SEEK_END)
    _check_bytes(size)
    file.seek(0)
    head = file.read(_HEAD)
    try:
        header = read_header(head)
    except (IndexError, struct.error):
        header = _header(head + file.read(_LONGEST_HEADER))
    end = _ENDS.get(header.format)
    if end is not None and end not in _tail(file, head, size) and end not in _rest(file):
        raise BadPicture(f"is a {header.format} that is cut short", "a file up to its end")
    return header


_ENDS = {"JPEG": jpeg.END, "PNG": png.END}


def _tail(file: io.FileIO, head: bytes, size: int) -> bytes:
    if size <= len(head):
        return head
    file.seek(max(0, size - _HEAD))
    return file.read(_HEAD)


def _rest(file: io.FileIO) -> bytes:
    """All of a file that has much after its picture, or lacks its end."""
    file.seek(0)
    return file.read(MOST_BYTES)


def _header(head: bytes) -> Header:
    try:
        return read_header(head)
    except (IndexError, struct.error):
        raise BadPicture("is a picture that ends within its header", "a whole file") from None


def _check_bytes(size: int) -> None:
    if size > MOST_BYTES:
        raise BadPicture(f"has {size:,} bytes", f"at most {MOST_BYTES:,}")


def read_picture(path: Path | str, reading: Reading) -> NDArray[np.uint8]:
    """The picture in a file as the network reads it, shape (height, width, channels).

    Raises BadPicture where the file cannot be read or decoded.
    """
    try:
        with io.FileIO(path) as file:
            data = _content(file)
    except OSError as error:
        raise BadPicture(f"cannot be read ({error.strerror or error})", "a file that may be read") from error
    return decode(data, reading)


def _content(file: io.FileIO) -> bytes:
    """All of a file, or more of it than may be read; asking that of a small one takes as long as decoding it."""
    size = os.fstat(file.fileno()).st_size
    return file.read(min(max(size, _HEAD), MOST_BYTES) + 1)


def decode(data: bytes, reading: Reading) -> NDArray[np.uint8]:
    """The picture that a file's bytes hold, as the network reads it; raises BadPicture."""
    _check_bytes(len(data))
    header = _header(data[:_LONGEST_HEADER])
    with _ROOM.taken(header.pixels):
        try:
            # Nested, so that no frame keeps a picture that the next step has replaced.
            image = fitted(
                in_channels(_decoded(data, header, reading), reading.channels, header.depth, reading.white), reading
            )
        except _DAMAGE as error:
            reason = f" ({error})" if str(error) else ""
            raise BadPicture(f"is a damaged {header.format}{reason}", "one that can be decoded") from error
    return np.asarray(image).reshape(reading.shape)


def _decoded(data: bytes, header: Header, reading: Reading) -> Image.Image:
    codec = _CODECS[header.format]
    needed, held = codec.essence(data)
    image = codec.open(io.BytesIO(needed))
    if image.size != (header.width, header.height):
        claims = f"is a damaged {header.format} of {image.width:,} x {image.height:,} pixels"
        raise BadPicture(claims, f"{header.width:,} x {header.height:,}, as its header says")
    if by := reading.may_shrink(header.width, header.height, held):
        image.draft(None, (header.width // by, header.height // by))
    image.load()
    if reading.white is not None and header.depth == 16 and image.mode in _LOWER:
        return upright(_whitened(image, needed, codec, reading.white), held)
    return upright(image, held)


_LOWER = {"RGB": "RGB;16L", "RGBA": "RGBA;16L"}
"""By mode, how Pillow takes the lower byte of each number, where it would take the upper one."""
_GREY_AND_OPACITY = "LA;16B"
"""What has no such way, and which Pillow makes RGBA of."""


def _whitened(upper: Image.Image, needed: bytes, codec: "_Codec", white: int) -> Image.Image:
    """A picture of 16 bits of which Pillow keeps the upper bytes, by all of its bits; opacity stays."""
    made = np.asarray(upper).copy()
    lower = codec.open(io.BytesIO(needed))
    if lower.tile[0].args == _GREY_AND_OPACITY:
        both = np.asarray(codec.open(io.BytesIO(png.in_bytes(needed)))).view(">u2")
        made[..., :3] = whitened(both[..., :1], white)
        return Image.fromarray(made)
    lower.tile = [tile._replace(args=_LOWER[upper.mode]) for tile in lower.tile]
    lower.load()
    numbers = made.astype(np.uint16) << 8 | np.asarray(lower)
    made[..., :3] = whitened(numbers[..., :3], white)
    return Image.fromarray(made)


def largest_number(path: Path) -> int:
    """The largest number of a PNG of 16 bits, of one in colour by its upper bytes; raises BadPicture."""
    reading = Reading(1, 1, 1)
    try:
        data = path.read_bytes()
        image = _decoded(data, _header(data[:_LONGEST_HEADER]), reading)
    except _DAMAGE as error:
        raise BadPicture("cannot be decoded", "one that can be") from error
    numbers = np.asarray(image)
    if image.mode == "I;16":
        return int(numbers.max())
    return int(numbers[..., : 1 if image.mode == "LA" else 3].max()) * 256 + 255


def _as_it_is(data: bytes) -> tuple[bytes, int]:
    return data, 1


@dataclass(frozen=True, slots=True)
class _Codec:
    """How a format is read: who decodes it, and what of the file that needs, with its orientation."""

    open: Callable[[io.BytesIO], ImageFile.ImageFile]
    essence: Callable[[bytes], tuple[bytes, int]] = _as_it_is


_CODECS = {
    "JPEG": _Codec(JpegImageFile, jpeg.essence),
    "PNG": _Codec(PngImageFile, png.essence),
    "GIF": _Codec(GifImageFile, gif.essence),
    "BMP": _Codec(BmpImageFile),
    "WebP": _Codec(WebPImageFile, webp.essence),
}


class _Room:
    """Lets threads decode side by side as long as all they decode is no larger than one largest picture."""

    def __init__(self, pixels: int) -> None:
        self._free, self._changed = pixels, threading.Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for a picture, and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


_ROOM = _Room(MOST_PIXELS)
