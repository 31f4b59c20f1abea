"""A disk that fails at one call: the program ends there without a word, or is told that the disk is full."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_CALLS = ("fsync", "replace", "unlink", "mkdir", "open", "close", "chmod")
_ALL = (*_CALLS, "write")
REFUSING = ("fsync", "replace", "mkdir", "open", "write")
"""Calls that a full disk refuses."""
ALL = 10**9


def crash() -> None:
    """End the process as a power cut would, were the disk's cache lost with it or not."""
    os._exit(9)


def full() -> None:
    """Refuse as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FailingDisk:
    """Lets the call with this number, from 1, fail; every write of a file that is opened for `wb` is two calls.

    `folder` is where the calls count, `names` the calls that do; `log` takes a line for each.
    """

    def __init__(
        self,
        folder: Path,
        at: int,
        fail: Callable[[], None],
        log: Path | None = None,
        names: tuple[str, ...] = _ALL,
    ) -> None:
        self._folder, self._left, self._fail = str(folder), at, fail
        self._log = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._names = names

    def install(self) -> None:
        """Put the counting calls in the place of the system's."""
        for name in _CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        real = Path.open

        def opened(path: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
            if mode == "wb" and str(path).startswith(self._folder):
                return _Slow(real(path, mode, 0), self._count)
            return real(path, mode, *more, **options)

        # Checkpoints are opened by this method; types hold methods to be fixed.
        Path.open = opened  # type: ignore[method-assign, assignment]

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            at = arguments[0]
            where = str(Path(f"/proc/self/fd/{at}").readlink()) if isinstance(at, int) and at > 2 else str(at)
            if where.startswith(self._folder):
                self._count(name, where)
            return real(*arguments, **options)

        return call

    def _count(self, name: str, where: str) -> None:
        if name not in self._names:
            return
        if self._log is not None:
            os.write(self._log, f"{name} {where}\n".encode())
        self._left -= 1
        if self._left == 0:
            self._fail()


class _Slow:
    """A file that is written in two halves, past every buffer."""

    def __init__(self, file: BinaryIO, count: Callable[[str, str], None]) -> None:
        self._file, self._count = file, count

    def __enter__(self) -> "_Slow":
        return self

    def __exit__(self, *problem: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        """Half of it, then the other half."""
        for half in (data[: len(data) // 2], data[len(data) // 2 :]):
            self._count("write", str(self._file.name))
            self._file.write(half)
        return len(data)
