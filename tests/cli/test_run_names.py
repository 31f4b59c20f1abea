"""A run, or a spec, in the other's place: which run was meant is told, and what to type."""

from pathlib import Path

import pytest

from cnnspec.cli.app import carried_out

SPEC = """cnnspec: 1
name: NAME
inputs: {x: [4]}
model: [dense: {units: 3, activation: softmax}]
data: {source: synthetic}
training: {loss: auto}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs of two specs are, of the names of mine.yaml and other.yaml; no spec is called as its file is."""
    monkeypatch.chdir(tmp_path)
    for file, name in (("mine", "small"), ("other", "texts"), ("new", "fresh")):
        (tmp_path / f"{file}.yaml").write_text(SPEC.replace("NAME", name))
    for run in ("runs/small-1", "runs/small-2", "runs/small-10", "runs/texts-1", "other/far-1"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "spec.yaml").write_text(SPEC.replace("NAME", run.split("/")[1].split("-")[0]))
    return tmp_path


TYPED = {
    "train small-1": (2, "small-1 is a run, and no spec", "write cnnspec train --resume small-1"),
    "train runs/small-1": (2, "is a run, and no spec", "write cnnspec train --resume runs/small-1"),
    "train small-1 --runs elsewhere": (2, "is a run, and no spec", "write runs/small-1/spec.yaml"),
    "train far-1 --runs other": (2, "far-1 is a run", "write cnnspec train --resume far-1 --runs other"),
    "train --runs other --resume": (2, "--resume needs a value", "write cnnspec train --resume far-1 --runs other"),
    "summary small-1": (2, "small-1 is a run, and no spec", "write runs/small-1/spec.yaml"),
    "summary small-7": (1, "no bundled spec small-7", "known here"),
    "train mine.yaml --resume": (2, "--resume needs a value", "write cnnspec train --resume small-10"),
    "train other.yaml --resume": (2, "--resume needs a value", "write cnnspec train --resume texts-1"),
    "train new.yaml --resume": (2, "--resume needs a value", "no run to go on with: write cnnspec train new.yaml"),
    "train mine.yaml --runs runs --resume": (2, "--resume needs a value", "write cnnspec train --resume small-10"),
    "train --resume small-1 --set training.epochs 5": (2, "has no value", "write --set training.epochs=5"),
    "train --set training.epochs 5": (2, "5 is no spec", "write --set training.epochs=5"),
    "train --resume mine.yaml": (1, "no run mine.yaml", "write runs/small-10 or runs/small-2 or runs/small-1"),
    "evaluate mine.yaml": (1, "no run mine.yaml", "write runs/small-10 or runs/small-2 or runs/small-1"),
    "evaluate small": (1, "no run small", "write runs/small-10 or runs/small-2 or runs/small-1"),
    "evaluate other.yaml": (1, "no run other.yaml", "write runs/texts-1"),
    "evaluate new.yaml": (1, "no run new.yaml", "no run yet: write cnnspec train new.yaml"),
    "evaluate small-3": (1, "no run small-3", "known here: runs/small-1"),
    "runs small-1": (2, "runs has no command small-1", "write cnnspec runs show small-1"),
    "runs runs/small-1": (2, "runs has no command", "write cnnspec runs show small-1"),
    "runs small": (2, "runs has no command small", "write cnnspec runs show small-10"),
    "runs mine.yaml": (2, "runs has no command", "write cnnspec runs show small-10"),
    "runs lsit": (2, "runs has no command lsit", "write list"),
    "small-1": (2, "cnnspec has no command small-1", "write cnnspec runs show small-1"),
}


@pytest.mark.parametrize("typed", TYPED)
def test_the_run_that_was_meant_is_told(typed: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, *words = TYPED[typed]
    try:
        ended = carried_out(typed.split())
    except SystemExit as end:
        ended = int(str(end.code))
    said = " ".join(capfd.readouterr().err.replace("=", " ").split()).replace(" help:", "")
    assert ended == code, said
    for word in words:
        assert word.replace("=", " ") in said
