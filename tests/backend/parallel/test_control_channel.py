"""A worker or the chief dies, and the other one ends as it should: the short version of `worker_deaths.py`."""

from tests.support.places import ROOT
from tests.support.warm_start import warm_start


def test_who_loses_the_other_one_says_so_and_the_run_goes_on() -> None:
    """SIGKILL to each of the two while the first step is compiled."""
    words = ["--epochs", "3", "while compiling"]
    done = warm_start().run(words, ROOT, timeout=600, module="tests.support.worker_deaths")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert done.stdout.count(b"error[worker-lost]: ") == 2
