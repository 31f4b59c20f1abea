"""Diagnostics in four formats: the same values, the place in sight, and nothing that steers."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.diagnostics.as_json import as_json
from cnnspec.reports.diagnostics.excerpt import excerpt
from cnnspec.reports.diagnostics.github import as_github
from cnnspec.reports.diagnostics.sarif import as_sarif
from cnnspec.reports.diagnostics.text import as_text, tally
from cnnspec.reports.page import Page
from cnnspec.source.diagnostic import Diagnostic, Note, warning
from cnnspec.source.span import Span
from tests.support.golden_files import assert_golden

FILE = "specs/mine.yaml"
TEXT = "cnnspec: 1\nmodel:\n  conv5:\n    - conv: {filters: 512, kernel_size: 7}\n    - 日本語: {rate: \x1b[31m2}\n"
CHAIN = tuple(Note("used here", Span(FILE, line, 1, 7)) for line in (1, 2))


def at(line: int, column: int, width: int = 1) -> Span:
    return Span(FILE, line, column, width)


MISFIT = Diagnostic(
    "shape-mismatch",
    "conv reads (3, 3, 512) but its 7x7 window does not fit",
    at(4, 28, 14),
    label="window (7, 7) on height 3, width 3",
    help="use padding: same, a smaller kernel, or drop a stride",
    notes=(Note("five stages before it halve the input: 224 -> 112 -> 56 -> 28 -> 14 -> 7 -> 3"),),
)
WIDE = Diagnostic("bad-value", "rate is \x1b[31m2, expected a number", at(5, 19, 5), label="no number", notes=CHAIN)
DOUBT = warning("unused-block", "nothing uses this, [red]really[/red]", at(2, 1, 5), notes=CHAIN)
PLACELESS = Diagnostic("file-not-found", "there is no file a%b:c,d.yaml\nor so")
ALL = (MISFIT, WIDE, DOUBT, PLACELESS)


def text_of(*diagnostics: Diagnostic, width: int = 100, terminal: bool = True) -> str:
    return as_text(diagnostics, {FILE: TEXT}, Page(width, terminal)).plain


def test_a_diagnostic_shows_the_line_a_caret_the_reason_and_help() -> None:
    assert text_of(MISFIT) == "\n".join(
        [
            "error[shape-mismatch]: conv reads (3, 3, 512) but its 7x7 window does not fit",
            " --> specs/mine.yaml:4:28",
            "  |",
            "4 |     - conv: {filters: 512, kernel_size: 7}",
            "  |                            ^^^^^^^^^^^^^^ window (7, 7) on height 3, width 3",
            "  = note: five stages before it halve the input: 224 -> 112 -> 56 -> 28 -> 14 -> 7 -> 3",
            "  = help: use padding: same, a smaller kernel, or drop a stride",
        ]
    )


def test_all_forms_of_text_are_the_ones_kept() -> None:
    assert_golden("diagnostics.txt", text_of(*ALL, width=60))


def test_the_caret_stands_under_its_place_behind_wide_and_hidden_characters() -> None:
    lines = text_of(WIDE).splitlines()
    place = lines[3].index("␛[31m")
    assert cell_len(lines[3][:place]) == lines[4].index("^") and lines[4].count("^") == 5


def test_a_chain_of_notes_seen_before_takes_one_line() -> None:
    lines = text_of(WIDE, DOUBT).splitlines()
    assert lines[-1] == "  = note: used here (specs/mine.yaml:1:1) and 1 more place, as above"
    assert sum("used here" in line for line in lines) == 3


def test_of_a_long_chain_the_ends_are_shown() -> None:
    notes = tuple(Note(f"used by {number}", at(number % 5 + 1, 1)) for number in range(9))
    text = text_of(Diagnostic("bad-value", "wrong", at(5, 1), notes=notes))
    assert [f"used by {number}" in text for number in range(9)] == [True] * 3 + [False] * 5 + [True]
    assert "and 5 more places between" in text


def test_markup_is_shown_and_not_obeyed() -> None:
    assert "[red]really[/red]" in text_of(DOUBT)


@pytest.mark.parametrize(
    ("diagnostics", "said"),
    [
        ((), ""),
        ((MISFIT,), "1 error in 1 file"),
        (ALL, "3 errors, 1 warning in 1 file"),
        ((PLACELESS,), "1 error"),
        ((MISFIT, Diagnostic("x", "y", Span("other.yaml", 1, 1))), "2 errors in 2 files"),
    ],
)
def test_the_tally_counts_errors_warnings_and_files(diagnostics: tuple[Diagnostic, ...], said: str) -> None:
    assert tally(diagnostics) == said


characters = st.text(st.sampled_from("ab \t日\x1b\u202eé…"), max_size=400)


@given(characters, st.integers(1, 450), st.integers(1, 60), st.integers(20, 120))
def test_an_excerpt_fits_and_keeps_its_place_in_sight(line: str, column: int, width: int, room: int) -> None:
    part = excerpt(line, column, width, room)
    assert part.line.isprintable() and cell_len(part.line) <= room
    assert 0 <= part.start < room and part.width >= 1
    assert part.start + part.width <= max(room, part.start + 1)


@given(characters, characters)
def test_the_caret_is_under_the_character_at_the_place(before: str, after: str) -> None:
    part = excerpt(f"{before}@{after}", len(before) + 1, 1, 60)
    assert cell_len(part.line.partition("@")[0]) == part.start and part.width == 1


hostile = st.text(max_size=30) | st.sampled_from(["\x1b[2J", "::error::x", "%0A", "\u202e", "a\r\nb", "[red]", "\x9b"])
spans = st.none() | st.builds(Span, hostile, st.integers(1, 9), st.integers(1, 99), st.integers(1, 40))
notes = st.lists(st.builds(Note, hostile, spans), max_size=6).map(tuple)
anything = st.builds(
    Diagnostic, hostile, hostile, spans, st.sampled_from(["error", "warning"]), label=hostile, help=hostile, notes=notes
)


@given(st.lists(anything, max_size=4), hostile, st.integers(40, 120), st.booleans(), st.booleans())
def test_no_text_reaches_any_format_as_a_control_character(
    diagnostics: list[Diagnostic], content: str, width: int, terminal: bool, ascii: bool
) -> None:
    texts = {each.span.file: content for each in diagnostics if each.span}
    text = as_text(diagnostics, texts, Page(width, terminal, ascii)).plain
    assert all(line.isprintable() for line in text.split("\n"))
    assert not ascii or text.isascii()
    github = as_github(diagnostics)
    assert len(github.split("\n")) == max(1, len(diagnostics)) and github.replace("\n", "").isprintable()
    for written in (as_json(diagnostics), as_sarif(diagnostics)):
        assert json.loads(written) and written.replace("\n", "").isprintable()


def test_json_has_the_promised_keys() -> None:
    found = json.loads(as_json(ALL))["diagnostics"]
    assert len(found) == 4
    promised = {key: found[0][key] for key in ("file", "line", "column", "severity", "code", "message", "help")}
    assert promised == {
        "file": FILE, "line": 4, "column": 28, "severity": "error", "code": "shape-mismatch",
        "message": MISFIT.message, "help": MISFIT.help,
    }  # fmt: skip
    assert found[1]["message"] == WIDE.message and found[1]["notes"][0]["line"] == 1
    assert found[3]["file"] is None and found[3]["line"] is None


def test_a_github_command_escapes_what_would_end_it() -> None:
    assert as_github([PLACELESS]) == "::error title=file-not-found::there is no file a%25b:c,d.yaml\\nor so"
    assert as_github([Diagnostic("x", "y", Span("a:b,c%.yaml", 2, 3, 4))]) == (
        "::error file=a%3Ab%2Cc%25.yaml,line=2,col=3,endColumn=7,title=x::y"
    )


def test_github_shows_label_notes_and_help_on_lines_of_their_own() -> None:
    message = as_github([MISFIT]).partition("::conv reads")[2].split("%0A")
    assert message[1] == MISFIT.label and message[2].startswith("note: five") and message[3] == f"help: {MISFIT.help}"


POSITIVE = {"type": "integer", "minimum": 1}
TEXTUAL = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION = {
    "type": "object",
    "properties": {
        "message": TEXTUAL,
        "physicalLocation": {
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {"required": ["uri"], "properties": {"uri": {"pattern": r"^[^\s<>:]+(:///.*)?$"}}},
                "region": {
                    "required": ["startLine", "startColumn", "endColumn"],
                    "properties": {"startLine": POSITIVE, "startColumn": POSITIVE, "endColumn": POSITIVE},
                },
            },
        },
    },
}
RULE = {"type": "object", "required": ["id"], "properties": {"shortDescription": TEXTUAL}}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
    "properties": {
        "message": TEXTUAL,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": {"type": "array", "items": LOCATION},
        "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
    },
}
DRIVER = {"required": ["name"], "properties": {"rules": {"type": "array", "items": RULE, "uniqueItems": True}}}
RUN = {
    "required": ["tool"],
    "properties": {
        "tool": {"required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF = {
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}},
}
"""What SARIF 2.1.0 asks of the parts that are written here (OASIS standard, sections 3.13 to 3.30)."""


@pytest.mark.parametrize("diagnostics", [(), ALL, (WIDE, WIDE), (Diagnostic("x", "y", Span("<a b>:c.yaml", 1, 1)),)])
def test_sarif_is_what_the_standard_asks_for(diagnostics: tuple[Diagnostic, ...]) -> None:
    log = json.loads(as_sarif(diagnostics, {"bad-value": "A value of the wrong kind."}))
    jsonschema.Draft7Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [each.code for each in diagnostics]


def test_sarif_says_what_a_code_stands_for() -> None:
    log = json.loads(as_sarif([WIDE], {"bad-value": "A value of the wrong kind."}))
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "A value of the wrong kind."
