"""Runs, and files of weights, whose names are like one that is not there."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cnnspec.source.diagnostic import nearest, suggestion

_MOST = 1000
"""Entries of a folder that are looked at."""


def alike(path: Path, folders: Sequence[Path] = (Path(),), kinds: tuple[str, ...] = ()) -> str:
    """A help text: what was probably meant by a path to a run, or to a file of these `kinds`; else what there is.

    The path starts at one of the `folders`. What is suggested stands as it would be written there.
    """
    known = list(dict.fromkeys(name for folder in folders for name in _written(folder, path, kinds)))
    by_name = {Path(name).name: name for name in reversed(known)}
    if match := nearest(path.name, by_name):
        return f"write {by_name[match]}"
    return suggestion(str(path), known)


def _written(folder: Path, path: Path, kinds: tuple[str, ...]) -> Iterator[str]:
    """What lies where it was looked for, and in the folder of runs there and here."""
    places = (path.parent, path.parent / "runs", path.parent.parent, Path("runs"))
    for place in dict.fromkeys(places):
        yield from (str(place / name) for name in _names(folder / place, kinds))


def _names(place: Path, kinds: tuple[str, ...]) -> list[str]:
    """The runs and files in a folder by name; none where it cannot be read."""
    try:
        entries = [entry for entry, _ in zip(place.iterdir(), range(_MOST), strict=False)]
        return sorted(entry.name for entry in entries if _is_one(entry, kinds))
    except OSError:
        return []


def _is_one(entry: Path, kinds: tuple[str, ...]) -> bool:
    return (entry / "spec.yaml").is_file() or (bool(kinds) and entry.name.endswith(kinds))
