"""Ctrl-C: exit code 130, no traceback, and weights that open."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest

SETTINGS = ["--set", "training.epochs=100000", "--set", "training.checkpoint={}", "--set", "data.validation_split=0.5"]


def _waited(path: Path, process: subprocess.Popen[str], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    assert path.exists(), process.communicate(timeout=10)


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_an_interrupted_training_ends_with_130_and_keeps_its_weights(tmp_path: Path, again: bool) -> None:
    """The signal comes once an epoch has ended; a second one, at once after it, damages nothing."""
    command = [sys.executable, "-m", "cnnspec", "train", "digits", "--runs", "runs", *SETTINGS]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        _waited(tmp_path / "runs" / "digits-1" / "best.keras", process)
        os.kill(process.pid, signal.SIGINT)
        if again:
            time.sleep(0.05)
            os.kill(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, (output, errors)
    assert "Traceback" not in output + errors
    assert again or re.search(
        r"^interrupted after epoch \d+; the weights so far: runs/digits-1 \(cnnspec evaluate runs/digits-1\)$",
        errors,
        re.MULTILINE,
    ), errors
    run = tmp_path / "runs" / "digits-1"
    kept = sorted(path.name for path in run.glob("*.keras"))
    assert kept in (["best.keras", "last.keras"], ["best.keras"] if again else [])
    for name in kept:
        assert keras.models.load_model(run / name).output.shape == (None, 10)
    assert (run / "metrics.csv").read_text().startswith("epoch")


def test_an_interrupt_before_anything_ran_leaves_130_too(tmp_path: Path) -> None:
    """While the program reads standard input."""
    command = [sys.executable, "-m", "cnnspec", "validate", "-"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(3)
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
