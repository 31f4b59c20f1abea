"""Runs, and files of weights, whose names are like one that is not there, and the runs of a spec."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnnspec.language.document import Files
from cnnspec.language.location import Location
from cnnspec.source.diagnostic import nearest, suggestion
from cnnspec.source.values import Scalar

_MOST = 1000
"""Entries of a folder that are looked at."""
_MOST_NAMED = 4
_SPECS = (".yaml", ".yml")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME = 64


def alike(path: Path, folders: Sequence[Path] = (Path(),), kinds: tuple[str, ...] = ()) -> str:
    """A help text: what was probably meant by a path to a run, or to a file of these `kinds`; else what there is.

    The path starts at one of the `folders`. What is suggested stands as it would be written there. By a spec its runs
    are meant, the newest first.
    """
    known = list(dict.fromkeys(name for folder in folders for name in _written(folder, path, kinds)))
    by_name = {Path(name).name: name for name in reversed(known)}
    if match := nearest(path.name, by_name):
        return f"write {by_name[match]}"
    if found := numbered(spec_name(path), known)[:_MOST_NAMED]:
        return f"write {' or '.join(found)}"
    if path.suffix in _SPECS and _is_file(path):
        return f"{path} is a spec, of which there is no run yet: write cnnspec train {path}"
    return suggestion(str(path), known)


def runs_of(spec: Path, runs: Path) -> list[Path]:
    """The runs of a spec in a folder of runs, the newest first; none where it cannot be read."""
    return [runs / name for name in numbered(spec_name(spec), _names(runs, ()))]


def numbered(name: str, known: Sequence[str]) -> list[str]:
    """Those of the paths that are numbered runs of this name, the highest number first."""
    pattern = re.compile(re.escape(safe_name(name)) + r"-([0-9]{1,9})")
    found = [(int(match[1]), each) for each in known if (match := pattern.fullmatch(Path(each).name))]
    return [each for _, each in sorted(found, key=lambda pair: -pair[0])]


def spec_name(path: Path) -> str:
    """What runs of a spec are called: by the name that it says, else by its file's; any other path is the name."""
    if path.suffix not in _SPECS:
        return path.name
    root = Files(lambda diagnostic: None).load(Location(path, str(path))) if _is_file(path) else None
    written = root.get("name") if root else None
    return written.text if isinstance(written, Scalar) else path.stem


def safe_name(name: str) -> str:
    """A spec's name as part of a file name: it never leaves its folder, hides or reads as an option."""
    return _UNSAFE.sub("_", name)[:_LONGEST_NAME].lstrip(".-") or "run"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


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
