"""The chunks of a PNG: whether they are whole, and which of them decoding needs.

A file is a signature and chunks of a length, a name, data and a checksum
(https://www.w3.org/TR/png-3/#5Chunk-layout).
"""

import zlib
from collections.abc import Iterator

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.orientation import orientation

END = b"IEND\xaeB`\x82"
_SIGNATURE = 8
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_RAW, _XMP = b"Raw profile type exif", b"XML:com.adobe.xmp"
_MOST_TEXT = 2**16
_LONG_HEADER, _COLOUR_AND_OPACITY = 13, 6
"""The length of the data of IHDR, and what stands there for four numbers a pixel."""
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name and where its data lie; raises BadPicture if the file ends before IEND does."""
    at = _SIGNATURE
    while at + 12 <= len(data):
        name, start = data[at + 4 : at + 8], at + 8
        end = start + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            break
        yield name, start, end
        if name == b"IEND":
            return
        at = end + 4
    raise BadPicture("is a PNG that is cut short", "a file up to its last chunk, IEND")


def essence(data: bytes) -> tuple[bytes, int]:
    """The PNG without what decoding does not need, and its orientation: its EXIF's, else its XMP's.

    Texts, profiles and the further frames of an animation are left out. Raises BadPicture if it is cut
    short, or a chunk is not as its checksum says.
    """
    pieces, exif, raw, xmp = [data[:_SIGNATURE]], b"", b"", b""
    for name, start, end in chunks(data):
        if name in _NEEDED:
            if zlib.crc32(data[start - 4 : end]) != int.from_bytes(data[end : end + 4]):
                raise BadPicture("is a damaged PNG", f"a {name.decode()} chunk that agrees with its checksum")
            pieces.append(data[start - 8 : end + 4])
        elif name == b"eXIf":
            exif = data[start:end]
        elif name in _TEXTS:
            key, text = _text(name, data[start : min(end, start + _MOST_TEXT)])
            raw = _unhexed(text) if key == _RAW else raw
            xmp = text if key == _XMP else xmp
    return b"".join(pieces), orientation(exif or raw, xmp)


def in_bytes(data: bytes) -> bytes:
    """A PNG of 16 bits in grey and opacity, as one of 8 bits in colour and opacity: the same four bytes a pixel."""
    head = _SIGNATURE + 8
    header = data[head : head + 8] + bytes((8, _COLOUR_AND_OPACITY)) + data[head + 10 : head + _LONG_HEADER]
    checksum = zlib.crc32(b"IHDR" + header).to_bytes(4)
    return data[:head] + header + checksum + data[head + _LONG_HEADER + 4 :]


def _text(name: bytes, chunk: bytes) -> tuple[bytes, bytes]:
    """The key and the text of a text chunk that may tell the orientation, at most 64 KiB of it."""
    key, _, rest = chunk.partition(b"\0")
    if key not in (_RAW, _XMP):
        return key, b""
    packed = name == b"zTXt"
    if name == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
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
