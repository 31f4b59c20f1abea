"""Trains for a sweep, in a process of its own: `python -m cnnspec.backend.trainer SOCKET`, started by cnnspec alone.

TensorFlow is imported once, and for each training a process forks from this one, so that each trains as the first one
of a process does, to the same bits, and leaves no memory behind. Where there is a GPU, whose driver does not survive a
fork, this process trains itself, once. A line of JSON on the socket is a request, an event, or an answer to one.
"""

import json
import os
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from cnnspec.analysis import analyse
from cnnspec.backend.parallel.layout import Wish
from cnnspec.backend.series import Wanted, carry_out
from cnnspec.results.events import EpochEnded, Event, Resumed, RunStarted
from cnnspec.results.failure import RunFailed
from cnnspec.results.series import Membership
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.stopping import Stopping

PRUNED = "pruned"
"""By what a training is asked to stop that its pruner finds hopeless."""


def main() -> None:
    """Serve on the socket whose number is the argument, until nobody asks any more."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    forks = not tf.config.list_physical_devices("GPU")
    with asked.makefile("rw", encoding="utf-8") as lines:
        tell(lines, {"ready": True})
        while line := lines.readline():
            if not forks:
                _train(json.loads(line), asked, lines)
                return
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # there are threads: OpenBLAS' own, and the one that waits for the end
                child = os.fork()
            if child == 0:
                threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
                _train(json.loads(line), asked, lines)
                lines.flush()
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            tell(lines, {"ended": code})


def tell(lines: Any, message: Mapping[str, object]) -> None:
    """Write a message, at once."""
    lines.write(json.dumps(message) + "\n")
    lines.flush()


def _end_with(asked: socket.socket) -> None:
    """End at once when whoever asks has gone, as somebody does who was killed."""
    poll = select.poll()
    poll.register(asked, 0)
    poll.poll()
    os._exit(1)


def _train(request: Mapping[str, Any], asked: socket.socket, lines: Any) -> None:
    """One training, from its request to what came of it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.argv = list(request["command"])
    stopping = Stopping(lambda unsaved: None)
    follower = _Follower(request, lines, stopping)
    tell(lines, {"begun": os.getpid()})
    try:
        with stopping.heeded(), stopping.held():
            spec, graph = analyse(request["spec"], request["settings"]).require()
            root = request["data_root"]
            wanted = Wanted(
                Membership(request["series"], request["member"]),
                spec,
                graph,
                Path(request["runs"]),
                None if root is None else Path(root),
            )
            member = carry_out(wanted, on_event=follower.take, wish=Wish(settles=True), stopping=stopping)
        tell(lines, {"done": {"run": member.run}})
    except Rejected as mistakes:
        tell(lines, {"rejected": [_told(each) for each in mistakes.diagnostics]})
    except RunFailed as failure:
        first = failure.diagnostics[0]
        tell(lines, {"failed": {"code": first.code, "message": first.message, "help": first.help}})
    except KeyboardInterrupt:
        tell(lines, {"interrupted": stopping.by, "run": follower.run})


def _told(found: Diagnostic) -> dict[str, object]:
    """A mistake, for who asked."""
    return {"code": found.code, "message": found.message, "help": found.help, "span": found.span}


class _Follower:
    """Tells the figures of each epoch, and asks, where that is wanted, whether to go on."""

    def __init__(self, request: Mapping[str, Any], lines: Any, stopping: Stopping) -> None:
        self._asks, self._lines, self._stopping = bool(request["asks"]), lines, stopping
        self.run = ""

    def take(self, event: Event) -> None:
        """One event of the training."""
        if isinstance(event, RunStarted):
            self.run = event.path
            tell(self._lines, {"run": event.path})
        elif isinstance(event, Resumed):
            for ended in event.ended:
                self._ended(ended)
        elif isinstance(event, EpochEnded):
            self._ended(event)

    def _ended(self, event: EpochEnded) -> None:
        tell(self._lines, {"epoch": event.epoch, "epochs": event.epochs, "figures": dict(event.figures)})
        if self._asks and json.loads(self._lines.readline())["prune"]:
            self._asks = False
            self._stopping.ask(PRUNED)


if __name__ == "__main__":
    main()
