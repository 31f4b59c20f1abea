"""Files that are there whole or not at all: written beside their place, flushed to the disk, renamed."""

import contextlib
import errno
import functools
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from cnnspec.results.failure import RunFailed
from cnnspec.runs.opening import has_other_names, open_file, read_file
from cnnspec.source.answers import advice, reason

_ELSEWHERE = "choose a folder that can be written to"


class AlreadyThere(Exception):
    """The target exists and was not to be replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} exists")


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path`, replacing what was there; raises RunFailed and leaves the old file if it cannot."""
    write_with(path, lambda temporary: _write(temporary, text))


def write_with(path: Path, write: Callable[[Path], None], replace: bool = True) -> None:
    """Let `write` fill a temporary file beside `path`, then put it there in one step.

    The temporary file ends as `path` does. Raises RunFailed if the disk refuses, AlreadyThere if
    `path` exists and `replace` is false; in both cases nothing has changed.
    """
    if not replace and path.exists():
        raise AlreadyThere(path)
    with disk_errors(path), _temporary(path) as temporary:
        _refuse_special(path)
        write(temporary)
        _flush(temporary)
        _put(temporary, path, replace)
        _flush(path.parent)


def append_line(path: Path, line: str) -> None:
    """Add one line; a line that does not fit on the disk is taken back.

    A file that has another name elsewhere, as in a backup, is left as it is there, and copied here.
    """
    with disk_errors(path), os.fdopen(open_file(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as file:
        if has_other_names(file.fileno()):
            _part(path)
            append_line(path, line)
            return
        start = file.seek(0, os.SEEK_END)
        try:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), start)
            raise


def _part(path: Path) -> None:
    """Let a path name a copy of its file."""
    with read_file(path) as file:
        content = file.read()
    write_with(path, lambda temporary: _fill(temporary, content))


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into RunFailed, naming `path`."""
    try:
        yield
    except OSError as error:
        raise RunFailed("cannot-write", f"cannot write {path}: {reason(error)}", advice(error, _ELSEWHERE)) from error


def refuse_unwritable(path: Path) -> None:
    """Raise RunFailed where nothing could be written at a path, its folders to be made; nothing is left there."""
    with disk_errors(path):
        if os.path.lexists(path):
            os.close(open_file(path, os.O_WRONLY | os.O_APPEND))
            return
        there = next(each for each in path.absolute().parents if each.exists())
        Path(tempfile.mkdtemp(prefix=".writing-", dir=there)).rmdir()


def _refuse_special(path: Path) -> None:
    """Raise OSError for what a file would take the place of for good: a device, a pipe, be it by a link to it."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, and a file would take its place")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".writing-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.chmod(0o666 & ~umask())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@functools.cache
def umask() -> int:
    """What may not be done with new files and folders.

    Asked for once: for a moment nobody else may make files, and a second thread may write later on.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(temporary: Path, path: Path, replace: bool) -> None:
    if replace:
        temporary.replace(path)
        return
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise AlreadyThere(path) from None
