"""The chunks of a PNG: whether they are whole, and which of them decoding needs.

A file is a signature and chunks of a length, a name, data and a checksum
(https://www.w3.org/TR/png-3/#5Chunk-layout).
"""

import zlib
from collections.abc import Iterator

from cnnspec.backend.data.refusal import BadPicture

END = b"IEND\xaeB`\x82"
_SIGNATURE = 8
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


def essence(data: bytes) -> bytes:
    """The PNG without texts, profiles and the further frames of an animation, every chunk as its checksum says."""
    pieces = [data[:_SIGNATURE]]
    for name, start, end in chunks(data):
        if name not in _NEEDED:
            continue
        if zlib.crc32(data[start - 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise BadPicture("is a damaged PNG", f"a {name.decode()} chunk that agrees with its checksum")
        pieces.append(data[start - 8 : end + 4])
    return b"".join(pieces)
