"""Diagnostics as workflow commands: GitHub shows each beside its line in a pull request."""

from collections.abc import Sequence

from cnnspec.reports.safe import shown
from cnnspec.source.diagnostic import Diagnostic

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """One command a line: `::error file=a.yaml,line=1,col=2,title=code::message`."""
    return "\n".join(_command(diagnostic) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {**_place(diagnostic), "title": diagnostic.code}
    written = ",".join(f"{name}={shown(str(value)).translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{diagnostic.severity} {written}::{_message(diagnostic).translate(_DATA)}"


def _place(diagnostic: Diagnostic) -> dict[str, object]:
    span = diagnostic.span
    if span is None:
        return {}
    return {"file": span.file, "line": span.line, "col": span.column, "endColumn": span.column + span.width}


def _message(diagnostic: Diagnostic) -> str:
    """The message, and on lines of their own the label, the notes with their places, and the help."""
    notes = [f"note: {note.text}" + (f" ({note.span})" if note.span else "") for note in diagnostic.notes]
    help_line = f"help: {diagnostic.help}" if diagnostic.help else ""
    return "\n".join(shown(line) for line in (diagnostic.message, diagnostic.label, *notes, help_line) if line)
