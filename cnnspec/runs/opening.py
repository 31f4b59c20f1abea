"""The one place that opens the files of a run: a run may be a stranger's, and no file of it leads anywhere else.

A link is not followed; a folder, a pipe or a device is not opened, and so waits for nobody. What is written in place is
no file that has another name somewhere else.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_ALWAYS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
HELP = "no run has such a file: look at where it came from, and delete it"
"""What to do about it."""


class Strange(OSError):
    """Something in a run's folder that no training puts there; `strerror` says what it is."""


def is_file(path: Path) -> bool:
    """Whether there is a regular file, and no link to one."""
    return _form(path) == stat.S_IFREG


def is_there(path: Path) -> bool:
    """Whether there is anything of this name, be it a link that leads nowhere."""
    return _form(path) is not None


def strange(path: Path, form: int = stat.S_IFREG) -> str:
    """What a path is that is neither a file nor what else is expected, as in `a link`; else empty."""
    found = _form(path)
    return "" if found is None or found == form else _KINDS.get(found, "")


def open_file(path: Path, flags: int = os.O_RDONLY) -> int:
    """A handle of a regular file, which is made where the flags say so.

    Raises FileNotFoundError, Strange, or another OSError.
    """
    _refuse(path, strange(path))
    handle = os.open(path, flags | _ALWAYS, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        _refuse(path, "no regular file")
    return handle


def read_file(path: Path) -> BinaryIO:
    """The same, to be read."""
    return os.fdopen(open_file(path), "rb")


def refuse_strange_folder(path: Path) -> None:
    """Raise Strange where a folder of a run is there and is none of its own."""
    _refuse(path, strange(path, stat.S_IFDIR))


def has_other_names(handle: int) -> bool:
    """Whether an open file has further names, so that what is written into it is written elsewhere, too."""
    return os.fstat(handle).st_nlink > 1


def _form(path: Path) -> int | None:
    """What a path itself is, its links not followed; None where nothing is."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _refuse(path: Path, what: str) -> None:
    if what:
        raise Strange(errno.EINVAL, f"it is {what}", str(path))
