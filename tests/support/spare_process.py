"""The further process of a program that starts itself once more: forked before, it waits until it is started.

It is what a cold one would be, a child of the program with a number of its own, but finds loaded what the program does.
Until it is started it has another name, so that who looks for the program's processes can leave it out.
"""

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_COMMAND = [sys.executable, "-m", "cnnspec"]
_NAME, _OWN_NAME = b"spare", Path("/proc/self/comm")
_LONGEST = 1 << 20


class Started:
    """What the program has of the process once it has started it: what `subprocess.Popen` is to a cold one."""

    def __init__(self, pid: int) -> None:
        self.pid, self.returncode, self._ending = pid, None, threading.Lock()

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        with self._ending:
            if self.returncode is None:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        while self.poll() is None:
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        return self.returncode

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def put_aside(may_differ: frozenset[str]) -> list[str] | None:
    """Fork the process; returns in this one, and in the other one, once it is started, with the words it is given.

    `subprocess.Popen` starts it where it would start the program in an environment that differs in these variables.
    """
    here, there = socket.socketpair()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there are threads: OpenBLAS' own, which it looks after itself
        pid = os.fork()
    (here if pid == 0 else there).close()
    if pid == 0:
        return _await(there)
    waiting, cold = [here], subprocess.Popen

    def popen(command: Sequence[str], **options: Any) -> Any:
        suits = [*command[:3]] == _COMMAND and _differing(options.get("env")) <= may_differ
        return _start(pid, waiting.pop(), command[3:], **options) if waiting and suits else cold(command, **options)

    subprocess.Popen = popen
    return None


def is_spare(pid: int) -> bool:
    """Whether a process is one that nobody has started yet."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_bytes().strip() == _NAME
    return False


def _differing(environment: Mapping[str, str] | None) -> set[str]:
    given = os.environ if environment is None else environment
    return {name for name in {*given, *os.environ} if given.get(name) != os.environ.get(name)}


def _start(
    pid: int, waiting: socket.socket, words: Sequence[str], env: Mapping[str, str], stdin: int, stdout: int, stderr: int
) -> Started:
    with waiting, Path(os.devnull).open("rb") as nothing:
        assert stdin == subprocess.DEVNULL
        files = array.array("i", [nothing.fileno(), stdout, stderr])
        request = json.dumps({"words": [*words], "environment": {**env}}).encode()
        waiting.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    return Started(pid)


def _await(asked: socket.socket) -> list[str]:
    name = _OWN_NAME.read_bytes()
    _OWN_NAME.write_bytes(_NAME)
    with asked:
        request, files, _, _ = socket.recv_fds(asked, _LONGEST, 3)
    if not request:
        os._exit(0)
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    found = json.loads(request)
    os.environ.clear()
    os.environ.update(found["environment"])
    _OWN_NAME.write_bytes(name)
    return list(found["words"])
