"""What processes of a sweep own: its study for a moment, a trial for as long as they live.

A byte of one file for each, by POSIX' locks, which the operating system takes back however a process ends, and which
network file systems carry to other machines. Within one process they do not exclude each other.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cnnspec.results.failure import RunFailed
from cnnspec.runs.opening import Strange, open_file
from cnnspec.source.answers import reason

_STUDY, _JOURNAL, _TRIALS = 0, 1, 2
"""The bytes of the study, of one line of its journal, and from where on those of its trials lie."""


class Locks:
    """The locks of a study, in a file beside its journal; raises RunFailed where there can be none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._handle = open_file(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            why = str(error.strerror) if isinstance(error, Strange) else reason(error)
            raise self._refused(why) from error

    @contextlib.contextmanager
    def study(self) -> Iterator[None]:
        """Own the study, waiting for whoever does."""
        self._take(_STUDY)
        try:
            yield
        finally:
            self._leave(_STUDY)

    def own(self, trial: int) -> bool:
        """Whether this process owns the trial now, from here on until it ends."""
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _TRIALS + trial)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise self._refused(reason(error)) from error
        return True

    def leave(self, trial: int) -> None:
        """Let others have the trial."""
        self._leave(_TRIALS + trial)

    def close(self) -> None:
        """Let others have everything."""
        os.close(self._handle)

    @property
    def journal(self) -> "JournalLock":
        """The lock of a line that is being written, as Optuna's journal takes it."""
        return JournalLock(self)

    @contextlib.contextmanager
    def written(self) -> Iterator[None]:
        """Own the journal, waiting for whoever writes into it."""
        self.take_journal()
        try:
            yield
        finally:
            self.leave_journal()

    def take_journal(self) -> None:
        """Own the journal, waiting for whoever does."""
        self._take(_JOURNAL)

    def leave_journal(self) -> None:
        """Let others have it."""
        self._leave(_JOURNAL)

    def _take(self, byte: int) -> None:
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX, 1, byte)
        except OSError as error:
            raise self._refused(reason(error)) from error

    def _leave(self, byte: int) -> None:
        fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, byte)

    def _refused(self, why: str) -> RunFailed:
        help = "choose a folder that can be written to, on a file system with locks"
        return RunFailed("cannot-write", f"cannot lock {self._path}: {why}", help)


class JournalLock:
    """Held while a line is written; who is killed meanwhile holds nothing."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks

    def acquire(self) -> bool:
        """Wait for whoever writes."""
        self._locks.take_journal()
        return True

    def release(self) -> None:
        """Let others write."""
        self._locks.leave_journal()
