"""The blocks of a GIF: where its first picture is, and what of the file decoding that needs.

A file is a header, maybe a palette, then extensions and pictures, each a chain of blocks that an empty one
ends (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
"""

from cnnspec.backend.data.formats.bad_picture import BadPicture

_EXTENSION, _PICTURE, _CONTROL = 0x21, 0x2C, 0xF9
_CONTROL_LENGTH = 8
_HEADER = 13


def frame_of(data: bytes) -> tuple[int, bytes]:
    """Where the first picture begins, and the extension before it that says which colour is transparent.

    Raises IndexError if it does not begin within `data`, BadPicture if there is none.
    """
    at, control = _HEADER + _palette(data[10]), b""
    while data[at] == _EXTENSION:
        start, at = at, _past(data, at + 2)
        if data[start + 1] == _CONTROL and at - start == _CONTROL_LENGTH and data[start + 2] == 4:
            control = data[start:at]
    if data[at] != _PICTURE:
        raise BadPicture("is a GIF without a picture", "at least one")
    return at, control


def essence(data: bytes) -> tuple[bytes, int]:
    """The GIF's first picture alone, which is always upright; raises BadPicture if it is cut short."""
    at, control = frame_of(data)
    try:
        end = _past(data, at + 11 + _palette(data[at + 9]))
    except IndexError:
        raise BadPicture("is a GIF that is cut short", "a file up to the end of its first picture") from None
    return b"".join((data[: _HEADER + _palette(data[10])], control, data[at:end], b";")), 1


def _palette(flags: int) -> int:
    """How many bytes a palette takes, by the flags before it."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _past(data: bytes, at: int) -> int:
    """The place after a chain of blocks that begins at `at`."""
    while data[at]:
        at += data[at] + 1
    return at + 1
