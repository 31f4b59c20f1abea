"""Which words may be names: of a spec, and of what a spec defines."""

import re

from cnnspec.language.interpolation import RESERVED
from cnnspec.language.keys import NAME_PATTERN, WORD_PATTERN
from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.span import Span

SPEC_NAME = re.compile(NAME_PATTERN + r"\Z")
"""What a whole spec may be called."""
_WORD = re.compile(WORD_PATTERN + r"\Z")
_MOST = 64


def is_word(word: str) -> bool:
    """Whether a written name may be one."""
    return word not in RESERVED and len(word) <= _MOST and _WORD.match(word) is not None


def check_word(word: str, span: Span, what: str, report: Report) -> bool:
    """Whether a written name is one; reports it if not."""
    if word in RESERVED:
        report(
            Diagnostic(
                "reserved-name",
                f"the {what} {word} has a reserved name",
                span,
                help=f"reserved are {', '.join(RESERVED)}",
            )
        )
        return False
    if not _WORD.match(word) or len(word) > _MOST:
        report(
            Diagnostic(
                "bad-name",
                f"{what} {word[:80]!r} is no name",
                span,
                help=f"a letter, then letters, digits and _ (at most {_MOST})",
            )
        )
        return False
    return True
