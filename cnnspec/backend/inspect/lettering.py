"""How texts are drawn: in a font that has every character of theirs, else as ASCII that is told beside the picture.

For what it lacks a font draws its .notdef glyph, mostly a box; Pillow's own font lacks all but ASCII and some marks.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anyascii import anyascii
from PIL import ImageFont, features

from cnnspec.backend.inspect.installed_fonts import installed_fonts

Font = ImageFont.FreeTypeFont

_ABSENT = "\U0010ffff"
"""No character, and in no font."""
_OF_BOXES = frozenset({"lastresort", "last resort", "unicode bmp fallback sil", "adobe notdef", "adobe blank"})
"""Fonts that have every character, and draw boxes or nothing for all of them."""
_DOTS = "…"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text as it can be drawn: `text` in a `font` that has all of it."""

    text: str
    font: Font


class _Face:
    """A font, and which characters it has; the plain layout shows each by its own glyph, the other one shapes words."""

    def __init__(self, font: Font) -> None:
        self.font = font
        self._plain = font.font_variant(layout_engine=ImageFont.Layout.BASIC)
        self._absent = self._look(_ABSENT)
        self._known: dict[str, bool] = {}

    def has(self, text: str) -> bool:
        """Whether every character has a glyph; none has what cannot be seen, but for spaces."""
        return all(map(self._has, text))

    def _has(self, character: str) -> bool:
        if character not in self._known:
            found = self._look(character)
            self._known[character] = character == " " or (any(found[1]) and found != self._absent)
        return self._known[character]

    def _look(self, character: str) -> tuple[tuple[int, int], bytes]:
        mask = self._plain.getmask(character)
        return mask.size, bytes(mask)


class Lettering:
    """Draws texts at a size in pixels, in Pillow's own font where it has them, else in one of the machine's `fonts`.

    What no font has, or is wider than it may be, is drawn with a number before it; `legend` says for what it stands.
    """

    def __init__(self, size: int, fonts: list[Path] | None = None) -> None:
        self._size = size
        own = ImageFont.load_default(size)
        assert isinstance(own, ImageFont.FreeTypeFont)
        self.font: Font = own
        self._faces = [_Face(own)]
        self._left = iter(installed_fonts() if fonts is None else fonts)
        self._numbers: dict[str, Drawn] = {}

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """What was drawn in the place of a text, and the text, by number."""
        return tuple((drawn.text, text) for text, drawn in self._numbers.items())

    def whole(self, text: str) -> Drawn:
        """The text, or its ASCII where no font has it."""
        return self._as_it_is(text) or Drawn(_ascii(text), self.font)

    def name(self, text: str, width: int) -> Drawn:
        """The text, or what stands for it, within so many pixels."""
        drawn = self._as_it_is(text)
        if drawn is not None and drawn.font.getlength(drawn.text) <= width:
            return drawn
        if text not in self._numbers:
            self._numbers[text] = self._numbered(drawn or Drawn(_ascii(text), self.font), width)
        return self._numbers[text]

    def _numbered(self, drawn: Drawn, width: int) -> Drawn:
        number = f"({len(self._numbers) + 1})"
        font = self._font_of(f"{number} {drawn.text}{_DOTS}")
        text, font = (_ascii(drawn.text), self.font) if font is None else (drawn.text, font)
        return Drawn(_cut(f"{number} {text}".rstrip(), font, width), font)

    def _as_it_is(self, text: str) -> Drawn | None:
        """A text whose letters and marks come in several orders is drawn in one; None where no font has all of it."""
        composed = unicodedata.normalize("NFC", text)
        font = self._font_of(composed)
        return None if font is None else Drawn(composed, font)

    def _font_of(self, text: str) -> Font | None:
        if _is_shaped(text) and not features.check("raqm"):
            return None
        return next((face.font for face in self._all() if face.has(text)), None)

    def _all(self) -> Iterator[_Face]:
        """The faces that are open, then the others, each opened once."""
        yield from self._faces
        for path in self._left:
            face = _opened(path, self._size)
            if face is not None:
                self._faces.append(face)
                yield face


def _opened(path: Path, size: int) -> _Face | None:
    """None for a font that cannot be used: one that is damaged, or of pictures of one size."""
    try:
        font = ImageFont.truetype(path, size)
        family = (font.getname()[0] or "").lstrip(".").lower()
        return None if family in _OF_BOXES else _Face(font)
    except (OSError, ValueError):
        return None


def _is_shaped(text: str) -> bool:
    """Whether letters run from the right, join or carry marks: a glyph beside the other would say it wrong."""
    return any(
        unicodedata.bidirectional(each) in ("R", "AL", "AN") or unicodedata.category(each) in ("Mn", "Mc", "Me", "Cf")
        for each in text
    )


def _ascii(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in anyascii(text)).split())


def _cut(text: str, font: Font, width: int) -> str:
    """As much of the text as fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + _DOTS) > width:
        text = text[:-1]
    return text + _DOTS
