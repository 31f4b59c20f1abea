"""What data files were like when a run was trained, so that a later change is noticed."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnspec.backend.data.listing import is_ignored
from cnnspec.backend.data.place import DataFolder
from cnnspec.language.location import real_path
from cnnspec.language.sources.section import DataSection
from cnnspec.results.marks import Mark

_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Change:
    """A file or folder of the data, named as in the spec, that is not what it was."""

    name: str
    was: Mark
    now: Mark


def fingerprint(section: DataSection, folder: DataFolder) -> dict[str, Mark]:
    """A mark for each file or folder that the section names and that is there, by its name in the spec.

    What lies outside the data folder is left out. What is in memory is marked by split. Raises OSError where a file
    cannot be read.
    """
    if folder.given is not None:
        return folder.given.marks()
    marks: dict[str, Mark] = {}
    root = real_path(folder.path)
    for name in dict.fromkeys(section.files()):
        path = real_path(root / name)
        if not path.is_relative_to(root):
            continue
        if path.is_file():
            marks[name] = _of_file(path)
        elif path.is_dir():
            marks[name] = _of_folder(path)
    return marks


def changes(before: Mapping[str, Mark], now: Mapping[str, Mark]) -> list[Change]:
    """What is marked differently now; what has no mark on either side is no change."""
    return [Change(name, mark, now[name]) for name, mark in before.items() if name in now and now[name] != mark]


def _of_file(path: Path) -> Mark:
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            size += len(piece)
            digest.update(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def _of_folder(folder: Path) -> Mark:
    """Contents are not read: a folder may be large. What systems leave in folders does not count."""
    sizes = sorted(_sizes(folder))
    digest = hashlib.sha256()
    for name, size in sizes:
        digest.update(os.fsencode(name) + b"\0" + str(size).encode() + b"\n")
    return {"files": len(sizes), "size": sum(size for _, size in sizes), "sha256": digest.hexdigest()}


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_ignored(name)]
        for name in files:
            if not is_ignored(name):
                path = Path(place, name)
                yield path.relative_to(folder).as_posix(), (path.stat() if path.exists() else path.lstat()).st_size
