"""The segments of a JPEG: where its header is, whether it is whole, and what of it decoding needs.

A file is a start, segments of a marker and a length, and scans of entropy-coded data, in which 0xFF is
followed by 0 or a restart marker (ITU-T T.81, annex B).
"""

import re
from collections.abc import Iterator

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.orientation import orientation

END = b"\xff\xd9"
MOST_SCANS = 100
"""A progressive JPEG has about ten scans; each of thousands would cost a pass over all pixels."""

_MOST_SEGMENTS = 10_000
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_SCAN, _EOI, _APP1 = 0xDA, 0xD9, 0xE1
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, 0xC8, *range(0xD0, 0xD9), *range(0xF0, 0xFE)})
"""Markers without a length."""
_DISPENSABLE = frozenset({0xFE, *range(0xE0, 0xF0)} - {0xE0, 0xEE})
"""Comments and programs' own segments, but JFIF's and Adobe's, which say how colours are stored."""
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"


Segment = tuple[int, int, int, int]
"""A marker, where its segment starts, where its body starts after the length, and where it ends."""


def segments(data: bytes) -> Iterator[Segment]:
    """The segments up to the end of the picture, or of the data.

    A scan is a segment with its header alone. Raises BadPicture where there is none before the end.
    """
    at, pattern, scanned = 2, _MARKER, False
    for _ in range(_MOST_SEGMENTS):
        found = pattern.search(data, at)
        if not found:
            return
        marker, start, at = found[1][0], found.end() - 2, found.end()
        if marker == _EOI:
            if not scanned:
                raise BadPicture("is a JPEG without a picture", "at least one scan")
            yield marker, start, at, at
            return
        if marker in _BARE:
            continue
        length = int.from_bytes(data[at : at + 2])
        if length < 2:
            if at + 2 <= len(data):
                raise BadPicture("is a damaged JPEG", "segments that say how long they are")
            return
        yield marker, start, at + 2, at + length
        at += length
        scanned = scanned or marker == _SCAN
        pattern = _AFTER_SCAN if scanned else _MARKER
    raise BadPicture(f"is a JPEG of more than {_MOST_SEGMENTS:,} segments", "a few dozen, as programs write them")


def frame_of(data: bytes) -> int:
    """Where the frame header's body begins; raises IndexError if it does not within `data`."""
    for marker, _, body, _ in segments(data):
        if marker in _FRAMES:
            return body
        if marker == _SCAN:
            raise BadPicture("is a damaged JPEG", "a frame header before the first scan")
    raise IndexError


def essence(data: bytes) -> tuple[bytes, int]:
    """The JPEG without what decoding does not need, and its orientation: its EXIF's, else its XMP's.

    Comments, profiles, thumbnails and pictures behind the first are left out. Raises BadPicture if it is cut
    short, or made to take long.
    """
    pieces, exif, xmp = [data[:2]], b"", b""
    scans = first = 0
    for marker, start, body, end in segments(data):
        if marker == _EOI:
            return b"".join((*pieces, data[first:end])), orientation(exif, xmp)
        if marker == _SCAN:
            scans, first = scans + 1, first or start
            if scans > MOST_SCANS:
                raise BadPicture(f"is a JPEG of more than {MOST_SCANS} scans", "about ten, as programs write them")
        elif scans:
            continue
        elif marker == _APP1 and data.startswith(_EXIF, body):
            exif += data[body + len(_EXIF) : end]
        elif marker == _APP1 and data.startswith(_XMP, body):
            xmp = data[body + len(_XMP) : end]
        elif marker not in _DISPENSABLE:
            pieces.append(data[start:end])
    raise BadPicture("is a JPEG that is cut short", "a file up to its end marker, FF D9")
