"""Which run a word on a command line names, be it where a spec or a command belongs."""

from pathlib import Path

from cnnspec.language.bundled import bundled_names
from cnnspec.language.location import STANDARD_INPUT
from cnnspec.runs.finding import runs_of
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import find_runs, newest_first, read_run
from cnnspec.runs.places import RUNS, below_runs


def run_named(word: str, runs: Path = RUNS) -> Path | None:
    """The run that a word names which is no spec, if there is one."""
    if not word or word in bundled_names():
        return None
    try:
        path = below_runs(Path(word), runs)
        return path if path.is_dir() and RunFolder(path).spec.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or that no file can have
        return None


def spec_of_run(word: str) -> Path | None:
    """The spec in the folder of the run that a word names."""
    run = run_named(word)
    return None if run is None else RunFolder(run).spec


def is_spec(word: str) -> bool:
    """Whether a word names a spec that is there."""
    try:
        return (
            word == STANDARD_INPUT
            or word.partition("@")[0] in bundled_names()
            or Path(word.partition("@")[0]).is_file()
        )
    except (OSError, ValueError):
        return False


def newest_run(spec: str | None, runs: Path = RUNS) -> Path | None:
    """The newest run of the spec that is so called, or of all where none is named, if there is one."""
    if spec is not None:
        return next(iter(runs_of(Path(spec.partition("@")[0]), runs)), None)
    try:
        found = newest_first([read_run(folder) for folder in find_runs(runs)])
    except OSError:
        return None
    return Path(found[0].path) if found else None
