"""Every bad spec reports exactly the mistakes that it is marked with, at their lines, and nothing else."""

import ast
import functools
import re
from collections import Counter
from pathlib import Path

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.source.codes import CODES
from tests.support.places import PACKAGE, TESTS

BAD = TESTS / "specs_bad"
SPECS = sorted(BAD.glob("*.yaml"))

MARK = re.compile(r"#\s*(error|warning):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")
"""Behind an offending line: what is reported there, as often as it is named."""
EXPECT = re.compile(r"^#\s*expect:\s*(error|warning)\s+([a-z0-9-]+)\s+at\s+(?:(\S+):)?(\d+)\s*$")
"""On a line of its own, or in NAME.yaml.expect: what is reported at a line (of another file, or of --set)."""
SET = re.compile(r"^#\s*--set\s+(.*)$")

Found = Counter[tuple[str, int, str, str]]


def expected(path: Path) -> Found:
    """What a spec says about itself: file, line, severity and code of each mistake."""
    found: Found = Counter()
    beside = path.with_suffix(".yaml.expect")
    text = path.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.split("\n"), 1):
        for severity, codes in MARK.findall(line):
            found.update((path.name, number, severity, code.strip()) for code in codes.split(","))
    for line in (*text.split("\n"), *(beside.read_text().split("\n") if beside.exists() else ())):
        if match := EXPECT.match(line):
            severity, code, file, number = match.groups()
            found[file or path.name, int(number), severity, code] += 1
    return found


@functools.cache
def analysed(path: Path) -> Analysis:
    text = path.read_bytes().decode("utf-8", "replace")
    settings = [match[1] for line in text.split("\n") if (match := SET.match(line))]
    return analyse(str(path), settings, every_variant=True)


def reported(analysis: Analysis) -> Found:
    found: Found = Counter()
    for diagnostic in analysis.diagnostics:
        assert diagnostic.span is not None, diagnostic
        file = str(Path(diagnostic.span.file))
        shown = file.removeprefix(f"{BAD}/")
        found[shown, diagnostic.span.line, diagnostic.severity, diagnostic.code] += 1
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_bad_spec_reports_its_marked_mistakes_and_no_others(path: Path) -> None:
    analysis, marked = analysed(path), expected(path)
    assert marked, "a bad spec says what is wrong with it"
    assert reported(analysis) == marked, "\n".join(f"{d.span} {d.code}: {d.message}" for d in analysis.diagnostics)
    assert (analysis.graph is None) == any(severity == "error" for _, _, severity, _ in marked)


@functools.cache
def said_in(path: Path) -> tuple[set[str], set[str]]:
    """Every text that stands in a file's code, and those that are given to what reports a mistake."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    named = [(getattr(call.func, "attr", getattr(call.func, "id", "")), call.args) for call in calls]
    given = [part for name, args in named if name in REPORTERS for part in args if isinstance(part, ast.Constant)]
    return texts, {part.value for part in given if isinstance(part.value, str)}


def constants(*rooms: str) -> set[str]:
    """Every text that stands in the code of these rooms, but for the list of codes itself."""
    found = [path for room in rooms for path in (*PACKAGE.glob(f"{room}.py"), *(PACKAGE / room).rglob("*.py"))]
    files = [path for path in found if path.name != "codes.py"]
    return {text for path in files for text in said_in(path)[0]}


def test_every_code_that_validate_has_stands_in_a_bad_spec() -> None:
    checked = constants("source", "language", "graph", "checks", "analysis") & CODES.keys()
    marked = {code for path in SPECS for _, _, _, code in expected(path)}
    by_the_files_around = {"file-too-large", "unreadable-file"}  # in cli/test_boundary
    by_sharing = {"bad-cluster"}  # in backend/parallel/test_layout: validate never asks
    assert checked - marked == by_the_files_around | by_sharing


def test_every_code_is_used() -> None:
    assert not CODES.keys() - constants(".")


REPORTERS = {"Diagnostic", "warning", "error", "_error", "rejected", "RunFailed", "read_exactly"}
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+\Z")


def test_every_code_that_is_reported_is_known() -> None:
    texts = {text for path in PACKAGE.rglob("*.py") for text in said_in(path)[1]}
    assert not {text for text in texts if CODE.match(text)} - CODES.keys()


def test_eleven_mistakes_give_eleven_messages() -> None:
    assert len(analysed(BAD / "eleven-mistakes.yaml").diagnostics) == 11


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_mistake_has_a_place_inside_its_file_a_known_code_and_whole_sentences(path: Path) -> None:
    analysis = analysed(path)
    for diagnostic in analysis.diagnostics:
        assert diagnostic.code in CODES and diagnostic.message.strip()
        for span in (diagnostic.span, *(note.span for note in diagnostic.notes if note.span)):
            assert span is not None
            text = analysis.texts.get(span.file) or Path(span.file).read_bytes().decode("utf-8", "replace")
            lines = text.split("\n")
            assert 1 <= span.line <= len(lines) and 1 <= span.column <= len(lines[span.line - 1]) + 1
            assert span.width >= 1
