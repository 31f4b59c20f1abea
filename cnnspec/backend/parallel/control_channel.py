"""What the processes of one training say to each other beside TensorFlow: what the chief decides, and who is lost.

Every worker holds a connection to the chief, made before TensorFlow takes over the port. Lines of JSON go over it: a
beat every other second, so that a worker that hangs or whose machine is gone is noticed, and not only one that died.
"""

import contextlib
import json
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from cnnspec.backend.parallel.cluster import Cluster
from cnnspec.results.failure import RunFailed, WorkerLost

T = TypeVar("T")

_BEAT = 2.0
_LATE = 3.0
"""Seconds between two looks at the others after which it was this process that stood still, and heard nobody."""
_SILENCE = 20.0
"""Seconds without a sign of life after which a process is lost."""
_GRACE = 25.0
"""Seconds that the training has to notice by itself and end as it should; then it is ended."""
_FAILED = 3


class ControlChannel:
    """The connections of this process: the chief's to every worker, a worker's to the chief.

    Once another process is lost, whatever waits for it raises RunFailed; a training that hangs in TensorFlow is ended,
    with the same message and exit code 3.
    """

    def __init__(self, cluster: Cluster, peers: Mapping[int, socket.socket]) -> None:
        self.cluster, self.is_chief = cluster, cluster.is_chief
        self.asked = False
        """Whether a process was asked to stop, as all of them know it."""
        self.wishes: Callable[[], bool] = lambda: False
        """Whether this process was asked to stop."""
        self.resumption = ""
        """The command that goes on with the run, once there is one."""
        self._peers = {index: _Peer(each) for index, each in peers.items()}
        self._heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._content: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._wanted = threading.Event()
        self._told_wish = False
        self._lost = ""
        self._missing: int | None = None
        self._known, self._ended = threading.Event(), threading.Event()
        for index, peer in self._peers.items():
            threading.Thread(target=self._listen, args=(index, peer), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def told(self, value: Any) -> Any:
        """On the chief, tell every worker a value; on a worker, wait for it. Raises RunFailed if somebody is lost."""
        if self.is_chief:
            self.refuse_lost()
            self._tell({"value": value})
            return value
        return self._next(self._heard)

    def settle(self) -> None:
        """Go on once every worker is here, content with what it was told. Raises RunFailed if somebody is lost."""
        if not self.is_chief:
            self._tell({"content": 1})
            return
        for _ in self._peers:
            self._next(self._content)

    def _next(self, messages: "queue.SimpleQueue[T]") -> T:
        while True:
            with contextlib.suppress(queue.Empty):
                return messages.get(timeout=0.2)
            self.refuse_lost()

    def pace(self, steps: int) -> int:
        """How many steps the chief wants next. A process that was asked to stop says so here."""
        wish = self.wishes()
        if wish and not self._told_wish and not self.is_chief:
            self._told_wish = True
            self._tell({"stop": True})
        steps, self.asked = self.told((steps, wish or self._wanted.is_set()))
        return steps

    def refuse_lost(self, seconds: float = 0.0) -> None:
        """Raise RunFailed if another process is lost, or turns out to be within so many seconds."""
        if self._known.wait(seconds):
            raise self.failure()

    def failure(self) -> RunFailed:
        """What to say of the process that was lost."""
        said = self._lost or "the processes of the training lost each other"
        return WorkerLost(self._missing, said, self._help())

    def close(self, reason: str = "") -> None:
        """Say that this process ends, and why if it is not because everything is done.

        Who is done waits for the others, since they may still fetch from it what TensorFlow added up.
        """
        if self._ended.is_set():
            return
        self._ended.set()
        if self.is_chief and not reason:
            self._wait()
        self._tell({"bye": reason})
        if not self.is_chief and not reason:
            self._wait()
        for peer in self._peers.values():
            peer.shut()

    def _wait(self) -> None:
        until = time.monotonic() + _GRACE
        while not all(peer.gone for peer in self._peers.values()) and time.monotonic() < until:
            time.sleep(0.02)

    def _help(self) -> str:
        again = f"go on with: {self.resumption}, also on another number of workers" if self.resumption else ""
        return again or "start it again once all of them are there"

    def _tell(self, message: Mapping[str, Any]) -> None:
        for peer in self._peers.values():
            with contextlib.suppress(OSError):
                peer.say(message)

    def _listen(self, index: int, peer: "_Peer") -> None:
        try:
            for message in peer.messages():
                if "value" in message:
                    self._heard.put(message["value"])
                elif "content" in message:
                    self._content.put(index)
                elif "stop" in message:
                    self._wanted.set()
                elif "lost" in message:
                    self._lose(message["lost"])
                elif "bye" in message:
                    self._part(index, peer, message["bye"])
            if not peer.gone:
                self._lose(f"{self.cluster.named(index)} has ended", index)
        except (OSError, ValueError) as error:
            if not peer.gone:
                self._lose(f"{self.cluster.named(index)} is lost ({getattr(error, 'strerror', None) or error})", index)
        finally:
            peer.gone = True
            peer.close()

    def _part(self, index: int, peer: "_Peer", reason: str) -> None:
        peer.gone = True
        if reason and not self.asked:
            self._lose(f"{self.cluster.named(index)} has ended: {reason}", index)

    def _watch(self) -> None:
        """Show that this process lives, and see that the others do."""
        before = time.monotonic()
        while not self._ended.wait(_BEAT):
            self._tell({"beat": 1})
            before, slept = time.monotonic(), time.monotonic() - before
            if slept > _LATE:
                continue
            for index, peer in self._peers.items():
                if not peer.gone and time.monotonic() - peer.heard > _SILENCE:
                    self._lose(f"{self.cluster.named(index)} has said nothing for {_SILENCE:.0f} s", index)

    def _lose(self, what: str, index: int | None = None) -> None:
        if self._known.is_set() or self._ended.is_set():
            return
        self._lost, self._missing = what, index
        self._known.set()
        if self.is_chief:
            self._tell({"lost": what})
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        """End a process that waits in TensorFlow for somebody who will not come; its checkpoints are whole."""
        if not self._ended.wait(_GRACE):
            abandon(self.failure())


class _Peer:
    """A connection to another process."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._lock = connection, threading.Lock()
        self.heard, self.gone = time.monotonic(), False

    def say(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def messages(self) -> Iterator[dict[str, Any]]:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                self.heard = time.monotonic()
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("not a message")
                yield message

    def shut(self) -> None:
        """Say nothing more; who listens at the other end sees that."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with self._lock:
            self._socket.close()


def abandon(failure: RunFailed) -> None:
    """Say what went wrong and end the process at once, whatever its other threads wait for."""
    for diagnostic in failure.diagnostics:
        print(f"error[{diagnostic.code}]: {diagnostic.message}\n  = help: {diagnostic.help}", file=sys.stderr)
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
        sys.stdout.flush()
    os._exit(_FAILED)
