"""Texts in writing that puts no spaces between words: cut at spaces, each is one token, or a few."""

import re
from collections.abc import Iterator, Sequence

_CHINESE = "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SOUTHERN = (
    "\u0e01-\u0e4e\u0e81-\u0ecd\u0f00-\u0fbc\u1000-\u109f\u1780-\u17d3\u1950-\u19df\u1a20-\u1aad\u1b00-\u1b7f"
    "\ua980-\ua9ff\uaa60-\uaa7f"
)
_WRITINGS = ((re.compile(f"[{_CHINESE}]"), 3), (re.compile(f"[{_SOUTHERN}]"), 9))
"""Letters of Chinese and Japanese; of Thai, Lao, Tibetan, Burmese, Khmer, Tai, Javanese and Balinese: with each how
many of them a word has at most on average. Korean and Vietnamese are written with spaces."""
_MOST = 2000
"""Characters of a text that are looked at."""


def unspaced(texts: Sequence[str]) -> tuple[str, ...]:
    """Of each text that is written without spaces the first token that is longer than a word; texts as they are cut."""
    return tuple(token for text in texts for token in _long_token(text[:_MOST]))


def _long_token(text: str) -> Iterator[str]:
    tokens = text.split()
    letters = sum(map(str.isalnum, text))
    for writing, longest in _WRITINGS:
        counts = [len(writing.findall(token)) for token in tokens]
        found = [count for count in counts if count]
        if 2 * sum(found) > letters and sum(found) > longest * len(found):
            yield next(token for token, count in zip(tokens, counts, strict=True) if count > longest)
            return
