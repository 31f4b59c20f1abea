"""How a picture was held: EXIF's orientation, from 1 (upright) to 8, wherever a file keeps it."""

import re
import struct
import zlib

from cnnspec.backend.data.jpeg import segments
from cnnspec.backend.data.png import chunks

_ORIENTATION = 0x0112
_TYPES = {1: "B", 3: "H", 4: "I"}
_MOST_TEXT = 2**16
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_XMP_APP = b"http://ns.adobe.com/xap/1.0/\0"
_RAW = b"Raw profile type exif"


def jpeg_orientation(data: bytes) -> int:
    """The orientation of a JPEG: its EXIF's, else its XMP's."""
    exif = xmp = b""
    for marker, _, body, end in segments(data):
        if marker == 0xDA:
            break
        if marker == 0xE1 and data.startswith(b"Exif\0\0", body):
            exif += data[body + 6 : end]
        elif marker == 0xE1 and data.startswith(_XMP_APP, body):
            xmp = data[body + len(_XMP_APP) : end]
    return orientation(exif, xmp)


def png_orientation(data: bytes) -> int:
    """The orientation of a PNG: of its eXIf chunk, of what ImageMagick writes as text, or of its XMP."""
    exif = raw = xmp = b""
    for name, start, end in chunks(data):
        if name == b"eXIf":
            exif = data[start:end]
        elif name in (b"tEXt", b"zTXt", b"iTXt"):
            key, text = _text(name, data[start : min(end, start + _MOST_TEXT)])
            raw = _unhexed(text) if key == _RAW else raw
            xmp = text if key == b"XML:com.adobe.xmp" else xmp
    return orientation(exif or raw, xmp)


def webp_orientation(data: bytes) -> int:
    """The orientation of a WebP: its EXIF's, else its XMP's."""
    found, at = {b"EXIF": b"", b"XMP ": b""}, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in found:
            found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return orientation(found[b"EXIF"], found[b"XMP "])


def orientation(exif: bytes, xmp: bytes = b"") -> int:
    """The orientation that EXIF's first directory holds, else XMP's; 1 where there is none that means anything."""
    found = _of_exif(exif.removeprefix(b"Exif\0\0"))
    if found is None:
        match = _XMP.search(xmp)
        found = int(match[1]) if match else 1
    return found if 1 <= found <= 8 else 1


def _of_exif(exif: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(order + "HHI", exif, entry)
            if tag == _ORIENTATION and kind in _TYPES and values == 1:
                (value,) = struct.unpack_from(order + _TYPES[kind], exif, entry + 8)
                return int(value)
    except struct.error:
        return None
    return None


def _text(name: bytes, chunk: bytes) -> tuple[bytes, bytes]:
    """The key and the text of a PNG's text chunk, at most 64 KiB of it."""
    key, _, rest = chunk.partition(b"\0")
    packed = name == b"zTXt"
    if name == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
    if key not in (_RAW, b"XML:com.adobe.xmp"):
        return key, b""
    try:
        return key, zlib.decompressobj().decompress(rest, _MOST_TEXT) if packed else rest
    except zlib.error:
        return key, b""


def _unhexed(text: bytes) -> bytes:
    """What ImageMagick wrote: a line end, a name, a length, then hexadecimal digits on lines of their own."""
    digits = b"".join(text.strip().split(b"\n")[2:])
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""
