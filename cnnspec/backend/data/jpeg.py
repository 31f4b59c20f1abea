"""The segments of a JPEG: where its header is, whether it is whole, and what of it decoding needs.

A file is a start, segments of a marker and a length, and scans of entropy-coded data, in which 0xFF is
followed by 0 or a restart marker (ITU-T T.81, annex B).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnnspec.backend.data.refusal import BadPicture

END = b"\xff\xd9"
MOST_SCANS = 100
"""A progressive JPEG has about ten scans; each of thousands would cost a pass over all pixels."""

_MOST_SEGMENTS = 10_000
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_SCAN, _EOI = 0xDA, 0xD9
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, 0xC8, *range(0xD0, 0xD9), *range(0xF0, 0xFE)})
"""Markers without a length."""
_KEPT_APPS = frozenset({0xE0, 0xEE})
"""JFIF's and Adobe's segments say how colours are stored."""


class Segment(NamedTuple):
    """A marker and where its segment lies: `start` at the marker, `body` after the length, `end` past it all."""

    marker: int
    start: int
    body: int
    end: int


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
            yield Segment(marker, start, at, at)
            return
        if marker in _BARE:
            continue
        length = int.from_bytes(data[at : at + 2])
        if length < 2:
            if at + 2 <= len(data):
                raise BadPicture("is a damaged JPEG", "segments that say how long they are")
            return
        yield Segment(marker, start, at + 2, at + length)
        at += length
        scanned = scanned or marker == _SCAN
        pattern = _AFTER_SCAN if scanned else _MARKER
    raise BadPicture(f"is a JPEG of more than {_MOST_SEGMENTS:,} segments", "a few dozen, as programs write them")


def frame_of(data: bytes) -> int:
    """Where the frame header's body begins; raises IndexError if it does not within `data`."""
    for segment in segments(data):
        if segment.marker in _FRAMES:
            return segment.body
        if segment.marker == _SCAN:
            raise BadPicture("is a damaged JPEG", "a frame header before the first scan")
    raise IndexError


def essence(data: bytes) -> bytes:
    """The JPEG without what decoding does not need: comments, profiles, thumbnails, other pictures after it.

    Raises BadPicture if it is cut short, or made to take long.
    """
    pieces, scans, first = [data[:2]], 0, 0
    for segment in segments(data):
        if segment.marker == _EOI:
            return b"".join((*pieces, data[first : segment.end]))
        if segment.marker == _SCAN:
            scans, first = scans + 1, first or segment.start
            if scans > MOST_SCANS:
                raise BadPicture(f"is a JPEG of more than {MOST_SCANS} scans", "about ten, as programs write them")
        elif not scans and not _is_dispensable(segment.marker):
            pieces.append(data[segment.start : segment.end])
    raise BadPicture("is a JPEG that is cut short", "a file up to its end marker, FF D9")


def _is_dispensable(marker: int) -> bool:
    return marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in _KEPT_APPS)
