"""Reporting during a walk: each mistake once, with the uses of blocks that led to it."""

from dataclasses import dataclass, field, replace

from cnnspec.graph.scope import Around
from cnnspec.source.diagnostic import Diagnostic, Note, Report
from cnnspec.source.span import Span

_SHOWN_USES = 3


@dataclass(slots=True)
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

    def reporter(self, uses: tuple[Span, ...]) -> Report:
        """A report that tells through which uses of a block a place came to be looked at."""

        def report(diagnostic: Diagnostic) -> None:
            self.failed = self.failed or diagnostic.severity == "error"
            key = (diagnostic.span, diagnostic.code, _which(diagnostic))
            if key in self._seen:
                return
            self._seen.add(key)
            notes = tuple(Note("used here", use) for use in uses[:_SHOWN_USES])
            self.sink(replace(diagnostic, notes=diagnostic.notes + notes))

        return report

    def error(
        self, around: Around, code: str, message: str, span: Span, help: str = "", notes: tuple[Note, ...] = ()
    ) -> None:
        """Report one error."""
        self.reporter(around.uses)(Diagnostic(code, message, span, help=help, notes=notes))


def _which(diagnostic: Diagnostic) -> str:
    """What tells mistakes of one code at one place apart; shapes differ from use to use of one mistake."""
    return diagnostic.message if diagnostic.code == "missing-argument" else ""
