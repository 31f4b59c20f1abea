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


def find_run(run: Path) -> RunFolder:
    """The run at a path; `digits-1` means `runs/digits-1` where that is there. Raises Rejected."""
    return open_run(below_runs(run))


def below_runs(path: Path) -> Path:
    """`runs/digits-1` for `digits-1` where only that is there; any other path as it is."""
    below = RUNS / path
    return below if not path.exists() and not path.is_absolute() and below.exists() else path
