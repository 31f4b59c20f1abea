"""Programs that find TensorFlow loaded: a process that has imported it forks for each of them.

Importing TensorFlow takes most of the time of a short command. What a forked program does from its command line on is
what it does when its user starts it; a test holds both against each other. It goes on only from the environment in
which the process was started, but for the size of a terminal.
"""

import array
import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tests.support.places import ENVIRONMENT

_OF_THE_PAGE = frozenset({"COLUMNS", "LINES"})
_MAY_DIFFER = _OF_THE_PAGE | {"PYTEST_CURRENT_TEST", "PYTHONPATH"}
"""Variables that may be other than those of the process that forks."""
_REQUEST = 1 << 20
_MODULES = ("train", "predict", "evaluate", "inspect.look", "model.build")
"""What the programs need of the backend; what shows things on a terminal must come to know its own."""


class WarmStart:
    """The process that forks, and the way to it: one program after the other."""

    def __init__(self) -> None:
        self._asking, served = socket.socketpair()
        command = [sys.executable, "-m", "tests.support.warm_start", str(served.fileno())]
        with served:
            self._process = subprocess.Popen(
                command, pass_fds=[served.fileno()], env=ENVIRONMENT, stdin=subprocess.DEVNULL
            )
        atexit.register(self.close)

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether a program in this environment may go on from that of the process."""
        return _of_the_process(environment) == _of_the_process(ENVIRONMENT)

    def run(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes, timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """`cnnspec WORDS` in a folder; raises TimeoutError once it was killed for having taken too long."""
        page = {name: environment.get(name) for name in _OF_THE_PAGE}
        request = json.dumps({"words": list(words), "folder": str(folder), "page": page}).encode()
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
            given.write(stdin)
            given.seek(0)
            files = array.array("i", [file.fileno() for file in (given, said, told)])
            self._asking.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
            code = self._awaited(timeout)
            return subprocess.CompletedProcess(list(words), code, _whole(said), _whole(told))

    def _awaited(self, timeout: float) -> int:
        number = int(self._asking.recv(64))
        self._asking.settimeout(timeout)
        try:
            return int(self._asking.recv(64))
        except TimeoutError:
            os.kill(number, 9)
            raise
        finally:
            self._asking.settimeout(None)

    def close(self) -> None:
        """End the process."""
        self._asking.close()
        self._process.wait()


@functools.cache
def warm_start() -> WarmStart:
    """The one of this process."""
    return WarmStart()


def _of_the_process(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if name not in _MAY_DIFFER}


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _serve(asked: socket.socket) -> None:
    """Fork for each request, and answer with the process's number, then its exit code; returns in what is forked."""
    while True:
        request, files, _, _ = socket.recv_fds(asked, _REQUEST, 3)
        if not request:
            sys.exit(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there are threads: OpenBLAS' own, which it looks after itself
            number = os.fork()
        if number == 0:
            asked.close()
            _become(json.loads(request), files)
            return
        for file in files:
            os.close(file)
        asked.send(str(number).encode())
        asked.send(str(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])).encode())


def _become(request: Mapping[str, Any], files: Sequence[int]) -> None:
    """Take over what a program has from who starts it."""
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    for name, value in request["page"].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    sys.argv = ["cnnspec", *request["words"]]


def main() -> None:
    """Serve on the socket whose number is the argument, and be the program that is asked for in what it forks."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    for module in _MODULES:
        importlib.import_module(f"cnnspec.backend.{module}")
    gc.freeze()
    _serve(asked)
    runpy.run_module("cnnspec", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
