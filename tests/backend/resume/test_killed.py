"""A run that was killed ends as one that never was: the short version of `resumption_matrix.py`."""

import subprocess
import sys

from tests.support.places import ENVIRONMENT


def test_whatever_a_run_dies_of_it_ends_as_if_nobody_had_interrupted_it() -> None:
    """SIGKILL in an epoch, in the validation and after the test; a full disk, cut and flipped checkpoints."""
    command = [sys.executable, "-m", "tests.support.resumption_matrix", "--parts", "short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" equal ") == 3


def test_a_run_that_was_killed_in_any_phase_or_between_two_ends_as_if_nobody_had() -> None:
    """SIGKILL in the first phase, exactly between two, and in the second."""
    command = [sys.executable, "-m", "tests.support.resumption_matrix", "--parts", "phases", "--cases", "phases"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " equal  between 1, in the first 1, in the second 1 " in done.stdout
