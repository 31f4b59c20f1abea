"""Every bad spec reports exactly the mistakes that it is marked with, at their lines, and nothing else."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from cnnspec.checks.analysis import Analysis, analyse
from cnnspec.source.codes import CODES

TESTS = Path(__file__).parent
BAD = TESTS / "specs_bad"
PACKAGE = TESTS.parent / "cnnspec"
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
