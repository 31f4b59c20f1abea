"""Which files lie in the class folders of a split."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import ELOOP
from pathlib import Path

from cnnspec.backend.data.place import DataFolder
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.route import FILE

_IGNORED = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
"""What systems leave in folders of pictures, beside names that begin with a dot."""
DEEPEST = 64
"""Folders in each other that are gone through."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of each class, classes and files sorted by name; `problems` are what cannot be among them."""

    folder: Path
    classes: dict[str, tuple[Path, ...]]
    problems: tuple[Diagnostic, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, class by class."""
        return tuple(path for files in self.classes.values() for path in files)


def list_classes(folder: DataFolder, relative: str) -> Listing:
    """What lies in a split's folder; raises Rejected if there is no such folder."""
    place = folder.find_folder(relative)
    walk = _Walk(folder)
    entries = walk.entries(place)
    classes: dict[str, tuple[Path, ...]] = {}
    for entry in (entry for entry in entries if entry.is_dir()):
        known = len(walk.problems)
        classes[entry.name] = tuple(walk.files(Path(entry.path)))
        if not entry.name.isprintable():
            walk.refuse("bad-classes", f"{entry.path} is no name for a class; expected one that can be printed")
        if not classes[entry.name] and len(walk.problems) == known:
            walk.refuse("bad-classes", f"{entry.path} is an empty class folder; expected pictures in it")
    beside = [entry.path for entry in entries if not entry.is_dir()]
    if not classes:
        help = "put the pictures of each class into a folder of their own"
        walk.refuse("bad-classes", f"{place} has no class folders; expected at least two", help)
        beside = []
    for path in beside:
        walk.refuse("bad-classes", f"{path} lies beside the class folders; expected in one of them")
    return Listing(place, classes, tuple(walk.problems))


@dataclass(slots=True)
class _Walk:
    """Walks through folders, each once, and collects what it cannot go through."""

    root: DataFolder
    problems: list[Diagnostic] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def refuse(self, code: str, message: str, help: str = "") -> None:
        """Note a problem."""
        self.problems.append(Diagnostic(code, message, help=help, at=FILE))

    def files(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        """The files in a folder and the folders in it."""
        for entry in self.entries(folder):
            path = Path(entry.path)
            if entry.is_file():
                yield path
            elif not entry.is_dir():
                self.refuse("bad-picture", f"{path} is neither file nor folder; expected pictures")
            elif depth == DEEPEST:
                self.refuse("bad-classes", f"{path} lies more than {DEEPEST} folders deep; expected fewer")
            else:
                yield from self.files(path, depth + 1)

    def entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What a folder holds, sorted by name, without what is hidden, or leads out of the data's folder."""
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self.seen:
                self.refuse("bad-classes", f"{folder} leads to a folder that was read already; expected one of its own")
                return []
            self.seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as found:
                entries = sorted((entry for entry in found if not is_ignored(entry.name)), key=lambda e: e.name)
        except OSError as error:
            self.refuse("unreadable-file", f"{folder} cannot be read ({error.strerror}); expected an open folder")
            return []
        return [entry for entry in entries if not entry.is_symlink() or self._stays(Path(entry.path))]

    def _stays(self, link: Path) -> bool:
        problem = wrong_link(link, self.root)
        if problem is not None:
            self.problems.append(problem)
        return problem is None


def wrong_link(link: Path, root: DataFolder) -> Diagnostic | None:
    """Why a link is not followed: it leads out of the folder, nowhere, or to itself; None for any other."""
    try:
        link.stat()
    except FileNotFoundError:
        return Diagnostic("bad-picture", f"{link} is a link that leads nowhere; expected a picture", at=FILE)
    except OSError as error:
        what = "is a link that leads to itself" if error.errno == ELOOP else f"cannot be followed ({error.strerror})"
        return Diagnostic("bad-picture", f"{link} {what}; expected a picture", at=FILE)
    if root.holds(link):
        return None
    return Diagnostic("outside", f"{link} leads out of {root.path}; expected only links that stay in it", at=FILE)


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is passed over."""
    return name.startswith(".") or name.lower() in _IGNORED
