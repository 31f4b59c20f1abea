"""What is done to a text before it is cut into tokens: case, punctuation, white space and HTML. Nobody else does it.

The Unicode forms take the compatibility form of a text (NFKC), so that one letter has one spelling, and then
- a space for every other white space of Unicode, and for the zero-width spaces U+200B and U+FEFF;
- nothing for what only steers the setting: soft hyphens, word joiners, marks of direction;
- joiners (U+200C, U+200D) where they belong to a word, as in Persian, in India's scripts and in emoji, and nothing for
  those at a word's end or beside a letter that has case, where they change no letter;
- lower case letters by `str.lower`. Folding would go further: it makes one of German's `Maße` and `Masse`, and turns
  Cherokee to capitals. A sigma is final where its word ends, however it was written, and the dotted capital I of
  Turkish becomes i: of which language a text is, nobody says;
- nothing for punctuation: all of Unicode's (P), and what ASCII has beside it, such as $ + < = > ^ ` | ~, as in Keras,
  with the accents that stand alone, such as U+00B4, which people write for an apostrophe.

Of ASCII text the Unicode forms make what Keras makes.
"""

import html
import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial

_LOWERED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_BARE = str.maketrans("", "", string.punctuation)
_WHITE = "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\u200b\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_STEERING = "\xad\u061c\u200e\u200f" + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2060, 0x2070))))
_VOWELS = {
    code: unicodedata.normalize("NFKC", chr(code)).strip()
    for code in (*range(0xFC5E, 0xFC64), *range(0xFE70, 0xFE80, 2))
}
"""Arabic's vowel signs as they stand alone, which NFKC would take for a space with the sign."""
_PLAIN = {**dict.fromkeys(map(ord, _WHITE), " "), **dict.fromkeys(map(ord, _STEERING)), **_VOWELS}
_ACCENT = re.compile(
    "([\xa8\xaf\xb4\xb8\u02d8-\u02dd\u037a\u0384\u0385\u1fbd\u1fbf-\u1fc1\u1fcd-\u1fcf\u1fdd-\u1fdf\u1fed\u1fee\u1ffd"
    "\u1ffe\u2017\u203e\u309b\u309c\ufe49-\ufe4c\uffe3])"
)
"""Accents that stand alone: of these, too, NFKC would make a space, and two words of one."""
_JOINERS = re.compile("[\u200c\u200d]+")
_LINES = str.maketrans(dict.fromkeys("\t\n\v\f\r", " "))
_QUOTED_TAG = re.compile("""<[A-Za-z/!?](?:[^<>"']|"[^"]*"|'[^']*')*+>""")
_TAG = re.compile("<[A-Za-z/!?][^<>]*>")
_UNSEEN = tuple(
    (re.compile(opening, re.IGNORECASE | re.ASCII), re.compile(closing, re.IGNORECASE | re.ASCII))
    for opening, closing in (
        ("<!--", "-->"),
        (r"<script\b[^<>]*>", r"</script\s*>"),
        (r"<style\b[^<>]*>", r"</style\s*>"),
    )
)
"""What a page holds and nobody reads: from where to where."""


def standardised(text: str, how: str | None) -> str:
    """The text as `how` asks, one of the words that `standardize` may be; None for as it is."""
    return text if how is None else _FORMS[how](text)


def _by_ascii(text: str, *, lower: bool, strip: bool) -> str:
    """As Keras' TextVectorization does: nothing happens to what is not ASCII."""
    text = text.translate(_LOWERED) if lower else text
    return text.translate(_BARE) if strip else text


def _by_unicode(text: str, *, lower: bool, strip: bool) -> str:
    if text.isascii():
        return _by_ascii(text.translate(_PLAIN), lower=lower, strip=strip)
    text = unicodedata.normalize("NFC", text).translate(_PLAIN)
    if strip:
        return _composed(_ACCENT.sub("", text), lower, strip)
    pieces = _ACCENT.split(text)
    return "".join(piece if at % 2 else _composed(piece, lower, strip) for at, piece in enumerate(pieces))


def _composed(text: str, lower: bool, strip: bool) -> str:
    """A text without accents that stand alone, in the compatibility form before and after what is taken out."""
    text = unicodedata.normalize("NFKC", text)
    if strip:
        text = text.translate(dict.fromkeys(ord(each) for each in set(text) if _is_punctuation(each)))
    text = _JOINERS.sub(_joining, text)
    return unicodedata.normalize("NFKC", _lower(text) if lower else text)


def _is_punctuation(each: str) -> bool:
    return unicodedata.category(each)[0] == "P" or each in string.punctuation


def _joining(found: re.Match[str]) -> str:
    """A joiner between two letters, or signs, of writing that has no capitals; nothing for one anywhere else."""
    text, start, end = found.string, found.start(), found.end()
    inside = start > 0 and end < len(text) and _is_joined(text[start - 1]) and _is_joined(text[end])
    return found[0] if inside else ""


def _is_joined(each: str) -> bool:
    ends = each.isspace() or each.isdigit() or unicodedata.category(each)[0] == "P"
    return not ends and each.lower() == each.upper()


def _lower(text: str) -> str:
    """Lower case; every sigma is made a capital first, so that its place in the word decides which small one it is."""
    return text.replace("σ", "Σ").replace("ς", "Σ").lower().replace("i\u0307", "i")


def _by_web(text: str) -> str:
    """Without what a page is made of: tags and line breaks are spaces, entities what they stand for."""
    for opening, closing in _UNSEEN:
        text = _without(text, opening, closing)
    text = html.unescape(_TAG.sub(" ", _QUOTED_TAG.sub(" ", text)))
    return _by_unicode(text.translate(_LINES), lower=True, strip=True)


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """A space for all that stands from an opening to the next closing; what nothing closes stays."""
    kept, at = [], 0
    while (start := opening.search(text, at)) and (end := closing.search(text, start.end())):
        kept += [text[at : start.start()], " "]
        at = end.end()
    return "".join((*kept, text[at:]))


_FORMS: Mapping[str, Callable[[str], str]] = {
    "lower_and_strip_punctuation": partial(_by_unicode, lower=True, strip=True),
    "lower": partial(_by_unicode, lower=True, strip=False),
    "strip_punctuation": partial(_by_unicode, lower=False, strip=True),
    "web": _by_web,
    "ascii": partial(_by_ascii, lower=True, strip=True),
    "ascii_lower": partial(_by_ascii, lower=True, strip=False),
    "ascii_strip_punctuation": partial(_by_ascii, lower=False, strip=True),
}
