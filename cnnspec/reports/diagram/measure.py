"""How wide text is at most, with no font at hand: as in Bitstream Vera and DejaVu, the widest that browsers choose.

Widths are in thousandths of the size of the type.
"""

import unicodedata
from functools import cache

_OF_WIDTH = {
    280: "'ijl",
    300: "IJ",
    320: " ,.\xa0·",
    340: "/:;\\|¦",
    360: "f",
    380: "-\xad",
    400: "()[]t",
    420: "!r¡",
    460: '"',
    500: "*_`",
    540: "?sz¿",
    560: "Lcç",
    580: "Fk",
    600: "vxyýÿ",
    620: "PTYaeo«»",
    640: "$0123456789ESbdghnpqu{}",
    660: "K",
    700: "ABCRVXZ",
    740: "U",
    760: "HN",
    780: "&DG",
    800: "OQ",
    820: "w",
    840: "#+<=>^~×÷±",
    880: "M",
    960: "%",
    980: "m",
    1000: "@W…",
}
_WIDTH = {character: width for width, characters in _OF_WIDTH.items() for character in characters}
_BOLD = 1.16
"""A bold text is wider by no more than this."""
_ACCENTED, _WIDE, _UNKNOWN = 800, 1050, 1350


def is_known(text: str) -> bool:
    """Whether the width of each character is known, and not a guess."""
    return all(character in _WIDTH for character in text)


@cache
def _width(character: str) -> int:
    known = _WIDTH.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    return _ACCENTED if character.isalpha() and ord(character) < 0x250 else _UNKNOWN


def width_of(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is at most, in the unit of `size`."""
    return sum(map(_width, text)) * size / 1000 * (_BOLD if bold else 1)


def cut(text: str, size: float, room: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits, with `…` after it."""
    if width_of(text, size, bold) <= room:
        return text
    while text and width_of(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text}…"


def wrap(text: str, size: float, room: float) -> tuple[str, ...]:
    """The text in lines that fit, broken after commas where that does, else between words; a longer word is cut."""
    lines: list[str] = []
    for phrase in text.split(", "):
        joined = f"{lines[-1]}, {phrase}" if lines else phrase
        if lines and width_of(joined, size) <= room:
            lines[-1] = joined
            continue
        if lines:
            lines[-1] += ","
        lines += _words(phrase, size, room)
    return tuple(lines)


def _words(phrase: str, size: float, room: float) -> list[str]:
    lines = [""]
    for word in phrase.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if width_of(joined, size) > room - 4 and lines[-1]:
            lines.append(cut(word, size, room))
        else:
            lines[-1] = cut(joined, size, room)
    return lines
