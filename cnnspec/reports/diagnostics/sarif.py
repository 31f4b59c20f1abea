"""Diagnostics as SARIF 2.1.0, the format of code scanning services."""

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import quote

from cnnspec import __version__
from cnnspec.reports.safe import json_text, shown
from cnnspec.source.diagnostic import Diagnostic, Edit
from cnnspec.source.span import Span

Json = dict[str, object]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(diagnostics: Sequence[Diagnostic], meanings: Mapping[str, str] | None = None) -> str:
    """A log of one run; `meanings` says what a code stands for."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    rules = [_rule(code, (meanings or {}).get(code, "")) for code in codes]
    run = {
        "tool": {"driver": {"name": "cnnspec", "semanticVersion": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, meaning: str) -> Json:
    return {"id": code, "shortDescription": {"text": meaning or code.replace("-", " ")}}


def _result(diagnostic: Diagnostic, rule: int) -> Json:
    related = [_location(note.span, note.text) for note in dict.fromkeys(diagnostic.notes) if note.span]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": {"text": _message(diagnostic)},
        "locations": [_location(diagnostic.span)] if diagnostic.span else [],
        **({"relatedLocations": related} if related else {}),
        **({"fixes": [_fix(diagnostic.edit)]} if diagnostic.edit else {}),
    }


def _fix(edit: Edit) -> Json:
    """What to write instead, for services that offer it."""
    place = _location(edit.span)["physicalLocation"]
    assert isinstance(place, dict)
    replaced = {"deletedRegion": place["region"], "insertedContent": {"text": edit.text}}
    change = {"artifactLocation": place["artifactLocation"], "replacements": [replaced]}
    return {"description": {"text": shown(str(edit))}, "artifactChanges": [change]}


def _message(diagnostic: Diagnostic) -> str:
    notes = [f"note: {note.text}" for note in diagnostic.notes if not note.span]
    help_line = f"help: {diagnostic.help}" if diagnostic.help else ""
    return "\n".join(shown(line) for line in (diagnostic.message, diagnostic.label, *notes, help_line) if line)


def _location(span: Span, text: str = "") -> Json:
    region = {"startLine": span.line, "startColumn": span.column, "endColumn": span.column + span.width}
    physical = {"artifactLocation": {"uri": _uri(span.file)}, "region": region}
    return {"physicalLocation": physical, **({"message": {"text": shown(text)}} if text else {})}


def _uri(file: str) -> str:
    """A file's name as a URI reference, whatever bytes it is made of."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
