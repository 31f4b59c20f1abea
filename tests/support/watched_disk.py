"""Every change that a process makes beneath a folder, seen before it is made: files opened, written, renamed, removed.

What is written to a binary file goes to the operating system at once, so that each write of the program is a call.
"""

import builtins
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ON_PATHS = ("mkdir", "rmdir", "unlink", "remove", "chmod", "replace", "rename", "link")
_ON_FILES = ("fsync", "ftruncate", "pwrite")
_NEW = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True, slots=True)
class Call:
    """One change: of `path`, or from it to `other`; of a write the `data`, and where in the file it begins.

    An `open` that empties a file is `cut`.
    """

    name: str
    path: str
    other: str = ""
    at: int = 0
    data: bytes = b""
    cut: bool = False


class WatchedDisk:
    """Tells `before` of each call, one at a time. Where it answers False, a write is cut in half and `fail` comes next.

    For other calls `fail` comes in their place.
    """

    def __init__(self, folder: Path, before: Callable[[Call], bool], fail: Callable[[], None] = lambda: None) -> None:
        self._folder, self._before, self._fail = str(folder), before, fail
        self._one = threading.RLock()

    def install(self) -> None:
        """Put calls that are seen in the place of the system's, for the rest of the process."""
        for name in _ON_PATHS:
            setattr(os, name, self._on_path(name, getattr(os, name)))
        for name in _ON_FILES:
            setattr(os, name, self._on_file(name, getattr(os, name)))
        os.open = self._opening(os.open)
        # Python's own module and the name that programs use are one function.
        io.open = builtins.open = self._opened(io.open)  # type: ignore[assignment]

    def sees(self, path: object) -> bool:
        """Whether a path is beneath the folder."""
        return isinstance(path, str | os.PathLike) and f"{os.fspath(path)}/".startswith(f"{self._folder}/")

    @contextmanager
    def seen(self, call: Call) -> Iterator[None]:
        """One call, which the others wait for."""
        with self._one:
            if not self._before(call):
                self._fail()
            yield

    def write(self, file: io.FileIO, data: Any) -> int:
        """Write to a file that is seen."""
        whole = bytes(data)
        with self._one:
            if not self._before(Call("write", str(file.name), at=file.tell(), data=whole)):
                io.FileIO.write(file, whole[: len(whole) // 2])
                self._fail()
            written = io.FileIO.write(file, whole)
            assert written == len(whole)
            return written

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *more: Any, **options: Any) -> Any:
            if not self.sees(path):
                return real(path, *more, **options)
            other = os.fspath(more[0]) if name in ("replace", "rename", "link") else ""
            with self.seen(Call(name, os.fspath(path), other)):
                return real(path, *more, **options)

        return call

    def _on_file(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *more: Any) -> Any:
            path = str(Path(f"/proc/self/fd/{handle}").readlink())
            if not self.sees(path):
                return real(handle, *more)
            data, at = (more[0], more[1]) if name == "pwrite" else (b"", more[0] if more else 0)
            with self.seen(Call(name, path, at=at, data=data)):
                return real(handle, *more)

        return call

    def _opening(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *more: Any, **options: Any) -> int:
            if not (flags & _NEW and self.sees(path)):
                return real(path, flags, *more, **options)
            with self.seen(Call("open", os.fspath(path), cut=bool(flags & os.O_TRUNC))):
                return real(path, flags, *more, **options)

        return call

    def _opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, mode: str = "r", buffering: int = -1, *more: Any, **options: Any) -> Any:
            if mode in ("r", "rb", "rt") or not self.sees(path) or "opener" in options:
                return real(path, mode, buffering, *more, **options)
            with self.seen(Call("open", os.fspath(path), cut="w" in mode)):
                file = _SeenFile(os.fspath(path), mode.replace("b", "").replace("t", ""))
            file.disk = self
            return file if "b" in mode else io.TextIOWrapper(io.BufferedWriter(file), *more, **options)

        return call


class _SeenFile(io.FileIO):
    """A file whose writes are seen."""

    disk: WatchedDisk

    def write(self, data: Any) -> int:
        return self.disk.write(self, data)
