"""`cnnspec predict` and `cnnspec evaluate` as programs: what goes where, and the exit code."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cnnspec.backend.train import train
from tests.support.program import run_here
from tests.support.small_runs import BRIEF, SMALLEST, TESTED, examples, small_spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, runs/small-1, and something to predict."""
    path = tmp_path_factory.mktemp("predict")
    train(*small_spec(path, BRIEF, SMALLEST, TESTED), runs_dir=path / "runs")
    np.save(path / "good.npy", examples(3)[0])
    (path / "bad.npy").write_text("no array")
    return path


def cnnspec(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run_here(*arguments, folder=folder)


def test_a_bad_file_among_good_ones_is_reported_and_the_rest_is_done(folder: Path) -> None:
    """JSON lines alone on standard output, the diagnostics alone on standard error, exit code 1."""
    done = cnnspec(folder, "predict", "small-1", "bad.npy", "good.npy", "--format", "jsonl", "--top", "1")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["input"] for line in lines] == ["bad.npy", "good.npy[0]", "good.npy[1]", "good.npy[2]"]
    assert "error" in lines[0] and all(len(line["top"]) == 1 for line in lines[1:])
    told = done.stderr.decode()
    assert told.startswith("error[bad-npy]: bad.npy is no .npy file") and "1 of 4 inputs could not be read" in told
    assert "TensorFlow" not in told and "predicted" not in told and done.returncode == 1


def test_a_file_is_never_written_over_unasked(folder: Path) -> None:
    (folder / "said.csv").write_text("what was there\n")
    arguments = ("predict", "runs/small-1", "good.npy", "--format", "csv", "-o", "said.csv")
    refused = cnnspec(folder, *arguments)
    assert refused.returncode == 2 and b"said.csv is there already" in refused.stderr
    assert (folder / "said.csv").read_text() == "what was there\n"
    done = cnnspec(folder, *arguments, "--force")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len((folder / "said.csv").read_text().splitlines()) == 4
    for ending in ("csv", "jsonl"):
        by_ending = cnnspec(folder, "predict", "runs/small-1", "good.npy", "-o", f"fresh.{ending}")
        named = cnnspec(folder, "predict", "runs/small-1", "good.npy", "--format", ending)
        assert by_ending.returncode == 0 and (folder / f"fresh.{ending}").read_bytes() == named.stdout
    assert not list(folder.glob(".writing-*"))


def test_without_anything_to_predict_it_says_what_to_give(folder: Path) -> None:
    done = cnnspec(folder, "predict", "small-1")
    assert done.returncode == 2 and b"give files or folders, --text, or -" in done.stderr


def test_an_evaluation_as_json_holds_everything_and_changed_data_is_refused(folder: Path) -> None:
    done = cnnspec(folder, "evaluate", "small-1", "--format", "json")
    (output,) = json.loads(done.stdout)["outputs"].values()
    assert np.sum(output["matrix"]) == 21 and done.returncode == 0 and done.stderr == b""
    pictures, labels = examples(21, seed=7)
    np.savez(folder / "test.npz", x=pictures, y=labels)
    refused = cnnspec(folder, "evaluate", "small-1")
    assert refused.returncode == 1 and b"error[changed-data]: " in refused.stderr and b"test.npz" in refused.stderr
