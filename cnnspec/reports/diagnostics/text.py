"""Diagnostics for people: the line, a caret under the place, the reason, notes with their places, and help."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.text import Text

from cnnspec.reports.diagnostics.excerpt import excerpt
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.numbers import plural
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown
from cnnspec.source.diagnostic import Diagnostic, Note
from cnnspec.source.span import Span
from cnnspec.source.text import lines_of

Lines = Mapping[str, Sequence[str]]
"""The lines of every file, by the name that spans give it."""

_COLOURS = {"error": "bold red", "warning": "bold yellow"}
_QUIET = "bold blue"
_LONGEST_CHAIN = 4
"""Notes with a place beyond so many are counted and not shown."""


def as_text(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], page: Page) -> Text:
    """All diagnostics, a blank line between them, with excerpts from the files' texts.

    A chain of notes that was shown before is told in one line.
    """
    text, chains = Text(), set[tuple[Note, ...]]()
    lines = {file: lines_of(content) for file, content in texts.items()} if diagnostics else {}
    for number, diagnostic in enumerate(diagnostics):
        chain = _placed(diagnostic)
        text.append("\n\n" if number else "")
        text.append_text(Text("\n").join(_Shown(diagnostic, lines, page).lines(chain in chains)))
        chains.add(chain)
    return text


def in_brief(diagnostics: Sequence[Diagnostic], page: Page) -> Text:
    """Diagnostics that were told before, each with its place and no more."""
    shown_ones = (_Shown(_brief(diagnostic), {}, page) for diagnostic in diagnostics)
    return Text("\n").join(line for each in shown_ones for line in each.lines(False))


def _brief(diagnostic: Diagnostic) -> Diagnostic:
    where = f" ({diagnostic.span})" if diagnostic.span else ""
    return replace(diagnostic, message=diagnostic.message + where, span=None, notes=(), help="", edit=None)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """`3 errors, 1 warning in 2 files`; empty without diagnostics."""
    if not diagnostics:
        return ""
    counted = [(diagnostic.severity, diagnostic.more or 1) for diagnostic in diagnostics]
    counts = [(sum(count for severity, count in counted if severity == word), word) for word in ("error", "warning")]
    files = {diagnostic.span.file for diagnostic in diagnostics if diagnostic.span}
    where = f" in {plural(len(files), 'file')}" if files else ""
    return ", ".join(plural(number, word) for number, word in counts if number) + where


def _placed(diagnostic: Diagnostic) -> tuple[Note, ...]:
    return tuple(note for note in diagnostic.notes if note.span)


class _Shown:
    """One diagnostic on a page."""

    def __init__(self, diagnostic: Diagnostic, sources: Lines, page: Page) -> None:
        self.diagnostic, self.sources, self.page = diagnostic, sources, page
        self.colour = _COLOURS[diagnostic.severity]
        spans = [span for span in (diagnostic.span, *(note.span for note in diagnostic.notes)) if span]
        self.gutter = max((len(str(span.line)) for span in spans), default=1)

    def lines(self, chain_known: bool) -> Iterator[Text]:
        """Heading, excerpt, notes, help."""
        about = self.diagnostic
        yield from self._heading()
        if about.span:
            yield from self._excerpt(about.span, about.label)
        for note in about.notes:
            if not note.span:
                yield from self._remark("note", note.text)
        yield from self._known_chain() if chain_known else self._chain()
        if about.help:
            yield from self._remark("help", about.help, "bold green")

    def _heading(self) -> Iterator[Text]:
        kind = f"{self.diagnostic.severity}[{shown(self.diagnostic.code)}]"
        first, *rest = self._wrapped(f"{kind}: {shown(self.diagnostic.message)}", 0)
        heading = Text(first, style="bold")
        heading.stylize(self.colour, 0, len(kind))
        yield heading
        yield from (Text(line, style="bold") for line in rest)

    def _chain(self) -> Iterator[Text]:
        """Notes with their places; of a long chain its beginning and its end."""
        notes = _placed(self.diagnostic)
        left_out = max(0, len(notes) - _LONGEST_CHAIN)
        for number, note in enumerate(notes):
            if number == _LONGEST_CHAIN - 1 and left_out:
                yield from self._remark("note", f"and {plural(left_out, 'more place')} between")
            if not _LONGEST_CHAIN - 1 <= number < _LONGEST_CHAIN - 1 + left_out:
                assert note.span
                yield from self._remark("note", f"{note.text} ({note.span})")
                yield from self._source(note.span, "", "-", _QUIET)

    def _known_chain(self) -> Iterator[Text]:
        """A chain that stands in full above."""
        notes = _placed(self.diagnostic)
        if notes:
            rest = f" and {plural(len(notes) - 1, 'more place')}" if len(notes) > 1 else ""
            yield from self._remark("note", f"{notes[0].text} ({notes[0].span}){rest}, as above")

    def _excerpt(self, span: Span, label: str) -> Iterator[Text]:
        """Where it is, and what stands there."""
        yield Text.assemble((" " * self.gutter + "--> ", _QUIET), self.page.text(shown(str(span))))
        lines = list(self._source(span, label, "^", self.colour))
        yield from [Text(self._bar(), style=_QUIET), *lines] if lines else []

    def _bar(self) -> str:
        return " " * (self.gutter + 1) + "|"

    def _source(self, span: Span, label: str, mark: str, style: str) -> Iterator[Text]:
        """The line with a mark under the place and the label beside the mark."""
        lines, bar = self.sources.get(span.file, ()), self._bar()
        if not 0 < span.line <= len(lines):
            return
        room = self.page.width - len(bar) - 1
        part = excerpt(lines[span.line - 1], span.column, span.width, room)
        yield Text.assemble((f"{span.line:>{self.gutter}} | ", _QUIET), self.page.text(part.line))
        for line in _labelled(" " * part.start + mark * part.width, part.start, self.page.text(shown(label)), room):
            yield Text.assemble((f"{bar} ", _QUIET), (line, style))

    def _remark(self, kind: str, text: str, style: str = "bold") -> Iterator[Text]:
        start = " " * (self.gutter + 1) + "= "
        lines = self._wrapped(shown(text), len(start) + len(kind) + 2)
        yield Text.assemble((start, _QUIET), (kind, style), f": {lines[0]}")
        yield from (Text(" " * (len(start) + len(kind) + 2) + line) for line in lines[1:])

    def _wrapped(self, text: str, indent: int) -> list[str]:
        """Lines that fit a terminal; elsewhere one line, for those who search through it."""
        line = self.page.text(text)
        return wrap(line, max(20, self.page.width - indent)) if self.page.terminal else [line]


def _labelled(marks: str, start: int, label: str, room: int) -> list[str]:
    """The marks with the label beside them, or on lines of its own under them where it does not fit."""
    if not label or len(marks) + 1 + cell_len(label) <= room:
        return [f"{marks} {label}".rstrip()]
    indent = max(0, min(start, room - cell_len(label)))
    return [marks, *(" " * indent + line for line in wrap(label, room - indent))]
