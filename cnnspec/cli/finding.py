"""Which run a command is about, and what its spec says."""

import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cnnspec.analysis import Analysis
from cnnspec.cli.boundary import INTERRUPTED, SEEN, UNKNOWN_START, understood
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
    """The run at a path; `digits-1` means the one in the folder of runs where that is there. Raises Rejected.

    A packed run is unpacked for as long as the command lasts, however it ends but by SIGKILL.
    """
    folder = open_run(below_runs(run, runs))
    if folder.packed is not None:
        _end_in_order()
    return folder


def _end_in_order() -> None:
    """Let SIGTERM end the process as other endings do, so that nothing is left behind, unless it is heeded already."""
    alone = threading.current_thread() is threading.main_thread()
    if alone and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(INTERRUPTED))


def understood_run(folder: RunFolder, settings: Iterable[str] = ()) -> tuple[Spec, Graph, Analysis]:
    """The spec and graph of a run, read as when it was trained: words of an older spec may mean something else today.

    Shows the mistakes and exits if there are any.
    """
    then = settings_of_then(settings_in(folder)[0], folder)
    return understood(str(folder.spec), (*then, *settings), quiet=UNKNOWN_START | SEEN, trained=True)
