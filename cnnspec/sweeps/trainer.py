"""The process that trains the trials of a sweep, as the process that runs the sweep sees it.

It is started once and asked for one training after another; where it dies of one, as where memory runs out, it is
started again for the next.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cnnspec.results.failure import RunFailed
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span
from cnnspec.stopping import Stopping

_TURN = 0.1
"""Seconds after which it is looked again whether somebody asked to stop."""
_MODULE = "cnnspec.backend.trainer"
_LEFT = 10.0
"""Seconds that it may take to end once nobody asks any more."""
_PRUNED = "pruned"
_DEATH = "its process was ended, as the system does where memory runs out"


@dataclass(frozen=True, slots=True)
class Training:
    """What is asked for: a spec with its settings, as a member of a series; `command` is what would train the same."""

    spec: str
    settings: tuple[str, ...]
    runs: Path
    data_root: Path | None
    series: str
    member: str

    @property
    def command(self) -> list[str]:
        """`cnnspec train SPEC --set ...`."""
        root = [] if self.data_root is None else ["--data-root", str(self.data_root)]
        sets = [word for setting in self.settings for word in ("--set", setting)]
        return ["cnnspec", "train", self.spec, "--runs", str(self.runs), *root, *sets]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a training ended: `run` is its folder, if it has one, `reason` why it came to nothing.

    Where it was `rejected`, the `mistakes` say what is wrong with its spec or its data.
    """

    how: Literal["done", "pruned", "failed", "rejected"]
    run: str = ""
    reason: str = ""
    mistakes: tuple[Diagnostic, ...] = ()


Judge = Callable[[int, int, Mapping[str, float]], bool]
"""Told the figures of an epoch, and how many epochs there are; whether the training is hopeless."""


class Trainer:
    """Used as a context; the process ends with it, and with this one however that ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._held = b""

    def __enter__(self) -> "Trainer":
        self._start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._end()

    def train(self, training: Training, judge: Judge | None, hear: Judge, stopping: Stopping) -> Ending:
        """Carry it out; raises KeyboardInterrupt once its state is saved, RunFailed where nothing can be trained here.

        `hear` is told of every epoch; where there is a `judge`, it says after each whether the training is hopeless.
        """
        if self._process is None or self._process.poll() is not None:
            self._start()
        request = {
            "spec": training.spec,
            "settings": list(training.settings),
            "runs": str(training.runs),
            "data_root": None if training.data_root is None else str(training.data_root),
            "series": training.series,
            "member": training.member,
            "command": training.command,
            "asks": judge is not None,
        }
        self._tell(request)
        run, ending = "", None
        for message in self._messages(stopping):
            run = str(message.get("run", run))
            if "epoch" in message:
                self._answer(message, judge, hear)
            elif found := _ending(message, run):
                ending = found
            elif "ended" in message:
                break
        return ending or Ending("failed", run, _DEATH)

    def _answer(self, message: Mapping[str, Any], judge: Judge | None, hear: Judge) -> None:
        told = (message["epoch"], message["epochs"], message["figures"])
        hear(*told)
        if judge is not None:
            self._tell({"prune": judge(*told)})

    def _messages(self, stopping: Stopping) -> Iterator[dict[str, Any]]:
        """What the process says until it has ended this training; who was asked to stop asks it."""
        process, asked = 0, False
        with stopping.saving():
            while (line := self._line()) is not None:
                if stopping.asked and not asked and process:
                    asked = True
                    with contextlib.suppress(OSError):
                        os.kill(process, signal.SIGTERM)
                if not line:
                    continue
                message = json.loads(line)
                process = int(message.get("begun", process))
                yield message

    def _line(self) -> bytes | None:
        """A line; empty where none has come in a while, None where the process has gone."""
        assert self._socket is not None
        if b"\n" not in self._held:
            if not select.select([self._socket], [], [], _TURN)[0]:
                return b""
            try:
                content = self._socket.recv(1 << 16)
            except ConnectionError:
                content = b""
            if not content:
                return None
            self._held += content
            if b"\n" not in self._held:
                return b""
        line, _, self._held = self._held.partition(b"\n")
        return line

    def _tell(self, message: Mapping[str, object]) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionError):  # its death is told by what it does not say
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def _start(self) -> None:
        self._end()
        self._socket, theirs = socket.socketpair()
        self._held = b""
        with theirs:
            command = [sys.executable, "-m", _MODULE, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            try:
                self._process.wait(_LEFT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._socket = None


def _ending(message: Mapping[str, Any], run: str) -> Ending | None:
    """What a message says of the end; raises KeyboardInterrupt or RunFailed where the sweep ends, too."""
    if "done" in message:
        return Ending("done", str(message["done"]["run"]))
    if "rejected" in message:
        found = tuple(map(_mistake, message["rejected"]))
        return Ending("rejected", run, "; ".join(each.message for each in found), found)
    if "failed" in message:
        raise RunFailed(**message["failed"])
    if "interrupted" in message:
        if message["interrupted"] == _PRUNED:
            return Ending("pruned", run)
        raise KeyboardInterrupt
    return None


def _mistake(told: Mapping[str, Any]) -> Diagnostic:
    span = told["span"]
    return Diagnostic(told["code"], told["message"], span and Span(*span), help=told["help"])
