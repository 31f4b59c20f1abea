"""A program, a notebook and the pages' examples that use cnnspec from Python: run, and looked at by type checkers."""

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from tests.support.language_server import EDITOR
from tests.support.places import ROOT

DOCS = ROOT / "docs"
PROGRAM, NOTEBOOK = DOCS / "program.py", DOCS / "notebook.ipynb"
EXAMPLES = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL)
PYRIGHT = EDITOR / "node_modules" / "pyright" / "index.js"
NODE = shutil.which("node")


def test_the_program_trains_on_arrays_and_on_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says what it is told to, and nothing else: none of it on standard error."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(PROGRAM.read_text(), str(PROGRAM), "exec"), names)
    names["main"]()
    said = capfd.readouterr()
    assert said.err == ""
    assert "digits-1: finished" in said.out and "flowers-1: finished" in said.out
    assert 'epochs is "many", expected a whole number' in said.out
    assert {path.name for path in tmp_path.iterdir()} == {"accuracy.svg", "flowers.yaml", "runs", "strokes.svg"}
    assert "<polyline" in (tmp_path / "accuracy.svg").read_text()


def test_mypy_finds_nothing_wrong_with_the_program() -> None:
    """As strictly as it looks at the package, of which it may remember what it saw; another checker knows nothing."""
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", str(PROGRAM.relative_to(ROOT))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not PYRIGHT.is_file(), reason="npm ci --prefix tests/support/editor was not run")
@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_pyright_finds_nothing_wrong_with_the_program(tmp_path: Path) -> None:
    """Strictly, too: every value of cnnspec has a type that it knows."""
    shutil.copy(PROGRAM, tmp_path)
    wanted = {"include": [PROGRAM.name], "extraPaths": [str(ROOT)], "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(wanted))
    done = subprocess.run(
        [str(NODE), str(PYRIGHT), "--pythonpath", sys.executable], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_of_the_page_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "python.md", "exec"), {"__name__": "example"})


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each cell of the notebook shows, by its code, run in a kernel from its first to its last."""
    notebook = nbformat.read(NOTEBOOK, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        folder = {"metadata": {"path": str(tmp_path_factory.mktemp("notebook"))}}
        nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    return {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def shown(executed: dict[str, list[Any]], code: str) -> list[Any]:
    """What the cell with some code shows."""
    (outputs,) = [outputs for source, outputs in executed.items() if code in source]
    return outputs


def test_the_notebook_runs_and_says_nothing_that_nobody_asked_for(executed: dict[str, list[Any]]) -> None:
    assert all(output.output_type != "stream" for outputs in executed.values() for output in outputs)


def test_a_network_is_shown_as_table_and_diagram(executed: dict[str, list[Any]]) -> None:
    (told,) = shown(executed, 'network = cnnspec.load("digits"')
    assert "conv1" in told.data["text/plain"] and {"<table", "<img"} <= set(re.findall(r"<\w+", told.data["text/html"]))


def test_a_training_shows_one_table_that_has_every_epoch_at_the_end(executed: dict[str, list[Any]]) -> None:
    course, metrics = shown(executed, "run = network.train(")
    assert course.output_type == "display_data"
    assert [f"{epoch}/4" in course.data["text/html"] for epoch in (1, 2, 3, 4)] == [True] * 4
    assert "test_accuracy" in metrics.data["text/plain"]


def test_curves_are_drawn_and_formulas_are_mathematics(executed: dict[str, list[Any]]) -> None:
    (drawn,) = shown(executed, 'run.curves("accuracy")')
    svg = base64.b64decode(re.findall(r"base64,([^\"]*)", drawn.data["text/html"])[0]).decode()
    assert svg.count("<polyline") == 2 and "val_accuracy" in svg
    (told,) = shown(executed, "network.explain(")
    assert "$" in told.data["text/markdown"]


def test_the_notebook_is_kept_without_what_it_shows() -> None:
    """Which has dates, and would be of another day."""
    held = nbformat.read(NOTEBOOK, 4)
    assert all(not cell.outputs and cell.execution_count is None for cell in held.cells if cell.cell_type == "code")
