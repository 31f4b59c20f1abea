"""How a picture was held: EXIF's orientation, from 1 (upright) to 8, as EXIF and XMP tell it."""

import re
import struct

_ORIENTATION = 0x0112
_TYPES = {1: "B", 3: "H", 4: "I"}
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


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
