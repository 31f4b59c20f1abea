"""`cnnspec train --resume` as a whole program: killed, told to stop, and gone on with."""

import json
import os
import re
import shlex
import shutil
import signal
import time
from pathlib import Path

import pytest

from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.lock import owned
from tests.support.forked_program import Program
from tests.support.killed_trainings import DIGITS
from tests.support.program import run, run_here
from tests.support.run_endings import digest
from tests.support.warm_start import warm_start

SPEC = ["spec.yaml", "--set", "training.epochs=16"]


def started(folder: Path, *arguments: str) -> Program:
    """A training that runs in this folder."""
    return warm_start().start(["train", *arguments], folder)


def ended(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code of a training, its output and its errors."""
    done = run("train", *arguments, folder=folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def typed(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The same of what trains nothing, in this process."""
    done = run_here("train", *arguments, folder=folder)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def stopped(folder: Path, number: int, *arguments: str) -> tuple[int, str, str]:
    """The same of a training that gets a signal as soon as it has written a checkpoint."""
    run = RunFolder(folder / "runs" / "digits-1")
    before = newest(run)
    process = started(folder, *arguments)
    end = time.monotonic() + 120
    while newest(run) == before and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(process.pid, number)
    output, errors = process.communicate(timeout=120)
    return process.wait(), output, errors


def newest(folder: RunFolder) -> str:
    """The name of the newest checkpoint."""
    return max((path.name for path in folder.checkpoints.glob("0*")), default="")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was killed once it had written a checkpoint."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "spec.yaml").write_text(DIGITS)
    assert stopped(folder, signal.SIGKILL, *SPEC)[0] == -signal.SIGKILL
    return folder


def test_a_run_that_is_killed_and_told_to_stop_ends_as_if_nothing_had_happened(killed: Path, tmp_path: Path) -> None:
    """SIGKILL, then SIGTERM; the command that it prints goes on, and once the run is finished changes nothing."""
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    whole = started(tmp_path, *SPEC, "--runs", "whole")
    code, _, errors = stopped(tmp_path, signal.SIGTERM, "--resume", "runs/digits-1")
    assert code == 130, errors
    run = RunFolder(tmp_path / "runs" / "digits-1")
    assert json.loads(run.result.read_text())["status"] == "interrupted"
    (said,) = re.findall(r"^to go on: cnnspec train (.*)$", errors, re.MULTILINE)
    code, output, errors = ended(tmp_path, *shlex.split(said))
    assert (code, errors) == (0, "") and re.search(r"^goes on after (step \d+ of )?epoch \d+$", output, re.MULTILINE)
    whole.communicate(timeout=200)
    assert digest(run) == digest(RunFolder(tmp_path / "whole" / "digits-1"))
    assert len(json.loads(run.environment.read_text())["resumed"]) == 2
    told = "runs/digits-1 is finished after epoch 16; to give it more: "
    code, output, errors = ended(tmp_path, "--resume", "digits-1")
    more = "cnnspec train --resume runs/digits-1 --set training.epochs=32"
    assert (code, errors) == (0, "") and f"{told}{more}\n" in output
    code, table, errors = typed(tmp_path, "--resume", "digits-1", "--dry-run")
    assert (code, errors) == (0, "") and table.startswith(told)
    code, output, errors = ended(tmp_path, "--resume", "digits-1", "--format", "json")
    assert code == 0 and json.loads(output)["metrics"] == json.loads(run.result.read_text())["metrics"]


def test_a_resumption_can_be_looked_at(killed: Path) -> None:
    """As a table and as JSON with the same facts, of a run that was killed."""
    look = ["--resume", "digits-1", "--dry-run", "--set", "training.epochs=17"]
    code, table, errors = typed(killed, *look)
    assert (code, errors) == (0, "")
    code, text, errors = typed(killed, *look, "--format", "json")
    assert (code, errors) == (0, "")
    facts = json.loads(text)
    there, steps = facts["resume"], facts["steps_per_epoch"]
    assert there["steps_left"] == 17 * steps - there["epoch"] * steps - there["step"] > 0
    assert there["changes"] == ["training.epochs is 17, and was 16"]
    *_, goes_on, left, change = table.splitlines()
    assert goes_on.startswith("goes on after ") and change == there["changes"][0]
    assert left == f"left are {there['steps_left']:,} of {17 * steps:,} steps, from {there['checkpoint']}"
    assert not (killed / "runs" / "digits-1" / "result.json").exists()


def test_a_run_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    """Also for who may do everything: its lock is a folder, which no training made; and where there is no folder."""
    (tmp_path / "run").mkdir()
    (tmp_path / "spec.yaml").write_text(DIGITS)
    shutil.copy(tmp_path / "spec.yaml", tmp_path / "run")
    (tmp_path / "run" / "lock").mkdir()
    code, _, errors = typed(tmp_path, "--resume", "run")
    assert (
        code == 3 and "error[cannot-write]: cannot write run/lock: it is a folder" in errors and "delete it" in errors
    )
    with pytest.raises(RunFailed) as failure, owned(RunFolder(tmp_path / "spec.yaml" / "run")):
        pass
    assert (
        "Not a directory" in str(failure.value)
        and "or copy it and resume the copy" in failure.value.diagnostics[0].help
    )


def test_a_run_without_its_spec_and_a_file_of_a_run_are_told_apart(tmp_path: Path) -> None:
    """What to bring back, and which folder to give."""
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    for path in (run / "environment.json", run / "checkpoints" / "1.checkpoint"):
        path.write_text("{}")
    code, _, errors = typed(tmp_path, "--resume", "run")
    assert code == 1 and "run is no run: it has no spec.yaml" in errors and "bring back the spec.yaml" in errors
    for file in ("run/environment.json", "run/checkpoints/1.checkpoint"):
        code, _, errors = typed(tmp_path, "--resume", file)
        assert code == 1 and f"{file} is a file of a run" in errors and "give the run's folder: run\n" in errors


def test_a_run_of_another_process_is_left_alone(tmp_path: Path) -> None:
    """Its number is named, and the exit code is that of a run that failed."""
    (tmp_path / "spec.yaml").write_text(DIGITS)
    with owned(RunFolder(tmp_path)):
        code, _, errors = typed(tmp_path, "--resume", str(tmp_path))
    assert code == 3 and f"error[run-in-use]: process {os.getpid()} trains {tmp_path}" in errors


def test_what_is_no_run_cannot_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, errors = typed(tmp_path, "--resume", "empty")
    assert code == 1 and "error[no-run]: empty is no run: it has no spec.yaml" in errors


def test_resume_takes_no_spec_and_train_needs_one(tmp_path: Path) -> None:
    """A usage error, with what to write."""
    for arguments, said in ((["digits", "--resume", "x"], "--resume together with a spec"), ([], "train needs a spec")):
        code, _, errors = typed(tmp_path, *arguments)
        assert code == 2 and said in errors


def test_a_run_is_looked_for_where_runs_are_said_to_be(tmp_path: Path) -> None:
    """Of two runs with one name, never the other."""
    code, _, errors = typed(tmp_path, "--resume", "x-1", "--runs", "elsewhere")
    assert code == 1 and "elsewhere/x-1" in errors
