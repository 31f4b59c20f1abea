"""What a picture's first bytes say: its format, by content and not by ending, and its size.

Nothing is decompressed here, so a file that claims more than it should is refused before it costs anything.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from cnnspec.backend.data.formats import gif
from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.jpeg import frame_of

MOST_PIXELS = 52_000_000
"""The largest picture that is read: decoding takes 4 bytes a pixel, and turning it upright as many again."""
_MOST_CANVAS = 2**24
"""The largest GIF or WebP: their decoders hold several pictures at a time."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself: `format` as people write it, sizes in pixels as stored, before any rotation.

    `mode` is what a pixel holds, `depth` how many bits each of its numbers has.
    """

    format: str
    width: int
    height: int
    mode: str
    depth: int = 8

    @property
    def pixels(self) -> int:
        """Height times width."""
        return self.height * self.width


def read_header(head: bytes) -> Header:
    """The header of a picture that begins with these bytes.

    Raises BadPicture where this is no picture that can be read, IndexError or struct.error where the
    bytes end before the header does.
    """
    for start, read in _READERS:
        if head.startswith(start):
            return _bounded(read(head))
    raise BadPicture(f"is {_other(head)}", "a JPEG, PNG, GIF, BMP or WebP picture")


def _bounded(header: Header) -> Header:
    size = f"{header.width:,} x {header.height:,} pixels"
    if header.pixels <= 0:
        raise BadPicture(f"claims {size}", "at least one pixel")
    most = _MOST_CANVAS if header.format in ("GIF", "WebP") else MOST_PIXELS
    if header.pixels > most:
        raise BadPicture(f"claims {size}", f"at most {most:,} in a {header.format}")
    return header


_JPEG_MODES = {1: "grey", 3: "colour", 4: "CMYK"}


def _jpeg(head: bytes) -> Header:
    depth, height, width, components = struct.unpack_from(">BHHB", head, frame_of(head))
    if depth != 8 or components not in _JPEG_MODES:
        raise BadPicture(f"is a JPEG with {components} channels of {depth} bits", "1, 3 or 4 of 8 bits")
    return Header("JPEG", width, height, _JPEG_MODES[components])


_PNG_MODES = {0: "grey", 2: "colour", 3: "palette", 4: "grey and alpha", 6: "colour and alpha"}


def _png(head: bytes) -> Header:
    length, name, width, height, depth, kind = struct.unpack_from(">I4sIIBB", head, 8)
    if name != b"IHDR" or length != 13 or kind not in _PNG_MODES:
        raise BadPicture("is a damaged PNG", "a header that says what its pixels are")
    return Header("PNG", width, height, _PNG_MODES[kind], depth)


def _gif(head: bytes) -> Header:
    """The canvas, grown to the first frame where that is larger."""
    width, height = struct.unpack_from("<HH", head, 6)
    at, _ = gif.frame_of(head)
    left, top, wide, high = struct.unpack_from("<HHHH", head, at + 1)
    if not wide * high:
        raise BadPicture(f"is a GIF whose picture has {wide:,} x {high:,} pixels", "at least one pixel")
    return Header("GIF", max(width, left + wide), max(height, top + high), "palette")


_BMP_PLAIN = frozenset({0, 3, 6})
"""Plain, and with masks of the colours; Pillow unpacks the others in Python, which takes minutes."""


def _bmp(head: bytes) -> Header:
    (size,) = struct.unpack_from("<I", head, 14)
    old = size == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", head, 18)
    (depth,) = struct.unpack_from("<H", head, 24 if old else 28)
    if not old and head[30] not in _BMP_PLAIN:
        raise BadPicture("is a compressed BMP", "one that is not, or a PNG")
    return Header("BMP", width, abs(height), "palette" if depth <= 8 else "colour", depth)


def _webp(head: bytes) -> Header:
    if head[8:12] != b"WEBP":
        raise BadPicture("is a RIFF file, but no WebP picture", "a JPEG, PNG, GIF, BMP or WebP picture")
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return Header("WebP", width & 0x3FFF, height & 0x3FFF, "colour")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return Header("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, "colour and alpha")
    if kind == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
        return Header("WebP", width, height, "colour and alpha" if head[20] & 0x10 else "colour")
    raise BadPicture("is a damaged WebP", "a chunk that holds a picture")


_READERS: tuple[tuple[bytes, Callable[[bytes], Header]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF87a", _gif),
    (b"GIF89a", _gif),
    (b"BM", _bmp),
    (b"RIFF", _webp),
)

_OTHERS = (
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (0, b"II+\0", "a TIFF"),
    (4, b"ftypavif", "an AVIF"),
    (4, b"ftypheic", "a HEIC"),
    (4, b"ftypheix", "a HEIC"),
    (4, b"ftypmif1", "a HEIF"),
    (4, b"ftyp", "a film"),
    (4, b"jP  ", "a JPEG 2000"),
    (0, b"\xff\x0a", "a JPEG XL"),
    (4, b"JXL ", "a JPEG XL"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\3\4", "a zip archive"),
    (0, b"\x1f\x8b", "a gzip file"),
)


def _other(head: bytes) -> str:
    """What a file without a readable picture is, as far as its first bytes tell."""
    if not head:
        return "an empty file"
    for offset, start, name in _OTHERS:
        if head.startswith(start, offset):
            return name
    text = head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if b"<svg" in text:
        return "an SVG drawing"
    return "no picture"
