"""What a person sees while TensorFlow starts."""

import os
from pathlib import Path

from tests.support.terminal import opened
from tests.support.warm_start import warm_start

LINE = "starting TensorFlow ..."


def errors_of_a_build(folder: Path, descriptor: int) -> int:
    """Build a small model with standard error going there; the exit code."""
    command = ["build", "lenet", "-o", "model.keras", "--force"]
    with Path(os.devnull).open("w") as nowhere:
        program = warm_start().start(command, folder, shown=(nowhere.fileno(), descriptor))
    return program.wait(timeout=120)


def test_a_terminal_is_told_that_tensorflow_starts_and_a_pipe_is_not(tmp_path: Path) -> None:
    """It is said before the backend is entered, whether or not it is loaded."""
    ours, theirs = opened()
    assert errors_of_a_build(tmp_path, theirs) == 0
    assert os.read(ours, 4096).decode().count(LINE) == 1
    os.close(ours)
    os.close(theirs)
    ours, theirs = os.pipe()
    assert errors_of_a_build(tmp_path, theirs) == 0
    os.close(theirs)
    assert os.read(ours, 4096) == b""
    os.close(ours)
