"""A worker or the chief dies, and the other one ends as it should: the short version of `worker_deaths.py`."""

import subprocess
import sys

from tests.support.places import ENVIRONMENT


def test_who_loses_the_other_one_says_so_and_the_run_goes_on() -> None:
    """SIGKILL to each of the two while the first step is compiled."""
    command = [sys.executable, "-m", "tests.support.worker_deaths", "while compiling"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("error[worker-lost]: ") == 2
