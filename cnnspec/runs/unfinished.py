"""Folders that are filled beside their place: gone at the end, and those of processes that were killed, too."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NAMED = ".writing-cnnspec-"
"""How they are called, as nothing of somebody's own is."""


@contextlib.contextmanager
def unfinished_folder(place: Path) -> Iterator[Path]:
    """An empty folder beside `place`, to be renamed or emptied; what killed processes left there is removed.

    It is locked for as long as this lasts, so that others see that it is somebody's. Raises OSError.
    """
    _remove_left(place.parent)
    folder, handle = _locked(place.parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _locked(parent: Path) -> tuple[Path, int]:
    """A new folder of ours; another process that takes it for a left one, before it is locked, has it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_NAMED, dir=parent))
        handle = os.open(folder, os.O_RDONLY)
        if _lock(handle) is not False and folder.exists():
            return folder, handle
        os.close(handle)


def _remove_left(parent: Path) -> None:
    """Delete those that no process has locked; where that cannot be known, or done, they stay."""
    for folder in parent.glob(f"{_NAMED}*"):
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if _lock(handle):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _lock(handle: int) -> bool | None:
    """Whether it is locked now, which it is not where another process has it; None where there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
