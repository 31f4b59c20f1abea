"""`cnnspec report` as it is typed: what it says, writes and refuses."""

import json
import sys
from pathlib import Path

import pytest

import cnnspec
from cnnspec.backend.train import train
from tests.support.program import run_here
from tests.support.small_runs import BRIEF, SMALLEST, small_spec


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and its data."""
    folder = tmp_path_factory.mktemp("place")
    train(*small_spec(folder, BRIEF, SMALLEST), runs_dir=folder / "runs")
    return folder


def typed(*words: str) -> tuple[int, str]:
    """The exit code of a command, and all that it said on one line."""
    done = run_here("report", *words, folder=Path.cwd())
    return done.returncode, " ".join((done.stdout + done.stderr).decode().split())


def test_a_page_is_written_once_and_replaced_where_that_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python it is the same page."""
    monkeypatch.chdir(place)
    code, said = typed("small-1", "-o", "new.html")
    assert code == 0 and said.startswith("new.html: small-1, ") and said.endswith("kB")
    assert typed("small-1", "-o", "new.html") == (
        2,
        "error[usage]: new.html is there already = help: give another name, or --force to replace it 1 error",
    )
    run = cnnspec.open_run("small-1")
    with pytest.raises(cnnspec.Rejected, match=r"new.html is there already"):
        run.report("new.html")
    assert run.report("same.html").read_text() == Path("new.html").read_text()
    for words, told in (
        (("small-1", "-o", "page.htm"), "write -o page.html"),
        (("small-1", "-o", "no/page.html"), "there is no folder no"),
        (("small-1",), "--output"),
    ):
        code, said = typed(*words)
        assert code == 2 and told in said, said
    code, said = typed("small-1", str(place / "runs" / "small-1"), "-o", "page.html")
    assert code == 2 and "small-1 is named twice" in said and not Path("page.html").exists()
    with pytest.raises(cnnspec.Rejected, match="is named twice"):
        cnnspec.report([run, run], "page.html")
    code, said = typed("small-7", "-o", "page.html")
    assert code == 1 and "runs/small-1" in said and not Path("page.html").exists()


def test_what_a_page_lacks_is_warned_of_and_the_page_is_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (place / "empty").mkdir()
    code, said = typed("small-1", "-o", "less.html", "--data-root", "empty")
    assert code == 0 and said.count("warning[not-in-report]") == 2 and "empty/train.npz" in said
    assert "the page lacks its data" in said and "the page lacks its scores" in said and Path("less.html").is_file()


def test_a_split_that_is_not_there_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a test split the validation split is scored."""
    monkeypatch.chdir(place)
    spec = Path("runs/small-1/spec.yaml").read_text()
    copy = place / "runs" / "small-2"
    copy.mkdir()
    for path in (place / "runs" / "small-1").iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "spec.yaml").write_text(spec.replace(", test: test.npz", "").replace("  test: test.npz\n", ""))
    marks = json.loads((copy / "data.json").read_text())
    (copy / "data.json").write_text(json.dumps({name: mark for name, mark in marks.items() if name != "test.npz"}))
    code, _ = typed("small-2", "-o", "validated.html")
    assert code == 0 and "validation split, 20 examples" in Path("validated.html").read_text()
    code, said = typed("small-2", "-o", "tested.html", "--split", "test")
    assert code == 0 and "has no test split" in said and "the rest" not in said


def test_what_is_to_be_installed_is_said_before_any_work(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    code, said = typed("small-1", "-o", "none.html")
    assert code == 2 and "pip install 'cnnspec[report]'" in said and not Path("none.html").exists()
    with pytest.raises(ImportError, match=r"pip install 'cnnspec\[report\]'"):
        cnnspec.report("small-1", "none.html")
