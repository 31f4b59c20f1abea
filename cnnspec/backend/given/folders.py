"""Pictures by name: single files, and all that lie in folders."""

from collections.abc import Iterator
from pathlib import Path

from cnnspec.backend.data.listing import is_ignored
from cnnspec.backend.given.example import Example, bad

_DEEPEST = 64


def pictures_in(folder: Path, input_name: str) -> Iterator[Example]:
    """All files in a folder and the folders in it, sorted by name; links are followed, but into no folder twice."""
    yield from _walk(folder, input_name, 0, set())


def picture(path: Path, input_name: str) -> Example:
    """One file, which is read later."""
    return Example(str(path), {input_name: path})


def _walk(folder: Path, input_name: str, depth: int, seen: set[tuple[int, int]]) -> Iterator[Example]:
    try:
        status = folder.stat()
        names = sorted(path.name for path in folder.iterdir() if not is_ignored(path.name))
    except OSError as error:
        yield bad(
            str(folder), "unreadable-file", f"{folder} cannot be read ({error.strerror}); expected an open folder"
        )
        return
    if (status.st_dev, status.st_ino) in seen or depth > _DEEPEST:
        return
    seen.add((status.st_dev, status.st_ino))
    for name in names:
        path = folder / name
        if path.is_dir():
            yield from _walk(path, input_name, depth + 1, seen)
        else:
            yield picture(path, input_name)
