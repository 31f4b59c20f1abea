"""Where run folders are, unless somebody says otherwise."""

from pathlib import Path

RUNS = Path("runs")
"""The usual folder of run folders, below the working folder."""


def below_runs(path: Path, runs: Path = RUNS) -> Path:
    """`runs/digits-1` for `digits-1` where only that is there; any other path as it is."""
    if path.exists() or path.is_absolute():
        return path
    below = runs / path
    return below if below.exists() or runs != RUNS else path
