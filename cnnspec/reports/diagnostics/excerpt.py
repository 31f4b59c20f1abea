"""One line of a source as it can be shown: everything visible, cut around the place it is about."""

from rich.cells import cell_len

from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen

_TAB = " " * 4
_BEFORE = 1 / 3
"""The share of the room that a cut line keeps before its place."""


@frozen
class Excerpt:
    """A line fit to show, and where on it the place starts and how wide it is, in cells."""

    line: str
    start: int
    width: int


def excerpt(line: str, column: int, width: int, room: int) -> Excerpt:
    """The line, at most `room` cells of it, with the `width` characters at `column` (from 1) in sight."""
    start = min(column - 1, len(line))
    low = 0 if _fits(line, room - 1) or _fits(line[:start], room // 2) else _low(line, start, round(room * _BEFORE))
    before = ("…" if low else "") + _visible(line[low:start])
    place = _visible(line[start : start + min(width, room)])
    after = _visible(line[start + width : start + width + room])
    kept = _cut(before + place + after, room)
    offset = cell_len(before)
    return Excerpt(kept, offset, max(1, min(cell_len(place), cell_len(kept) - offset)))


def _fits(text: str, room: int) -> bool:
    return len(text) <= room and cell_len(_visible(text)) <= room


def _low(line: str, start: int, room: int) -> int:
    """The first character to show so that `room` cells stand before `start`."""
    low, taken = start, 0
    while low and (taken := taken + cell_len(_visible(line[low - 1]))) < room:
        low -= 1
    return low


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    taken, end = 0, 0
    for character in text:
        taken += cell_len(character)
        if taken >= room:
            break
        end += 1
    return text[:end] + "…"


def _visible(text: str) -> str:
    return text if text.isprintable() else "".join(map(_character, text))


def _character(character: str) -> str:
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return "␡" if character == "\x7f" else shown(character)
