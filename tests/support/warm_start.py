"""Programs that find TensorFlow loaded: a process that has imported it forks for each of them.

Importing TensorFlow takes most of the time of a short command. What a forked program does from its command line on is
what it does when its user starts it; a test holds both against each other. It goes on only from the environment in
which the process was started, but for what a program reads of it after TensorFlow was imported. Before it imports the
package, it forks another one, whose programs know Keras alone.
"""

import array
import atexit
import contextlib
import fcntl
import functools
import gc
import importlib
import itertools
import json
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.forked_program import Program
from tests.support.places import ENVIRONMENT
from tests.support.spare_process import put_aside

_SLURM = ("JOB_ID", "STEP_NODELIST", "STEP_TASKS_PER_NODE", "NTASKS", "PROCID")
_OF_MLFLOW = ("ENABLE_ARTIFACTS_PROGRESS_BAR", "HTTP_REQUEST_MAX_RETRIES", "HTTP_REQUEST_TIMEOUT")
_READ_LATE = frozenset(
    {"COLUMNS", "LINES", "TERM", "NO_COLOR", "TF_CONFIG", "CNNSPEC_CONNECT_SECONDS"}
    | {"TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE", "TF_NUM_INTRAOP_THREADS", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"}
    | {*(f"SLURM_{name}" for name in _SLURM), *(f"MLFLOW_{name}" for name in _OF_MLFLOW)}
)
_OF_LIBRARIES = frozenset(
    {"ENABLE_RUNTIME_UPTIME_TELEMETRY", "HDF5_PLUGIN_PATH", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
    | {"TF2_BEHAVIOR", "TPU_ML_PLATFORM", "TPU_ML_PLATFORM_VERSION"}
    | {"CRC32C_SW_MODE", "_MLFLOW_TELEMETRY_SESSION_ID", "TF_CPP_MIN_LOG_LEVEL", "TF_FORCE_GPU_ALLOW_GROWTH"}
)
"""What TensorFlow, Keras, scikit-learn, converters and what writes for trackers set for themselves when imported."""
_OF_WORKERS = frozenset({"TF_CONFIG", "CNNSPEC_PARENT"})
"""What a program sets for the one that shares its training."""
_MAY_DIFFER = _READ_LATE | _OF_LIBRARIES | {"PYTEST_CURRENT_TEST", "PYTHONPATH"}
"""Variables that may be other than those of the process that forks."""
_SET_AT_START = {"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"}
"""What the program itself sets before it imports TensorFlow, where its user has not."""
_REQUEST = 1 << 20
_TURN = 0.01
"""Seconds after which it is looked again which programs have ended."""
_MODULES = (
    *(f"cnnspec.backend.{name}" for name in ("train", "predict", "evaluate", "inspect.look", "model.build")),
    *("cnnspec.api", "cnnspec.reports.training", "typer.main"),
)
"""What the programs need but for the command line itself: what shows things on a terminal must come to know its own."""


class WarmStart:
    """The process that forks, and the way to it."""

    def __init__(self) -> None:
        (self._asking, served), (self._asking_plain, plain) = socket.socketpair(), socket.socketpair()
        numbers = [served.fileno(), plain.fileno()]
        command = [sys.executable, "-m", "tests.support.warm_start", *map(str, numbers)]
        with served, plain:
            self._process = subprocess.Popen(command, pass_fds=numbers, env=ENVIRONMENT, stdin=subprocess.DEVNULL)
        atexit.register(self.close)

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether a program in this environment may go on from that of the process."""
        names = (environment.keys() | ENVIRONMENT.keys()) - _MAY_DIFFER
        return all(_set(name, environment) == _set(name, ENVIRONMENT) for name in names)

    def start(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] = ENVIRONMENT,
        stdin: bytes | int = b"",
        module: str = "cnnspec",
        shown: tuple[int, int] | None = None,
        plain: bool = False,
    ) -> Program:
        """`python -m MODULE WORDS` in a folder; the environment must suit.

        Where what it reads is a terminal, it is in a session of its own that the terminal controls; `shown` is where
        its output and its errors go instead of into files. A `plain` one finds Keras
        loaded, and nothing of the package.
        """
        assert self.suits(environment)
        late = {name: environment.get(name) for name in _READ_LATE}
        request = json.dumps({"module": module, "words": list(words), "folder": str(folder), "late": late}).encode()
        told, tells = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        said, errors = (os.memfd_create(name) for name in ("output", "errors"))
        with tells, tempfile.TemporaryFile() as given:
            given.write(b"" if isinstance(stdin, int) else stdin)
            given.seek(0)
            read = stdin if isinstance(stdin, int) else given.fileno()
            files = array.array("i", [read, *(shown or (said, errors)), tells.fileno()])
            asking = self._asking_plain if plain else self._asking
            asking.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
        return Program(told.detach(), said, errors)

    def run(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] = ENVIRONMENT,
        stdin: bytes = b"",
        timeout: float = 300,
        module: str = "cnnspec",
        plain: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """`start` to its end; raises subprocess.TimeoutExpired once it was killed for having taken too long."""
        program = self.start(words, folder, environment, stdin, module, plain=plain)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        return subprocess.CompletedProcess(list(words), code, *program.said)

    def close(self) -> None:
        """End the process."""
        for asking in (self._asking, self._asking_plain):
            asking.close()
        self._process.wait()


@functools.cache
def warm_start() -> WarmStart:
    """The one of this process."""
    return WarmStart()


def _set(name: str, environment: Mapping[str, str]) -> str | None:
    return environment.get(name, _SET_AT_START.get(name))


def _serve(asked: socket.socket, other: int) -> str:
    """Fork for each request, and answer with the process's number, then its exit code; ends after the other process.

    Returns in what is forked, with the module that it is to run.
    """
    running: dict[int, socket.socket] = {}
    while True:
        if not select.select([asked], [], [], _TURN if running else None)[0]:
            _tell_ended(running)
            continue
        request, files, _, _ = socket.recv_fds(asked, _REQUEST, 4)
        if not request:
            if other:
                os.waitpid(other, 0)
            sys.exit(0)
        told = socket.socket(fileno=files.pop())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there are threads: OpenBLAS' own, which it looks after itself
            number = os.fork()
        if number == 0:
            for each in (asked, told, *running.values()):
                each.close()
            return _become(json.loads(request), files)
        for file in files:
            os.close(file)
        running[number] = told
        told.send(str(number).encode())


def _tell_ended(running: dict[int, socket.socket]) -> None:
    """Tell who still asks the exit code of each that has ended, and forget it."""
    for number, told in [*running.items()]:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            with running.pop(number), contextlib.suppress(OSError):
                told.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: Mapping[str, Any], files: Sequence[int]) -> str:
    """Take over what a program has from who starts it; the module that it runs."""
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    if os.isatty(0):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    vars(type(sys.stdout))["reconfigure"](sys.stdout, line_buffering=os.isatty(1))
    for name, value in request["late"].items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    words = request["words"]
    if not request["module"].startswith("cnnspec"):
        leave_graphs_as_recorded()
    if ("--workers", "2") in itertools.pairwise(words):
        words = put_aside(_OF_WORKERS) or words
    sys.argv = [request["module"], *words]
    return str(request["module"])


def leave_graphs_as_recorded() -> None:
    """Let TensorFlow rewrite no graph: for networks as small as those of tests it takes longer than their few steps.

    What is a command of cnnspec has them rewritten.
    """
    tensorflow: Any = importlib.import_module("tensorflow")
    tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def _load_keras() -> None:
    """As the package does where nothing is loaded yet."""
    for name, value in _SET_AT_START.items():
        os.environ.setdefault(name, value)
    errors = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    keras: Any = importlib.import_module("keras")
    os.dup2(errors, 2)
    os.close(errors)
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")


def main() -> None:
    """Serve on the sockets whose numbers are the arguments, and be the program that is asked for in what it forks."""
    asked, plain = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    _load_keras()
    other = os.fork()
    (plain if other else asked).close()
    for module in _MODULES if other else ():
        importlib.import_module(module)
    gc.freeze()
    module = _serve(asked if other else plain, other)
    code: object = None
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    if code is not None and not isinstance(code, int):
        sys.exit(str(code))
    _leave(code or 0)


def _leave(code: int) -> None:
    """End as Python does, but leave what was loaded where it is: to take it apart takes longer than a short command."""
    vars(threading)["_shutdown"]()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
