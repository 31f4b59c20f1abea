"""The chunks of a WebP that say how it was held (https://developers.google.com/speed/webp/docs/riff_container)."""

from cnnspec.backend.data.formats.orientation import orientation


def essence(data: bytes) -> tuple[bytes, int]:
    """The WebP as it is, since its decoder skips what it does not need, and its orientation."""
    found, at = {b"EXIF": b"", b"XMP ": b""}, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in found:
            found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return data, orientation(found[b"EXIF"], found[b"XMP "])
