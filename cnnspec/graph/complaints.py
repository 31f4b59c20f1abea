"""What a walk reports, each mistake once; and how far it may go, so that no spec keeps it busy or fills the memory."""

from dataclasses import dataclass, field, replace
from typing import NoReturn

from cnnspec.source.diagnostic import Diagnostic, Note, Report
from cnnspec.source.span import Span
from cnnspec.source.values import Value, size_of

MAX_LAYERS = 20_000
MAX_ENTRIES = 60_000
MAX_VALUES = 1_000_000
"""How many values the walk may look at, those of an entry again at each of its repeats."""
MAX_DEPTH = 48
_SHOWN_USES = 3


@dataclass(slots=True, eq=False, repr=False)
class Complaints:
    """What was reported so far. `failed`: whether there was an error.

    `uncertain`: whether a mistake hides what some entry reads, so that nobody can say what is left unread.
    `blind`: whether a mistake hides names, so that nobody can say which are unknown.
    """

    sink: Report
    failed: bool = False
    uncertain: bool = False
    blind: bool = False
    _seen: set[tuple[Span | None, str, str]] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic, uses: tuple[Span, ...]) -> None:
        """Report a mistake with the uses of blocks, innermost first, through which its place came to be looked at."""
        self.failed = self.failed or diagnostic.severity == "error"
        key = (diagnostic.span, diagnostic.code, _which(diagnostic))
        if key in self._seen:
            return
        self._seen.add(key)
        notes = tuple(Note("used here", use) for use in uses[:_SHOWN_USES])
        self.sink(replace(diagnostic, notes=diagnostic.notes + notes))


def _which(diagnostic: Diagnostic) -> str:
    """What tells mistakes of one code at one place apart; shapes differ from use to use of one mistake."""
    return diagnostic.message if diagnostic.code == "missing-argument" else ""


class TooLarge(Exception):
    """The model is beyond the limits; it was reported, and the walk ends."""


@dataclass(slots=True, eq=False, repr=False)
class Budget:
    """What a walk has looked at so far; its methods raise TooLarge where that is too much, once it was reported."""

    entries: int = 0
    values: int = 0

    def count(self, value: Value | None, span: Span, report: Report) -> None:
        """Count an entry, or another repeat of it, with all that is written in it."""
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            too_large(f"{MAX_ENTRIES:,} entries", span, report)
        self.spend(1 if value is None else size_of(value), span, report)

    def spend(self, values: int, span: Span, report: Report) -> None:
        """Count values that are looked at."""
        self.values += values
        if self.values > MAX_VALUES:
            too_large(f"{MAX_VALUES:,} values", span, report)


def check_depth(depth: int, span: Span, report: Report) -> None:
    """End the walk where blocks and branches are nested too deeply."""
    if depth > MAX_DEPTH:
        message = f"blocks and branches nested more than {MAX_DEPTH} deep"
        report(Diagnostic("too-deep", message, span, help="flatten the structure"))
        raise TooLarge


def too_large(what: str, span: Span, report: Report) -> NoReturn:
    """End the walk: the model is larger than `what`."""
    report(Diagnostic("model-too-large", f"the model expands to more than {what}", span, help="repeat less"))
    raise TooLarge
