"""A disk that fails: the program ends at a call without a word, or is told that there is no space left."""

import errno
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support.watched_disk import Call, WatchedDisk

REFUSING = ("fsync", "replace", "link", "mkdir", "open", "write", "pwrite")
"""Calls that a full disk refuses."""
_TEMPORARY = re.compile(r"\.writing-[^./]*")


def crash() -> None:
    """End the process as the system does when it is out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def full() -> None:
    """Refuse as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Spot:
    """The `number`-th call, from 1, of a name on a path; the path starts at a folder, and `*` stands for what is drawn.

    An empty path is any, a path that begins with `/` the end of one.
    """

    name: str
    path: str
    number: int = 1

    def is_at(self, name: str, path: str) -> bool:
        """Whether a call is one of those that are counted."""
        fits = path.endswith(self.path) if self.path.startswith("/") or not self.path else path == self.path
        return fits and name == self.name


def spots(calls: Iterable[Call], folder: Path) -> list[Spot]:
    """Where each of these calls was made."""
    counted, found = Counter[tuple[str, str]](), list[Spot]()
    for call in calls:
        key = call.name, _drawn(call, folder)
        counted[key] += 1
        found.append(Spot(*key, counted[key]))
    return found


class FailingDisk:
    """Lets the call at a spot beneath a folder fail; of a write after half of it."""

    def __init__(self, folder: Path, spot: Spot, fail: Callable[[], None]) -> None:
        self._folder, self._spot, self._left = folder, spot, spot.number
        self.install = WatchedDisk(folder, self._goes, fail).install

    def _goes(self, call: Call) -> bool:
        if not self._spot.is_at(call.name, _drawn(call, self._folder)):
            return True
        self._left -= 1
        return self._left != 0


def _drawn(call: Call, folder: Path) -> str:
    """The path of a call without what differs from run to run."""
    return _TEMPORARY.sub(".writing-*", os.path.relpath(call.path, folder))


class FullInTurn:
    """A disk that is full at the first call of one file that is saved, at the second of the next, and so on.

    The files are those beneath `folder` that end so. Every other one is written, with `streak` only once all calls have
    been refused; `log` takes a line for each refusal.
    """

    def __init__(self, folder: Path, ending: str, log: Path, streak: bool = False) -> None:
        self._ending, self._every = ending, 1 if streak else 2
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._begun = self._call = 0
        self._over, self._refused, self._parent = False, True, ""
        self.install = WatchedDisk(folder, self._goes, full).install

    def _goes(self, call: Call) -> bool:
        if self._over or call.name not in REFUSING or not self._belongs(call):
            return True
        if call.name == "open" and not call.cut:
            self._begin()
        self._call += 1
        if self._begun % self._every or self._call != self._begun // self._every:
            return True
        self._refused = True
        os.write(self._log, f"{self._call} {call.name} {len(call.data)}\n".encode())
        return False

    def _begin(self) -> None:
        """Another file is begun; where nothing of the last one's turn was refused, all calls have been."""
        if self._begun and self._begun % self._every == 0 and not self._refused:
            self._over = True
        self._begun, self._call, self._refused, self._parent = self._begun + 1, 0, False, ""

    def _belongs(self, call: Call) -> bool:
        """Whether a call is for such a file; its folder is flushed once it is in its place."""
        if call.name == "replace" and call.path.endswith(self._ending):
            self._parent = str(Path(call.other).parent)
        return call.path.endswith(self._ending) or (call.name == "fsync" and call.path == self._parent)
