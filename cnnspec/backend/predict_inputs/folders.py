"""Pictures by name: single files, and all that lie in folders."""

from collections.abc import Iterator
from pathlib import Path

from cnnspec.backend.data.listing import DEEPEST, is_ignored, wrong_link
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.predict_inputs.example import Example, bad


def pictures_in(folder: Path, input_name: str) -> Iterator[Example]:
    """All files in a folder and the folders in it, sorted by name.

    Links are followed where they stay in the folder, but into no folder twice; any other link is told as wrong.
    """
    yield from _walk(folder, input_name, DataFolder(folder), 0, set())


def picture(path: Path, input_name: str) -> Example:
    """One file, which is read later."""
    return Example(str(path), {input_name: path})


def _walk(folder: Path, input_name: str, root: DataFolder, depth: int, seen: set[tuple[int, int]]) -> Iterator[Example]:
    try:
        status = folder.stat()
        paths = sorted(path for path in folder.iterdir() if not is_ignored(path.name))
    except OSError as error:
        yield bad(
            str(folder), "unreadable-file", f"{folder} cannot be read ({error.strerror}); expected an open folder"
        )
        return
    if (status.st_dev, status.st_ino) in seen or depth > DEEPEST:
        return
    seen.add((status.st_dev, status.st_ino))
    for path in paths:
        if path.is_symlink() and (problem := wrong_link(path, root)):
            yield Example(str(path), problems=(problem,))
        elif path.is_dir():
            yield from _walk(path, input_name, root, depth + 1, seen)
        else:
            yield picture(path, input_name)
