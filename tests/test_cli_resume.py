"""`cnnspec train --resume` as a whole program: killed, told to stop, and gone on with."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from cnnspec.runs.checkpoint import read_newest
from cnnspec.runs.folder import RunFolder

SPEC = ["--set", "training.epochs=16", "--set", "training.checkpoint.every=0.3"]
KILLS = 3


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A training that runs in this folder."""
    command = [sys.executable, "-m", "cnnspec", "train", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def waited(process: subprocess.Popen[str], folder: RunFolder, after: str) -> None:
    """Until the newest checkpoint is another one, or the program has ended."""
    end = time.monotonic() + 120
    while newest(folder) == after and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)


def newest(folder: RunFolder) -> str:
    """The name of the newest checkpoint."""
    return max((path.name for path in folder.checkpoints.glob("0*")), default="")


def digest(folder: RunFolder) -> str:
    """Of final weights, optimizer state and metrics log."""
    found = read_newest(folder)
    assert found is not None
    rows = [json.loads(line) for line in folder.log.read_text().splitlines()]
    log = [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
    state = b"".join(piece.data for piece in found.checkpoint.pieces)
    return hashlib.sha256(state + folder.table.read_bytes() + json.dumps(log).encode()).hexdigest()


def test_digits_killed_again_and_again_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """SIGKILL at random moments after a new checkpoint; at last SIGTERM, which saves and says how to go on."""
    whole = started(tmp_path, "digits", "--runs", "whole", *SPEC)
    random_moments = random.Random(4)
    folder = RunFolder(tmp_path / "runs" / "digits-1")
    arguments = ["digits", *SPEC]
    for kill in range(KILLS + 1):
        before = newest(folder)
        process = started(tmp_path, *arguments)
        waited(process, folder, before)
        time.sleep(random_moments.random() * 0.1)
        os.kill(process.pid, signal.SIGKILL if kill < KILLS else signal.SIGTERM)
        output, errors = process.communicate(timeout=120)
        assert process.returncode in (-signal.SIGKILL, 130), (output, errors)
        arguments = ["--resume", "runs/digits-1"]
    assert "to go on: cnnspec train --resume runs/digits-1" in errors
    assert json.loads(folder.result.read_text())["status"] == "interrupted"
    last = started(tmp_path, *arguments)
    output, errors = last.communicate(timeout=200)
    assert last.returncode == 0, errors
    assert "goes on after " in output
    assert whole.wait(timeout=200) == 0
    assert digest(folder) == digest(RunFolder(tmp_path / "whole" / "digits-1"))
    assert len(json.loads(folder.environment.read_text())["resumed"]) == KILLS + 1


def test_resume_takes_no_spec_and_train_needs_one(tmp_path: Path) -> None:
    """A usage error, with what to write."""
    for arguments, said in ((["digits", "--resume", "x"], "--resume together with a spec"), ([], "train needs a spec")):
        process = started(tmp_path, *arguments)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2 and said in errors
