"""Runs taken away for good: their folder with all that is in it, and nothing that a link in it leads to."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.runs.files import disk_errors
from cnnspec.runs.folder import RunFolder, is_own
from cnnspec.runs.lock import owned, refuse_used
from cnnspec.runs.opening import is_file, strange
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_MOST = 10_000
"""Files of a run that are counted."""


@dataclass(frozen=True, slots=True)
class Removable:
    """A run that may be removed: how many files that are, of how many bytes, and those among them of no training."""

    folder: RunFolder
    files: int
    size: int
    others: tuple[str, ...]


def removable(path: Path) -> Removable:
    """What would be gone with a run; raises Rejected for what is no run's folder, RunFailed where it is in use."""
    what = strange(path, stat.S_IFDIR)
    if what:
        help = "name the folder itself" if what == "a link" else "name a run's folder"
        raise rejected("no-run", f"{path} is {what}, and no run's folder", help=help, at=NOWHERE)
    folder = RunFolder(path.parent / path.name if path.name else path.resolve())
    if not folder.path.is_dir():
        raise rejected("no-run", f"there is no run {path}", help="cnnspec runs list names the runs", at=NOWHERE)
    _refuse_other(folder)
    refuse_used(folder)
    sizes = list(_sizes(folder.path))
    return Removable(folder, len(sizes), sum(sizes), tuple(_others(folder)))


def remove(found: Removable) -> None:
    """Remove the run. It leaves its name in one step, so that nobody finds half of it.

    Raises RunFailed where it is in use, or the disk refuses.
    """
    path = found.folder.path
    with contextlib.ExitStack() as owning:
        if os.access(path, os.W_OK):  # a lock is made in it; a folder that may not be written to is refused below
            owning.enter_context(owned(found.folder))
        with disk_errors(path):
            leaving = path.with_name(f".removed-{path.name[:40]}-{secrets.token_hex(4)}")
            path.rename(leaving)
            _delete(leaving, path)


def _delete(leaving: Path, path: Path) -> None:
    """Delete a folder; where that fails it is at its place again, with what is left."""
    try:
        shutil.rmtree(leaving)
    except OSError:
        leaving.rename(path)
        raise


def _refuse_other(folder: RunFolder) -> None:
    """A run is what training made: a spec's own folder, where somebody works, may look like one."""
    if not any(map(is_file, (folder.environment, folder.log, folder.lock))):
        help = "name a run's folder, which train made; delete any other folder by hand"
        raise rejected("no-run", f"{folder.path} is no run: it has no environment.json", help=help, at=NOWHERE)
    if folders := [entry.name for entry in _entries(folder.path) if _is_strange_folder(entry)]:
        received = f"{folder.path} holds a folder {folders[0]}, which no training makes"
        help = "move it elsewhere, or delete the whole folder by hand"
        raise rejected("no-run", received, "a run's folder", help, at=NOWHERE)


def _is_strange_folder(entry: Path) -> bool:
    return not entry.is_symlink() and entry.is_dir() and not is_own(entry.name)


def _entries(path: Path) -> list[Path]:
    with disk_errors(path):
        return sorted(path.iterdir())


def _others(folder: RunFolder) -> Iterator[str]:
    """Files that are none of a run's: reports, exports, notes of somebody's own."""
    yield from (entry.name for entry in _entries(folder.path) if not is_own(entry.name))


def _sizes(path: Path) -> Iterator[int]:
    """The bytes of each file below a folder; no link is followed."""
    for _, (place, _, names) in zip(range(_MOST), os.walk(path), strict=False):
        for name in names[:_MOST]:
            with contextlib.suppress(OSError):
                yield Path(place, name).lstat().st_size


def total(found: Sequence[Removable]) -> tuple[int, int]:
    """How many files, and how many bytes, all of them are."""
    return sum(each.files for each in found), sum(each.size for each in found)
