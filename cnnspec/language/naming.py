"""Which words may be names: of a spec, and of what a spec defines."""

import re

from cnnspec.language.interpolation import RESERVED
from cnnspec.language.keys import NAME_PATTERN, WORD_PATTERN
from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.span import Span

SPEC_NAME = re.compile(NAME_PATTERN + r"\Z")
"""What a whole spec may be called."""
_WORD = re.compile(WORD_PATTERN + r"\Z")


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
    if not _WORD.match(word) or len(word) > 64:
        report(
            Diagnostic(
                "bad-name",
                f"{what} {word[:80]!r} is no name",
                span,
                help="a letter, then letters, digits and _ (at most 64)",
            )
        )
        return False
    return True
