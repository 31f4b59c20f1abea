"""Which run a command is about, and what its spec says."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cnnspec.analysis import Analysis
from cnnspec.cli.boundary import SEEN, UNKNOWN_START, understood
from cnnspec.cli.completers import complete_run
from cnnspec.cli.parameters import Argument, Option
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.runs.older_texts import settings_of_then
from cnnspec.runs.places import RUNS, below_runs
from cnnspec.runs.settings import settings_in

RunsOption = Annotated[Path, Option("--runs", metavar="DIR", help="The folder of run folders.")]


RunArgument = Annotated[
    Path, Argument(metavar="RUN", help="A run's folder, as in runs/digits-1.", completion=complete_run)
]


def find_run(run: Path, runs: Path = RUNS) -> RunFolder:
    """The run at a path; `digits-1` means the one in the folder of runs where that is there. Raises Rejected."""
    return open_run(below_runs(run, runs))


def understood_run(folder: RunFolder, settings: Iterable[str] = ()) -> tuple[Spec, Graph, Analysis]:
    """The spec and graph of a run, read as when it was trained: words of an older spec may mean something else today.

    Shows the mistakes and exits if there are any.
    """
    then = settings_of_then(settings_in(folder)[0], folder)
    return understood(str(folder.spec), (*then, *settings), quiet=UNKNOWN_START | SEEN, trained=True)
