"""Fonts as bytes: which characters one has, read from its own table, and small ones that have some."""

import struct
from collections.abc import Iterator

NOTDEF = 0


def characters(font: bytes) -> frozenset[int]:
    """The code points that a font (TrueType or OpenType, or the first of a collection) has a glyph for."""
    start = struct.unpack(">I", font[12:16])[0] if font[:4] == b"ttcf" else 0
    count = struct.unpack(">H", font[start + 4 : start + 6])[0]
    entries = (struct.unpack(">4sIII", font[start + 12 + 16 * at : start + 28 + 16 * at]) for at in range(count))
    cmap = next(offset for tag, _, offset, _ in entries if tag == b"cmap")
    tables = struct.unpack(">H", font[cmap + 2 : cmap + 4])[0]
    found: set[int] = set()
    for at in range(tables):
        platform, _, offset = struct.unpack(">HHI", font[cmap + 4 + 8 * at : cmap + 12 + 8 * at])
        if platform in (0, 3):
            found.update(_mapped(font[cmap + offset :]))
    return frozenset(found)


def _mapped(table: bytes) -> Iterator[int]:
    form = struct.unpack(">H", table[:2])[0]
    if form == 12:
        for at in range(struct.unpack(">I", table[12:16])[0]):
            first, last, glyph = struct.unpack(">III", table[16 + 12 * at : 28 + 12 * at])
            yield from (code for code in range(first, last + 1) if glyph + code - first != NOTDEF)
    elif form == 4:
        yield from _segments(table)


def _segments(table: bytes) -> Iterator[int]:
    count = struct.unpack(">H", table[6:8])[0] // 2
    at = [14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count]
    ends, starts, deltas, offsets = (struct.unpack(f">{count}H", table[place : place + 2 * count]) for place in at)
    for segment, (end, start, delta, offset) in enumerate(zip(ends, starts, deltas, offsets, strict=True)):
        for code in range(start, end + 1):
            glyph = code
            if offset:
                place = at[3] + 2 * segment + offset + 2 * (code - start)
                glyph = struct.unpack(">H", table[place : place + 2])[0]
                if not glyph:
                    continue
            if (glyph + delta) % 65536 != NOTDEF and code != 0xFFFF:
                yield code


def small_font(text: str, family: str = "Small") -> bytes:
    """A TrueType font with a bar of its own for each character of the text, and for nothing else; .notdef is a box."""
    codes = sorted({ord(character) for character in text})
    glyphs = [_box(100, 100, 500, 700), *(_box(50, 0, 60 + 13 * (at % 60), 300 + 7 * at) for at in range(len(codes)))]
    places = [sum(map(len, glyphs[:at])) for at in range(len(glyphs) + 1)]
    groups = b"".join(struct.pack(">III", code, code, at + 1) for at, code in enumerate(codes))
    mapped = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(codes)) + groups
    words = family.encode("utf-16-be")
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12) + mapped,
        b"glyf": b"".join(glyphs),
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 65536, 0, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 900, 900, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 65536, 800, -200, 0, 900, *[0] * 11, len(glyphs)),
        b"hmtx": struct.pack(">HH", 900, 50) * len(glyphs),
        b"loca": struct.pack(f">{len(places)}I", *places),
        b"maxp": struct.pack(">IH", 65536, len(glyphs)) + struct.pack(">13H", 4, 1, 0, 0, 1, *[0] * 8),
        b"name": struct.pack(">HHHHHHHHH", 0, 1, 18, 3, 1, 0x409, 1, len(words), 0) + words,
    }
    return _file(tables)


def _box(left: int, bottom: int, right: int, top: int) -> bytes:
    across, up = (0, right - left, 0, left - right), (0, 0, top - bottom, 0)
    head = struct.pack(">hhhhhHH", 1, left, bottom, right, top, 3, 0)
    return head + bytes([1] * 4) + struct.pack(">8h", left, *across[1:], bottom, *up[1:]) + b"\0" * 2


def _file(tables: dict[bytes, bytes]) -> bytes:
    place, listed, held = 12 + 16 * len(tables), b"", b""
    for tag, table in tables.items():
        padded = table + b"\0" * (-len(table) % 4)
        listed += struct.pack(">4sIII", tag, 0, place + len(held), len(table))
        held += padded
    return struct.pack(">IHHHH", 65536, len(tables), 128, 3, 0) + listed + held
