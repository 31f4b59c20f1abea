"""Which run a command is about."""

from pathlib import Path
from typing import Annotated

import typer

from cnnspec.runs.folder import RunFolder, open_run

RUNS = Path("runs")
"""Where run folders are, unless a command is told otherwise."""

RunsOption = Annotated[Path, typer.Option("--runs", metavar="DIR", help="The folder of run folders.")]


def complete_run(incomplete: str) -> list[str]:
    """Runs in the folder runs that begin with what was typed."""
    found = sorted(path.parent for path in RUNS.glob("*/spec.yaml")) if RUNS.is_dir() else []
    return [str(path) for path in found if str(path).startswith(incomplete)]


RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run's folder, as in runs/digits-1.", autocompletion=complete_run)
]


def find_run(run: Path, runs: Path = RUNS) -> RunFolder:
    """The run at a path; `digits-1` means the one in the folder of runs where that is there. Raises Rejected."""
    return open_run(below_runs(run, runs))


def below_runs(path: Path, runs: Path = RUNS) -> Path:
    """`runs/digits-1` for `digits-1` where only that is there; any other path as it is."""
    if path.exists() or path.is_absolute():
        return path
    below = runs / path
    return below if below.exists() or runs != RUNS else path
