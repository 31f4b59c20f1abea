"""Mistakes and doubts as values: collected, sorted by place, shown together."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span

if TYPE_CHECKING:
    from cnnspec.source.route import Route

Severity = Literal["error", "warning"]


@frozen
class Note:
    """A further remark, with the place it is about if it has one."""

    text: str
    span: Span | None = None


@frozen
class Diagnostic:
    """One mistake (or doubt): what was received, what was expected, what to write instead.

    `code` is a stable name such as `unknown-layer`; `label` stands beside the caret. Who knows no span says `at`
    which route into the spec the mistake belongs, and whoever has the spec finds the span by it.
    """

    code: str
    message: str
    span: Span | None = None
    severity: Severity = "error"
    label: str = ""
    help: str = ""
    notes: tuple[Note, ...] = ()
    at: "Route | None" = None

    @property
    def place(self) -> tuple[str, int, int]:
        """Where to sort it."""
        return (self.span.file, self.span.line, self.span.column) if self.span else ("", 0, 0)


Report = Callable[[Diagnostic], None]
"""Where a pass hands its diagnostics; usually a list's `append`."""


def warning(code: str, message: str, span: Span | None, help: str = "", notes: tuple[Note, ...] = ()) -> Diagnostic:
    """A doubt: shown, and only an error under `--strict`."""
    return Diagnostic(code, message, span, "warning", help=help, notes=notes)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, each mistake once."""
    unique = {(d.place, d.code, d.message): d for d in reversed(list(diagnostics))}
    return tuple(sorted(unique.values(), key=lambda d: (d.place, d.severity, d.code, d.message)))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether anything in it is an error."""
    return any(d.severity == "error" for d in diagnostics)


class Rejected(Exception):
    """Raised at a boundary when work cannot go on; carries every diagnostic found until then."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = ordered(diagnostics)
        super().__init__("\n".join(map(_told, self.diagnostics)))


def rejected(code: str, received: str, expected: str = "", help: str = "", *, at: "Route") -> Rejected:
    """What to raise for one mistake: what was received, what was expected, what to do, and where in the spec."""
    message = f"{received}; expected {expected}" if expected else received
    return Rejected([Diagnostic(code, message, help=help, at=at)])


def _told(diagnostic: Diagnostic) -> str:
    """A diagnostic in plain lines."""
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    return f"{place}{diagnostic.message}" + (f"\n  help: {diagnostic.help}" if diagnostic.help else "")


_MOST_COMPARED = 300
"""Among more words none is sought that is merely alike, since comparing takes its time."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    known = list(words)
    folded = {name.lower().replace("_", "").replace("-", ""): name for name in known}
    if match := folded.get(word.lower().replace("_", "").replace("-", "")):
        return match
    if len(known) > _MOST_COMPARED:
        return None
    close = get_close_matches(word[:80], known, n=1, cutoff=0.7)
    return close[0] if close else None


def likely(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """The known words that `word` was probably meant to be: the nearest one, or at most four that hold it."""
    known = list(words)
    if match := nearest(word, known):
        return (match,)
    holding = tuple(name for name in known if len(word) >= 4 and word.lower() in name)
    return holding if len(holding) <= 4 else ()


def suggestion(word: str, words: Iterable[str], limit: int = 12) -> str:
    """A help text: the words that were probably meant, or what there is to choose from."""
    known = list(words)
    if found := likely(word, known):
        return f"write {' or '.join(found)}"
    if not known:
        return ""
    more = f" and {len(known) - limit} more" if len(known) > limit else ""
    return f"known here: {', '.join(known[:limit])}{more}"
