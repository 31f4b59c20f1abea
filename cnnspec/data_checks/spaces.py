"""Texts in writing that puts no spaces between words, and that are cut at spaces."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import Seen
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import FeatureAt

_FEW = 0.1
"""The part of all texts that is not worth a word."""
_SHOWN = 12


def no_spaces(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Each such text is one token, or a few, which hardly come again: nothing can be learnt from them."""
    for texts in seen.texts:
        if texts.unspaced and len(texts.unspaced) > _FEW * texts.looked_at:
            token = texts.unspaced[0]
            told = f"so that {token[:_SHOWN]}{'...' if len(token) > _SHOWN else ''} is one token"
            counted = f"{len(texts.unspaced):,} of {texts.looked_at:,} texts of {texts.input}"
            message = f"{counted} are written without spaces between words, {told}"
            help = "write split: character, or put spaces between the words"
            yield doubted("no-spaces", message, help, at=FeatureAt(texts.input, ("text", "split")))
