"""Diagnostics as JSON for scripts."""

from collections.abc import Sequence

from cnnspec.reports.safe import json_text
from cnnspec.source.diagnostic import Diagnostic, Edit, Note
from cnnspec.source.span import Span

Json = dict[str, object]


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """`{"diagnostics": [...]}`; file, line and column are null where there is no place."""
    return json_text({"diagnostics": [diagnostic_facts(each) for each in diagnostics]})


def diagnostic_facts(diagnostic: Diagnostic) -> Json:
    """One of them."""
    return {
        **_place(diagnostic.span),
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "label": diagnostic.label,
        "help": diagnostic.help,
        "edit": _edit(diagnostic.edit),
        "notes": [_note(note) for note in diagnostic.notes],
    }


def _edit(edit: Edit | None) -> Json | None:
    """What to write in place of what stands from a column up to another; null where the help is no such thing."""
    return None if edit is None else {**_place(edit.span), "text": edit.text}


def _note(note: Note) -> Json:
    return {"message": note.text, **_place(note.span)}


def _place(span: Span | None) -> Json:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_column"))
    return {"file": span.file, "line": span.line, "column": span.column, "end_column": span.column + span.width}
