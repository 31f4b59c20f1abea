"""Runs that an older cnnspec wrote, kept in tests/support/runs_before: they go on, and are read, as if of today."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.program import FINE, WRONG, refused, run_here

BEFORE = Path(__file__).parents[1] / "support" / "runs_before"
FINISHED_LOSS, INTERRUPTED_LOSS = 0.3698973, 0.7073827
"""What `evaluate` of the older cnnspec said of tiny-2 and tiny-1."""
DIVERGED = "the loss is no finite number any more at step 2 of epoch 1 (nan, at a learning rate of 1e+38)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose `runs` are a copy of the older runs."""
    shutil.copytree(BEFORE, tmp_path / "runs", ignore=shutil.ignore_patterns("README.md", "tiny.yaml"))
    return tmp_path


def answer(folder: Path, *arguments: str) -> Any:
    """What a command prints as JSON."""
    done = run_here(*arguments, folder=folder)
    assert done.returncode == FINE, done.stderr.decode()
    return json.loads(done.stdout)


def resumed(folder: Path, name: str) -> Any:
    """What a run comes to that goes on."""
    return answer(folder, "train", "--resume", f"runs/{name}", "--format", "json")


def epochs(folder: Path, name: str) -> list[dict[str, Any]]:
    """The epochs of a run, but for the seconds that they took."""
    lines = (folder / "runs" / name / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def test_an_older_run_that_was_interrupted_becomes_what_the_older_version_made_of_it_in_one_go(folder: Path) -> None:
    """tiny-1 stopped after one step of its third epoch; tiny-2 is the same training, never stopped."""
    before = epochs(folder, "tiny-1")
    result = resumed(folder, "tiny-1")
    whole = json.loads((folder / "runs" / "tiny-2" / "result.json").read_text())
    assert result["metrics"] == pytest.approx(whole["metrics"], rel=1e-4)
    now, expected = epochs(folder, "tiny-1"), epochs(folder, "tiny-2")
    assert now[:2] == before and len(now) == 4
    for one, other in zip(now, expected, strict=True):
        # The size of gradients was summed up over both processes: the state of the watch went on as well.
        watched, wanted = one.pop("watch"), other.pop("watch")
        assert one == pytest.approx(other, rel=1e-4)
        assert watched["steps"] == wanted["steps"]
        assert watched["gradients"] == pytest.approx(wanted["gradients"], rel=1e-3)


@pytest.mark.parametrize(("name", "loss"), [("tiny-1", INTERRUPTED_LOSS), ("tiny-2", FINISHED_LOSS)])
def test_an_older_run_is_evaluated_as_the_older_version_did(folder: Path, name: str, loss: float) -> None:
    evaluation = answer(folder, "evaluate", f"runs/{name}", "--format", "json")
    assert evaluation["loss"] == pytest.approx(loss, rel=1e-4)


def test_an_older_run_predicts_as_the_older_version_did(folder: Path) -> None:
    np.save(folder / "one.npy", (np.arange(64).reshape(8, 8, 1) % 17).astype("float32"))
    prediction = answer(folder, "predict", "runs/tiny-2", "one.npy", "--format", "jsonl")
    found = {each["class"]: each["probability"] for each in prediction["top"]}
    assert found == pytest.approx({"3": 0.373597741, "9": 0.180259809, "7": 0.164400861}, rel=1e-4)


def test_older_runs_are_listed_with_their_states_and_the_reason_that_stands_in_one(folder: Path) -> None:
    listed = answer(folder, "runs", "list", "--format", "json")
    said = {each["run"]: (each["status"], each["reason"], each["epochs"]) for each in listed}
    assert said == {
        "runs/tiny-1": ("interrupted", "", 2),
        "runs/tiny-2": ("finished", "", 4),
        "runs/tiny-3": ("failed", DIVERGED, 0),
    }


def test_an_older_run_that_failed_is_shown_with_its_reason_and_does_not_go_on(folder: Path) -> None:
    shown = run_here("runs", "show", "runs/tiny-3", folder=folder)
    assert shown.returncode == FINE
    assert DIVERGED in " ".join(shown.stdout.decode().split())
    refused(run_here("train", "--resume", "runs/tiny-3", folder=folder), WRONG, "loss-not-finite", DIVERGED)


def test_an_older_run_that_is_finished_stays_as_it_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "runs" / "tiny-2").rglob("*") if path.is_file()}
    result = resumed(folder, "tiny-2")
    assert result["run"] == "runs/tiny-2"
    after = {path: path.read_bytes() for path in (folder / "runs" / "tiny-2").rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
