"""What a person sees while TensorFlow starts."""

import os
import pty
import subprocess
import sys
from pathlib import Path

LINE = "starting TensorFlow ..."


def errors_of_a_build(folder: Path, descriptor: int) -> int:
    """Build a small model with standard error going there; the exit code."""
    command = [sys.executable, "-m", "cnnspec", "build", "lenet", "-o", "model.keras", "--force"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=descriptor, timeout=120)
    return done.returncode


def test_a_terminal_is_told_that_tensorflow_starts_and_a_pipe_is_not(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    assert errors_of_a_build(tmp_path, theirs) == 0
    assert os.read(ours, 4096).decode().count(LINE) == 1
    os.close(ours)
    os.close(theirs)
    ours, theirs = os.pipe()
    assert errors_of_a_build(tmp_path, theirs) == 0
    os.close(theirs)
    assert os.read(ours, 4096) == b""
    os.close(ours)
