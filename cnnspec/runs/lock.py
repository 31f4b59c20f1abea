"""One process owns a run: a lock that the operating system takes back when the process ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import HELP, Strange, has_other_names, open_file
from cnnspec.source.answers import reason


@contextlib.contextmanager
def owned(folder: RunFolder) -> Iterator[None]:
    """Own the run for as long as this lasts; raises RunFailed where another process does."""
    try:
        handle = open_file(folder.lock, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        own = "a run goes on in its own folder: let it be written to, or copy it and resume the copy"
        help = HELP if isinstance(error, Strange) else own
        raise RunFailed("cannot-write", f"cannot write {folder.lock}: {reason(error)}", help) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(folder, handle) from None
        except OSError:  # a file system without locks: nothing can be known
            pass
        _sign(handle)
        yield
    finally:
        os.close(handle)


def refuse_used(folder: RunFolder) -> None:
    """Raise RunFailed where another process owns the run; nothing is written, so that a run may be looked at."""
    try:
        handle = open_file(folder.lock)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(folder, handle) from None
    except OSError:  # a file system without locks: nothing can be known
        pass
    finally:
        os.close(handle)


def _sign(handle: int) -> None:
    """Leave the number of this process, for the message to others; not in a file that has a name elsewhere, too."""
    if has_other_names(handle):
        return
    with contextlib.suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


def _in_use(folder: RunFolder, handle: int) -> RunFailed:
    number = os.pread(handle, 20, 0).decode(errors="replace").strip()
    who = f"process {number}" if number.isdecimal() else "another process"
    return RunFailed("run-in-use", f"{who} trains {folder.path}", "wait for it, or end it first")
