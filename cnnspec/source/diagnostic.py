"""Mistakes and doubts as values: collected, sorted by place, shown together."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from cnnspec.source.frozen import frozen
from cnnspec.source.likeness import LONGEST, begun, folded, nearly
from cnnspec.source.patience import to_compare
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
class Edit:
    """What to write: `text` in place of all that stands at `span`, which ends the mistake. `so` says more of it."""

    span: Span
    text: str
    so: str = ""

    def __str__(self) -> str:
        return f"write {self.text}{self.so}"


@frozen
class Diagnostic:
    """One mistake (or doubt): what was received, what was expected, what to write instead.

    `code` is a stable name such as `unknown-layer`; `label` stands beside the caret. Who knows no span says `at`
    which route into the spec the mistake belongs, and whoever has the spec finds the span by it. An `edit` is the help
    for programs, and says it for people too where there is no other.
    """

    code: str
    message: str
    span: Span | None = None
    severity: Severity = "error"
    label: str = ""
    help: str = ""
    notes: tuple[Note, ...] = ()
    at: "Route | None" = None
    more: int = 0
    """How many mistakes it counts, where it stands for those that are not kept."""
    edit: Edit | None = None

    def __post_init__(self) -> None:
        if self.edit is not None and not self.help:
            object.__setattr__(self, "help", str(self.edit))

    @property
    def place(self) -> tuple[str, int, int]:
        """Where to sort it."""
        return (self.span.file, self.span.line, self.span.column) if self.span else ("", 0, 0)


Report = Callable[[Diagnostic], None]
"""Where a pass hands its diagnostics; usually a list's `append`."""


def warning(code: str, message: str, span: Span | None, help: str = "", notes: tuple[Note, ...] = ()) -> Diagnostic:
    """A doubt: shown, and only an error under `--strict`."""
    return Diagnostic(code, message, span, "warning", help=help, notes=notes)


def doubted(code: str, message: str, help: str = "", *, at: "Route") -> Diagnostic:
    """A doubt of who knows no span, but where in the spec it belongs."""
    return Diagnostic(code, message, severity="warning", help=help, at=at)


LONGEST_MESSAGE = 4000
"""Characters of a message, and of a help."""
MOST_KEPT = 100
"""So many errors are kept, and as many warnings; nobody reads on, and each takes its memory."""


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, each mistake once; those beyond the first hundred are counted by one that comes last."""
    counted = list(diagnostics)
    unique = {(d.place, d.code, d.message): d for d in map(_cut, reversed(counted)) if not d.more}
    found = sorted(unique.values(), key=lambda d: (d.place, d.severity, d.code, d.message))
    if len(found) <= MOST_KEPT and not any(d.more for d in counted):
        return tuple(found)
    kept: list[Diagnostic] = []
    rest = [d for d in counted if d.more]
    room = {"error": MOST_KEPT, "warning": MOST_KEPT}
    for diagnostic in found:
        (kept if room[diagnostic.severity] > 0 else rest).append(diagnostic)
        room[diagnostic.severity] -= 1
    return (*kept, *_counted(rest))


def _cut(diagnostic: Diagnostic) -> Diagnostic:
    """The same with its message and help no longer than anybody reads: a stranger's name may fill a megabyte."""
    if len(diagnostic.message) <= LONGEST_MESSAGE and len(diagnostic.help) <= LONGEST_MESSAGE:
        return diagnostic
    message, help = (each[:LONGEST_MESSAGE] + "…" * (len(each) > LONGEST_MESSAGE) for each in _said(diagnostic))
    return replace(diagnostic, message=message, help=help)


def _said(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.message, diagnostic.help


def _counted(rest: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What stands for diagnostics that are not kept; an error where one of them is."""
    if not rest:
        return ()
    first = min(rest, key=lambda d: (d.severity, d.place))
    count = sum(d.more or 1 for d in rest)
    what = "mistake" if first.severity == "error" else "warning"
    message = f"{count:,} more {what}{'' if count == 1 else 's'}, counted and not kept"
    help = "mend those that are shown, and look again"
    return (Diagnostic("too-many-mistakes", message, first.span, first.severity, help=help, at=first.at, more=count),)


class Collected:
    """Diagnostics as they are found, never many more than are kept; those that `wanted` refuses are left out."""

    def __init__(self, wanted: Callable[[Diagnostic], bool] = bool) -> None:
        self._wanted = wanted
        self._found: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep it, or count it."""
        if not self._wanted(diagnostic):
            return
        self._found.append(diagnostic)
        if len(self._found) > 8 * MOST_KEPT:
            self._found = list(ordered(self._found))

    def ordered(self) -> tuple[Diagnostic, ...]:
        """All of them, as `ordered` has them."""
        return ordered(self._found)

    @property
    def overflows(self) -> bool:
        """Whether there are more than are kept."""
        return len(self._found) > MOST_KEPT and any(d.more for d in self.ordered())


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


_MOST_ALIKE = 300
"""Among more words none is sought that is merely alike, since comparing takes its time."""
_ALIKE = 10
"""How much longer it takes to see whether two words are alike than to look at one."""
_MOST_NAMED = 4


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one known word that `word` was probably meant to be: another spelling, what it begins, a typing mistake."""
    found = _nearest(word, words)
    return found[0] if len(found) == 1 else None


def _nearest(word: str, words: Iterable[str]) -> tuple[str, ...]:
    known = to_compare(words, _ALIKE)
    if match := {folded(name): name for name in known}.get(folded(word)):
        return (match,)
    if len(known) > _MOST_ALIKE:
        return ()
    longer = begun(word, known)
    return longer if len(longer) == 1 else nearly(word[:LONGEST], tuple(known))


def likely(word: str, words: Iterable[str]) -> tuple[str, ...]:
    """The known words that `word` was probably meant to be: the nearest one, or at most four that hold it."""
    known = to_compare(words)
    if near := _nearest(word, known):
        return near[:_MOST_NAMED]
    holding = begun(word, known) or tuple(name for name in known if len(word) >= 4 and word.lower() in name)
    apart = tuple({folded(name): name for name in holding}.values())
    return apart if len(apart) <= _MOST_NAMED else ()


def suggestion(word: str, words: Iterable[str], limit: int = 12) -> str:
    """A help text: the words that were probably meant, or what there is to choose from."""
    known = to_compare(words)
    if found := likely(word, known):
        return f"write {' or '.join(found)}"
    if not known:
        return ""
    more = f" and {len(known) - limit} more" if len(known) > limit else ""
    return f"known here: {', '.join(known[:limit])}{more}"


def respelt(word: str, words: Iterable[str], span: Span | None) -> Edit | None:
    """The edit that puts the one word there that was probably meant by what stands at `span`."""
    found = likely(word, words)
    return Edit(span, found[0]) if span is not None and len(found) == 1 else None


def misspelt(
    code: str, message: str, word: str, words: Iterable[str], span: Span | None, *, otherwise: str = "", limit: int = 12
) -> Diagnostic:
    """A word, standing at `span`, that is none of those that are known; `otherwise` is said where none is like it."""
    known = to_compare(words)
    if not known:  # of thousands of mistakes nobody reads what the last ones meant
        return Diagnostic(code, message, span, help=otherwise)
    edit = respelt(word, known, span)
    help = "" if edit else suggestion(word, known, limit) or otherwise
    return Diagnostic(code, message, span, help=help, edit=edit)
