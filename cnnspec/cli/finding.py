"""Which run a command is about."""

from pathlib import Path
from typing import Annotated

from cnnspec.cli.completers import RUNS, complete_run
from cnnspec.cli.parameters import Argument, Option
from cnnspec.runs.folder import RunFolder, open_run

RunsOption = Annotated[Path, Option("--runs", metavar="DIR", help="The folder of run folders.")]


RunArgument = Annotated[
    Path, Argument(metavar="RUN", help="A run's folder, as in runs/digits-1.", completion=complete_run)
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
