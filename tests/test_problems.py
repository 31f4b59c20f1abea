"""The page of problems is true: each of its specs is fine, trains on such data, and predicts what its row says."""

import re
from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.backend.train import train
from cnnspec.graph.heads import learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.bundled import bundled_names
from cnnspec.language.spec import Spec
from cnnspec.results.prediction import Told
from cnnspec.runs.folder import open_run
from tests.support.often import one_in
from tests.support.places import ROOT
from tests.support.predictions import predicted
from tests.support.problem_data import put_data

PAGE = (ROOT / "docs" / "problems.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n.*?```yaml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
ROWS = [[cell.strip() for cell in line.strip("| ").split("|")] for line in re.findall(r"^\| \[.*", PAGE, re.MULTILINE)]
BY_TITLE = {re.sub(r"^.*\(#(.*?)\).*$", r"\1", row[0]): row for row in ROWS}
SAYS = {
    "classes and their probabilities": ("class", False),
    "labels and their probabilities, ✓ where one holds": ("labels", False),
    "the number": ("values", False),
    "the numbers": ("values", True),
    "a class for each place": ("class", True),
}
"""By what `predict` prints: the form of the output, and whether several values come of it."""
SPECIAL = ["Several labels at once", "A class for each place", "Two inputs", "Two outputs", "Text"]
"""Those whose outputs, inputs or data no other has; what else there is comes with every third."""


def slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def test_every_row_has_a_section_and_every_section_a_row() -> None:
    assert [slug(title) for title in SECTIONS] == list(BY_TITLE)


def test_the_specs_to_start_from_are_bundled() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([\w-]+)`", row[5])}
    assert named <= set(bundled_names())
    assert {"regression", "multilabel", "two-inputs", "digits", "signal", "reviews", "photos"} <= named


@pytest.mark.parametrize("title", SECTIONS)
def test_a_problem_is_fine_and_ends_as_its_row_says(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, last, loss, metrics, _, _ = BY_TITLE[slug(title)]
    _, graph = written(title, tmp_path, monkeypatch)
    head = learnt_heads(graph)[0]
    for cell in (loss, metrics):
        assert all(word in SECTIONS[title] for word in re.findall(r"`([^`]+)`", cell))
    if last.startswith("`"):
        assert (head.activation if head.activation != "linear" else "") in last
        assert ("softmax" in last, "sigmoid" in last) == (head.of_shares, head.activation == "sigmoid")


@pytest.mark.parametrize("title", one_in(3, list(SECTIONS), always=SPECIAL))
def test_a_problem_is_trained_and_predicted_as_its_row_says(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = BY_TITLE[slug(title)][4]
    spec, graph = written(title, tmp_path, monkeypatch)
    given = put_data(tmp_path, spec, graph)
    run = open_run(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    told = predicted(run, given)[0].outputs
    assert len(told) == len(learnt_heads(graph))
    assert prints not in SAYS or SAYS[prints] == said(told[0])


def written(title: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Spec, Graph]:
    """A section's spec in the folder of the test, once it is clear that nothing is wrong with it."""
    (folder / "problem.yaml").write_text(SECTIONS[title])
    monkeypatch.chdir(folder)
    found = analyse("problem.yaml", ["training.epochs=1"])
    assert found.diagnostics == ()
    return found.require()


def said(told: Told) -> tuple[str, bool]:
    return told.form, isinstance(told.values, list) and len(told.values) > 1
