"""The other processes of a training on this machine: real ones, of commands that end at once."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys, time
from cnnspec.cli.workers import LocalWorkers
from cnnspec.results.failure import RunFailed, WorkerLost
problem = eval(sys.argv[1])
try:
    with LocalWorkers(3, sys.argv[2:]) as others:
        for worker in others._workers if "hangs" in sys.argv else ():
            os.kill(worker.process.pid, signal.SIGSTOP)
        while not all(worker.ended.is_set() for worker in others._workers) and "hangs" not in sys.argv:
            time.sleep(0.01)
        print(others.gone())
        raise problem
except type(problem):
    print(sum(worker.process.poll() is None for worker in others._workers), "left")
"""
LOST = "WorkerLost(2, 'worker 2 has ended', '')"


def said(problem: str, *command: str) -> tuple[list[str], list[str]]:
    """What a chief with this problem says, and its standard error, beside two workers that run this command."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, problem, *command], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_of_workers_that_failed_the_first_is_named_with_what_it_said() -> None:
    """The chief knows which it was; what the others do comes of that."""
    told, errors = said(LOST, "validate", "nowhere.yaml")
    assert told[1] == "0 left"
    assert errors[0] == "worker 2 failed first: it ended with exit code 1; the others were ended because of it"
    assert any("nowhere.yaml" in line for line in errors[1:])
    assert all(line.startswith("worker 2: ") for line in errors[1:])


def test_a_worker_that_ends_before_all_are_there_is_named() -> None:
    """To the chief that waits for it, and to the user, with the first one's words."""
    (gone, _), errors = said("RunFailed('no-worker', 'nobody came')", "validate", "nowhere.yaml")
    assert gone in [f"worker {number} ended with exit code 1" for number in (1, 2)]
    assert errors[0].startswith(f"{gone.split(' ended')[0]} failed first: ")


@pytest.mark.parametrize("problem", ["KeyboardInterrupt()", "RunFailed('cannot-write', 'the disk is full')"])
def test_workers_that_end_since_the_chief_does_are_not_complained_of(problem: str) -> None:
    """Whether they fail then or are done."""
    for command in (["validate", "nowhere.yaml"], ["--version"]):
        told, errors = said(problem, *command)
        assert told[-1] == "0 left" and errors == []


def test_a_worker_that_hangs_is_ended_and_its_end_is_not_called_its_fault() -> None:
    """It was lost since it said nothing; that it is killed then is no news."""
    told, errors = said(LOST, "validate", "hangs")
    assert told[-1] == "0 left" and errors == []
