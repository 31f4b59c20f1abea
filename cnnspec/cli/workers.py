"""`--workers N`: N processes of one training on this machine; this one is the chief, and what it says is shown."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cnnspec.cli.screen import errors, page
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown

_PATIENCE, _HASTE = 40.0, 5.0
"""Seconds that workers have to end once the chief has, done or failed."""
_LAST_LINES = 12
_GPUS = Path("/proc/driver/nvidia/gpus")


def named_elsewhere() -> bool:
    """Whether TF_CONFIG or Slurm already say who the workers are."""
    tasks = os.environ.get("SLURM_NTASKS", "")
    in_step = "SLURM_PROCID" in os.environ and tasks.isdecimal() and int(tasks) > 1
    return bool(os.environ.get("TF_CONFIG", "").strip()) or in_step


@contextlib.contextmanager
def local_workers(count: int, command: Sequence[str]) -> Iterator[None]:
    """Beside this process, start those that run the same command of cnnspec; what they say is shown if they fail.

    None are started where TF_CONFIG or Slurm name the workers.
    """
    if count < 2 or named_elsewhere():
        yield
        return
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(count)]
    with contextlib.ExitStack() as files:
        said = [files.enter_context(tempfile.TemporaryFile()) for _ in addresses[1:]]
        found = [_start(command, _environment(addresses, at), each) for at, each in enumerate(said, start=1)]
        os.environ.update(_environment(addresses, 0))
        try:
            yield
        except BaseException:
            _end(found, complain=True)
            raise
        _end(found)


@dataclass(frozen=True, slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    said: IO[bytes]


def _start(command: Sequence[str], environment: dict[str, str], said: IO[bytes]) -> _Worker:
    whole = [sys.executable, "-m", "cnnspec", *command]
    there = {**os.environ, **environment}
    process = subprocess.Popen(whole, env=there, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    return _Worker(process, said)


def _environment(addresses: Sequence[str], index: int) -> dict[str, str]:
    """What makes a process the worker of this number; the processor and the GPUs are shared out."""
    task = {"type": "worker", "index": index}
    found = {"TF_CONFIG": json.dumps({"cluster": {"worker": list(addresses)}, "task": task})}
    if "TF_NUM_INTRAOP_THREADS" not in os.environ:
        found["TF_NUM_INTRAOP_THREADS"] = str(max(1, (os.cpu_count() or 1) // len(addresses)))
    if _GPUS.is_dir() and "CUDA_VISIBLE_DEVICES" not in os.environ:
        there = len(list(_GPUS.iterdir()))
        found["CUDA_VISIBLE_DEVICES"] = str(index) if there >= len(addresses) else ""
    return found


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _end(workers: Sequence[_Worker], complain: bool = False) -> None:
    """Wait until all have ended; who does not is made to."""
    for number, worker in enumerate(workers, start=1):
        try:
            code = worker.process.wait(_HASTE if complain else _PATIENCE)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            code = worker.process.wait()
        if complain and code not in (0, 130):
            _show(number, code, worker)


def _show(number: int, code: int, worker: _Worker) -> None:
    worker.said.seek(0)
    lines = worker.said.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
    how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    for line in (how, *lines):
        put(errors(), page(errors()).text(shown(f"worker {number}: {line}")))
