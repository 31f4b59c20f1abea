"""`--workers N`: N processes of one training on this machine; this one is the chief, and what it says is shown.

A worker ends with the process that started it, whatever ended that one.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from cnnspec.cli.boundary import FAILED
from cnnspec.cli.screen import errors, page
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.results.failure import RunFailed, WorkerLost

_PARENT = "CNNSPEC_PARENT"
_GRACE = 35.0
"""Seconds that a worker has, once the process that started it has ended, to notice by itself and end as it should."""

_PATIENCE, _HASTE, _DYING = 40.0, 5.0, 1.0
"""Seconds that workers have to end once the chief has, done or failed, and once they are killed."""
_LAST_LINES, _LAST_BYTES = 12, 2**14
_GPUS, _SEEN = Path("/proc/driver/nvidia/gpus"), "CUDA_VISIBLE_DEVICES"
_OF_WORKERS = ("worker-lost", "no-worker")


def named_elsewhere() -> bool:
    """Whether TF_CONFIG or Slurm already say who the workers are."""
    tasks = os.environ.get("SLURM_NTASKS", "")
    in_step = "SLURM_PROCID" in os.environ and tasks.isdecimal() and int(tasks) > 1
    return bool(os.environ.get("TF_CONFIG", "").strip()) or in_step


class LocalWorkers:
    """Used as a context: beside this process, those that run the same command of cnnspec.

    What the one says that failed first is shown, if it was a worker that failed. None are started where TF_CONFIG or
    Slurm name the workers.
    """

    def __init__(self, count: int, command: Sequence[str]) -> None:
        self._count, self._command = count, command
        self._workers: list[_Worker] = []

    def __enter__(self) -> "LocalWorkers":
        end_with_parent()
        if self._count >= 2 and not named_elsewhere():
            try:
                self._start()
            except BaseException:
                self.kill()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        suspect = self._suspect(problem)
        try:
            self._wait(_PATIENCE if problem is None else _HASTE)
            failed = suspect is not None and suspect.failed
        finally:
            self.kill()
        if suspect is not None and failed:
            _show(suspect, len(self._workers))

    def _start(self) -> None:
        addresses = [f"127.0.0.1:{port}" for port in _free_ports(self._count)]
        mine, *others = (_environment(addresses, index) for index in range(self._count))
        for index, each in enumerate(others, start=1):
            self._workers.append(_Worker(index, self._command, each))
        os.environ.update(mine)

    def _suspect(self, problem: BaseException | None) -> "_Worker | None":
        """The worker that failed first, if the problem is that one did; what the others do may come of that."""
        if isinstance(problem, WorkerLost) and problem.index is not None:
            return next((worker for worker in self._workers if worker.number == problem.index), None)
        if not isinstance(problem, RunFailed) or all(each.code not in _OF_WORKERS for each in problem.diagnostics):
            return None
        return min((worker for worker in self._workers if worker.failed), key=lambda worker: worker.at, default=None)

    def gone(self) -> str:
        """Which of them has ended, and how; nothing while all are there. For one of them: whether this one has."""
        ended = [worker for worker in self._workers if worker.ended.is_set()]
        first = min(ended, key=lambda worker: worker.at, default=None)
        return orphaned() if first is None else f"worker {first.number} {_ending(first.process.returncode)}"

    def kill(self) -> None:
        """End those that are still there; they write nothing."""
        for worker in self._workers:
            worker.process.kill()
        self._wait(_DYING)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for worker in self._workers:
            worker.ended.wait(max(0.0, until - time.monotonic()))


class _Worker:
    """A process, and when it ended."""

    def __init__(self, number: int, command: Sequence[str], environment: dict[str, str]) -> None:
        self.number = number
        whole = [sys.executable, "-m", "cnnspec", *command]
        there = {**os.environ, **environment, **as_parent()}
        self._said, name = tempfile.mkstemp()
        Path(name).unlink()
        self.process = subprocess.Popen(
            whole, env=there, stdin=subprocess.DEVNULL, stdout=self._said, stderr=self._said
        )
        self.ended, self.at = threading.Event(), 0.0
        threading.Thread(target=self._await, daemon=True).start()

    @property
    def failed(self) -> bool:
        """Whether it has ended otherwise than done or interrupted."""
        return self.ended.is_set() and self.process.returncode not in (0, 130)

    @property
    def last_lines(self) -> list[str]:
        """The last that it said."""
        size = os.fstat(self._said).st_size
        content = os.pread(self._said, _LAST_BYTES, max(0, size - _LAST_BYTES))
        return content.decode(errors="replace").splitlines()[-_LAST_LINES:]

    def _await(self) -> None:
        self.process.wait()
        self.at = time.monotonic()
        self.ended.set()


def _environment(addresses: Sequence[str], index: int) -> dict[str, str]:
    """What makes a process the worker of this number; the GPUs are shared out."""
    task = {"type": "worker", "index": index}
    found = {"TF_CONFIG": json.dumps({"cluster": {"worker": list(addresses)}, "task": task})}
    if gpus := _gpus():
        found[_SEEN] = gpus[index] if len(gpus) >= len(addresses) else ""
    return found


def _gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA names them."""
    if (seen := os.environ.get(_SEEN)) is not None:
        return [each.strip() for each in seen.split(",") if each.strip()]
    return [str(number) for number, _ in enumerate(_GPUS.iterdir())] if _GPUS.is_dir() else []


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _show(worker: _Worker, count: int) -> None:
    """How a worker ended and what it said last; the others were ended by that, or by this process."""
    first, others = (" first", "; the others were ended because of it") if count > 1 else ("", "")
    code = worker.process.returncode
    why = ", as the system does where memory runs out" if code == -signal.SIGKILL else ""
    said = f"worker {worker.number} failed{first}: it {_ending(code)}{why}{others}"
    for line in (said, *(f"worker {worker.number}: {line}" for line in worker.last_lines)):
        put(errors(), page(errors()).text(shown(line)))


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def as_parent() -> dict[str, str]:
    """What the environment of a worker says, so that it ends with this process."""
    return {_PARENT: str(os.getpid())}


def orphaned() -> str:
    """That the other process has ended, where this one is such a worker and that is so."""
    parent = os.environ.get(_PARENT, "")
    gone = parent.isdecimal() and os.getppid() != int(parent)
    return "the process that started this one has ended" if gone else ""


def end_with_parent() -> None:
    """Where this process is such a worker, look from now on whether the other one is still there."""
    if _PARENT in os.environ:
        threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    while not orphaned():
        time.sleep(1.0)
    time.sleep(_GRACE)
    os._exit(FAILED)
