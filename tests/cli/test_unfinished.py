"""Ctrl-C: exit code 130, no traceback, and weights that open."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import IO

import keras
import numpy as np
import pytest

from tests.support.forked_program import Program
from tests.support.warm_start import warm_start

SETTINGS = ["--set", "training.epochs=100000", "--set", "training.checkpoint={}", "--set", "data.validation_split=0.5"]
SLOW = """cnnspec: 1
name: slow
inputs: {image: [96, 96, 3]}
model:
  - rescaling: 0.1
  - conv: {filters: 256, kernel_size: 7}
  - conv: {filters: 256, kernel_size: 7}
  - global_avg_pool
  - dense: 2
data: {source: arrays, train: train.npz}
training: {epochs: 2, batch_size: 16, loss: {sparse_categorical_crossentropy: {from_logits: true}}}
"""
"""A step of which takes ten seconds and more."""
FIRST_EPOCH = """cnnspec: 1
name: slow
inputs: {image: [8, 8, 1]}
model:
  - rescaling: 0.0625
  - conv: {filters: 256, kernel_size: 5, padding: same}
  - conv: {filters: 512, kernel_size: 5, padding: same}
  - flatten
  - dense: {units: 10, activation: softmax}
data: {source: digits}
training: {epochs: 2, batch_size: 8, loss: auto}
"""
"""An epoch of which takes ten seconds and more, in many steps."""
STOPPING = "stopping: saving the state after this step; Ctrl-C again ends without saving"


def started(folder: Path, *arguments: str) -> Program:
    """A training in this folder, which finds TensorFlow loaded."""
    return warm_start().start(["train", *arguments], folder)


def started_cold(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The same, which has yet to import it."""
    command = [sys.executable, "-m", "cnnspec", "train", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def _waited(path: Path, process: Program, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    assert path.exists(), process.communicate(timeout=10)


def _computes(process: Program, seconds: float = 20) -> None:
    """Wait until it is in the midst of a step: for half a second of what it computes, Python's thread only waits."""
    end, (whole, first) = time.monotonic() + seconds, _used(process.pid)
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
        now = _used(process.pid)
        if now[0] - whole > 0.5:
            if now[1] - first < 0.1:
                return
            whole, first = now


def _used(number: int) -> tuple[float, float]:
    """The processor seconds of a process, and those of its first thread."""
    stats = (Path(f"/proc/{number}/{each}").read_text() for each in ("stat", f"task/{number}/stat"))
    whole, first = (sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)
    second = os.sysconf("SC_CLK_TCK")
    return whole / second, first / second


def _acknowledged(process: Program, seconds: float = 120) -> None:
    """Wait until the first line is that it stops."""
    end = time.monotonic() + seconds
    while b"\n" not in process.said[1] and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    assert process.said[1].decode() == f"{STOPPING}\n"


def _unread(pipe: IO[str]) -> int:
    """How many bytes stand in a pipe that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_an_interrupted_training_ends_with_130_and_keeps_its_weights(tmp_path: Path) -> None:
    """The signal comes once an epoch has ended; it is acknowledged, and what it left is named."""
    process = started(tmp_path, "digits", "--runs", "runs", *SETTINGS)
    try:
        _waited(tmp_path / "runs" / "digits-1" / "best.keras", process)
        os.kill(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, (output, errors)
    assert "Traceback" not in output + errors
    first, second, third = errors.splitlines()
    assert first == STOPPING
    left = r"interrupted after epoch \d+; the weights so far: runs/digits-1 \(cnnspec evaluate runs/digits-1\)"
    assert re.fullmatch(left, second) and third == "to go on: cnnspec train --resume runs/digits-1"
    run = tmp_path / "runs" / "digits-1"
    assert sorted(path.name for path in run.glob("*.keras")) == ["best.keras", "last.keras"]
    for name in ("best.keras", "last.keras"):
        assert keras.models.load_model(run / name).output.shape == (None, 10)
    assert (run / "metrics.csv").read_text().startswith("epoch")


def test_an_interrupt_in_the_first_epoch_says_that_it_is_saved(tmp_path: Path) -> None:
    """There are no weights to evaluate, and yet something to go on with."""
    (tmp_path / "slow.yaml").write_text(FIRST_EPOCH)
    process = started(tmp_path, "slow.yaml")
    try:
        _waited(tmp_path / "runs" / "slow-1" / "spec.yaml", process)
        _computes(process)
        os.kill(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and errors.splitlines() == [
        STOPPING.replace("Ctrl-C again", "another signal"),
        "interrupted in epoch 1; its state is saved",
        "to go on: cnnspec train --resume runs/slow-1",
    ]
    assert list((tmp_path / "runs" / "slow-1" / "checkpoints").glob("*.checkpoint"))


def test_a_second_signal_ends_a_long_step_and_nothing_is_half_written(tmp_path: Path) -> None:
    """TensorFlow computes, and Python has no say; yet the first signal is acknowledged, and the second ends."""
    np.savez(tmp_path / "train.npz", x=np.zeros((16, 96, 96, 3), "float32"), y=np.arange(16) % 2)
    (tmp_path / "slow.yaml").write_text(SLOW)
    process = started(tmp_path, "slow.yaml")
    run = tmp_path / "runs" / "slow-1"
    try:
        _waited(run / "spec.yaml", process)
        _computes(process)
        os.kill(process.pid, signal.SIGINT)
        _acknowledged(process)
        time.sleep(0.4)
        os.kill(process.pid, signal.SIGINT)
        asked = time.monotonic()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and time.monotonic() - asked < 5, errors
    assert errors.splitlines() == [
        STOPPING,
        "ended at once in epoch 1, without saving; lost is all of it, since there is no checkpoint",
        "to go on: cnnspec train --resume runs/slow-1",
    ]
    result = json.loads((run / "result.json").read_text())
    assert (result["status"], result["epochs"], result["best"]) == ("interrupted", 0, None)
    assert not [path.name for path in run.rglob(".*")] and not list(run.glob("*.keras"))


def test_an_interrupt_before_anything_ran_leaves_130_too(tmp_path: Path) -> None:
    """While the program reads standard input."""
    command = [sys.executable, "-m", "cnnspec", "validate", "-"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write("cnnspec: 1\n")
    process.stdin.flush()
    end = time.monotonic() + 60
    while _unread(process.stdin) and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, (output, errors)
    assert "Traceback" not in output + errors


def test_an_interrupt_while_the_program_is_imported_leaves_130_too(tmp_path: Path) -> None:
    """The signal comes when typer is asked for."""
    program = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from cnnspec.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_tensorflow_starts_ends_at_once_and_says_so(tmp_path: Path, number: int) -> None:
    """What TensorFlow writes to standard error is held back meanwhile; what the user is told is not."""
    process = started_cold(tmp_path, "digits")
    try:
        maps = Path(f"/proc/{process.pid}/maps")
        end = time.monotonic() + 60
        while "tensorflow" not in maps.read_text() and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(process.pid, number)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (130, "", "interrupted\n")
    assert not (tmp_path / "runs").exists()
