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
