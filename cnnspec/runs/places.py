"""Where run folders are, unless somebody says otherwise, and which files are packed runs."""

from pathlib import Path

RUNS = Path("runs")
"""The usual folder of run folders, below the working folder."""


PACKED = ".zip"
"""What the name of a packed run ends in."""


def is_packed(path: Path) -> bool:
    """Whether a path names a file that is called as packed runs are."""
    try:
        return path.suffix.lower() == PACKED and path.is_file()
    except (OSError, ValueError):  # a name that is too long, or that no file can have
        return False


def below_runs(path: Path, runs: Path = RUNS) -> Path:
    """`runs/digits-1` for `digits-1` where only that is there; any other path as it is."""
    if path.exists() or path.is_absolute():
        return path
    below = runs / path
    return below if below.exists() or runs != RUNS else path
