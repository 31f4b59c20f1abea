"""What a caller names and how it is read: a spec or a run, with settings laid over it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.bundled import bundled_names
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.runs.older_texts import settings_of_then
from cnnspec.runs.places import RUNS, below_runs, is_packed
from cnnspec.runs.settings import settings_in

Settings = Mapping[str, object]
"""Values by their paths in a spec: `{"training.epochs": 2}`."""
PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Named:
    """Something that can be read, and read again: the `argument` as commands take it, with settings as --set has them.

    What was `trained` is read as when it was.
    """

    argument: str
    settings: tuple[str, ...] = ()
    trained: bool = False
    run: RunFolder | None = field(default=None, compare=False, repr=False)
    """The run whose spec it is: a packed one is unpacked for as long as this is there."""

    def read(self, *more: str, every_variant: bool = False) -> Analysis:
        """The spec and its graph, and every mistake; with `more` settings over the others."""
        settings = (*self.settings, *more)
        return analyse(self.argument, settings, every_variant=every_variant, trained=self.trained)

    def having(self, settings: Settings | None) -> "Named":
        """The same with more settings."""
        return Named(self.argument, (*self.settings, *written(settings)), self.trained, self.run)


def named(spec: object, settings: Settings | None, who: str) -> Named:
    """A spec by its path or bundled name, or a run by its folder or name; raises TypeError for what is no path."""
    path = path_of(spec, f"{who} takes a spec's path or bundled name")
    run = run_at(path)
    return (Named(path) if run is None else named_run(run)).having(settings)


def named_run(folder: RunFolder) -> Named:
    """A run's spec, read as when it was trained: words of an older spec may mean something else today."""
    return Named(str(folder.spec), tuple(settings_of_then(settings_in(folder)[0], folder)), trained=True, run=folder)


def path_of(value: object, expected: str) -> str:
    """A path as text; raises TypeError."""
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str):
        raise TypeError(f"{expected}, not {type(value).__name__}: {value!r:.80}")
    return path


def run_at(path: str, runs: Path = RUNS) -> RunFolder | None:
    """The run of a folder, a packed one's file, or a name, where there is one and no bundled spec of that name.

    Raises Rejected for a folder of a run whose spec is missing, or is a link or something else that may lead elsewhere.
    """
    if not path or path in bundled_names():
        return None
    try:
        folder = RunFolder(below_runs(Path(path), runs))
        if is_packed(folder.path):
            return open_run(folder.path)
        there = folder.path.is_dir() and any(map(os.path.lexists, (folder.spec, folder.environment)))
    except (OSError, ValueError):  # a name that is too long, or that no file can have
        return None
    return open_run(folder.path) if there else None


def written(settings: Settings | None) -> tuple[str, ...]:
    """Settings as --set takes them; raises TypeError for a value that YAML does not have."""
    return tuple(f"{path}={_value(path, value)}" for path, value in (settings or {}).items())


def _value(path: str, value: object) -> str:
    try:
        return json.dumps(value, default=_plain)
    except (TypeError, ValueError) as error:
        raise TypeError(f"set: {path} takes what YAML has, not {value!r:.80}: {error}") from None


def _plain(value: object) -> object:
    """A path, or a number of NumPy, as JSON has it."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if not hasattr(value, "item") or getattr(value, "shape", ()) != ():
        raise TypeError(f"{type(value).__name__} is none of that")
    return value.item()
