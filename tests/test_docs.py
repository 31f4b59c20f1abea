"""The documentation: made from the code, its examples true."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.checks.subject import Subject
from cnnspec.cli.reference import reference
from cnnspec.graph.facts import totals
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.diagnostics.text import as_text
from cnnspec.reports.page import Page
from cnnspec.reports.reference.pages import COMMAND
from tests.support.contributing import CHECK, LAYER, REPORT
from tests.support.places import ROOT

DOCS = ROOT / "docs"
TOUR = (DOCS / "language.md").read_text()
FENCES = re.findall(r"```(yaml|text)\n(.*?)```", TOUR, re.DOTALL)
EXAMPLES = [
    (text, FENCES[place + 1][1] if FENCES[place + 1 :] and FENCES[place + 1][0] == "text" else "")
    for place, (language, text) in enumerate(FENCES)
    if language == "yaml"
]
HEADER = {
    "cnnspec": "cnnspec: 1",
    "name": "name: example",
    "inputs": "inputs: {image: [32, 32, 3]}",
    "model": "model: [rescaling: 0.1, flatten, dense: {units: 10, activation: softmax}]",
}


def whole(text: str) -> str:
    """A spec around an example: entries become a model, sections get what they lack."""
    if text.startswith("- "):
        text = "model:\n  - rescaling: 0.1\n" + "".join(f"  {line}\n" for line in text.splitlines())
    missing = [line for key, line in HEADER.items() if not re.search(rf"^{key}:", text, re.MULTILINE)]
    return text if text.startswith("cnnspec:") else "\n".join([*missing, text])


def look(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Analysis:
    """What `cnnspec validate spec.yaml` finds."""
    monkeypatch.chdir(folder)
    (folder / "spec.yaml").write_text(text)
    return analyse("spec.yaml", every_variant=True)


@pytest.mark.parametrize("name", reference())
def test_the_reference_says_what_the_code_says(name: str) -> None:
    written = (DOCS / name).read_text() if (DOCS / name).is_file() else ""
    assert written == reference()[name], f"docs/{name} lags behind the code: run `{COMMAND}`"


PAGES = [
    "language.md",
    "guide.md",
    "problems.md",
    "transfer.md",
    "distributed.md",
    "architecture.md",
    "zoo.md",
    "diagrams.md",
    "notebooks.md",
    "python.md",
    "code.md",
    "diff.md",
    "tracking.md",
    "demo.md",
    "import.md",
    "darknet-and-caffe.md",
    "explain.md",
    "evaluate.md",
    "export.md",
    "sweeps.md",
    "reports.md",
    "look.md",
    "sharing.md",
]
"""Those that are written by hand."""


def test_no_page_is_left_over() -> None:
    assert {path.name for path in DOCS.glob("*.md")} == {*reference(), *PAGES}


@pytest.mark.parametrize(("text", "output"), EXAMPLES)
def test_an_example_of_the_tour_is_true(
    text: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fine, without a warning; or it gives the message that is shown after it."""
    found = look(whole(text), tmp_path, monkeypatch)
    shown = as_text(found.diagnostics, found.texts, Page(100)).plain
    assert shown.strip() == output.strip()


@pytest.mark.parametrize(
    "page",
    [
        *sorted(reference()),
        *PAGES,
        "../README.md",
        "../CONTRIBUTING.md",
    ],
)
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    text = (DOCS / page).read_text()
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        path = (DOCS / page).parent / target if target else DOCS / page
        assert path.exists(), f"{page} links to {target}"
        headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {slug(heading) for heading in headings}, f"{page} links to {target}#{anchor}"


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_new_layer_of_the_guide_works_after_changing_one_file(tmp_path: Path) -> None:
    """In a copy of the project, its examples and traits hold against Keras, and a spec may use it."""
    for part in ("cnnspec", "tests", "specs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    family = tmp_path / "cnnspec" / "layers" / "pad.py"
    family.write_text(family.read_text() + "\n\n" + LAYER + "\n")
    (tmp_path / "spec.yaml").write_text(
        whole("- center_crop: {height: 4, width: 4}\n- flatten\n- {dense: {units: 10, activation: softmax}}")
    )
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "center_crop"]
    for arguments, said in (
        ([*tests, "tests/layers/test_examples.py"], "2 passed"),
        ([*tests, "tests/layers/test_traits.py"], " passed"),
        (["-m", "cnnspec", "validate", "spec.yaml"], "fine"),
    ):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert said in done.stdout


def test_the_new_check_of_the_guide_finds_what_it_looks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = whole("- max_pool: {pool_size: 2, strides: 3}\n- flatten\n- {dense: {units: 10}}")
    spec, graph = look(text, tmp_path, monkeypatch).require()
    found = list(run(CHECK)["skips_input"](Subject(spec, graph)))
    assert [(diagnostic.code, diagnostic.span.line) for diagnostic in found] == [("skips-input", 6)]


@pytest.mark.parametrize("name", bundled_names())
def test_the_new_check_of_the_guide_warns_of_no_bundled_spec(name: str) -> None:
    assert list(run(CHECK)["skips_input"](Subject(*analyse(name).require()))) == []


def test_the_new_report_of_the_guide_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = whole("- {conv: {filters: 8, kernel_size: 3, repeat: 2}}\n- flatten\n- {dense: {units: 10}}")
    _, graph = look(text, tmp_path, monkeypatch).require()
    rows = run(REPORT)["kinds_sheet"](graph).table.rows
    assert [row[:2] for row in rows] == [("rescaling", "1"), ("conv", "2"), ("flatten", "1"), ("dense", "1")]
    assert sum(int(row[2].replace(",", "")) for row in rows) == totals(graph.nodes).params


def run(code: str) -> dict[str, Any]:
    """The names that a piece of the guide defines."""
    names: dict[str, Any] = {}
    exec(compile(code, "CONTRIBUTING.md", "exec"), names)
    return names
