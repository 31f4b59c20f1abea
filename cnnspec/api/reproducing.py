"""A run trained once more: with what, over what, and what came of it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec import door
from cnnspec.api.giving import Reading
from cnnspec.api.training import Course, Progress, trained
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.reproduction import reproduction_json, verdict_lines
from cnnspec.reports.safe import shown
from cnnspec.results.history import Stretch
from cnnspec.results.reproduction import Reproduction
from cnnspec.results.resumption import spread_of
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.recorded import read_fold
from cnnspec.runs.reproducing import checks, data_checks

_THREADS = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow's variable, read as it starts: how many threads share an operation, which says in which order they add."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run is trained with once more: its spec with its data, what it began with, its fold, what it ran over.

    `held` says whether the spec could be held against what it was.
    """

    spec: Spec
    start: Start | None
    fold: tuple[int, int] | None
    devices: int | None
    workers: int | None
    held: bool


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What a run came to when it was trained once more; `str()` tells it as `cnnspec reproduce` does."""

    found: Reproduction

    @property
    def identical(self) -> bool:
        """Whether all figures and all weights are the same to the last bit."""
        return self.found.identical

    @property
    def again(self) -> Path:
        """The folder of the new run."""
        return Path(self.found.again)

    def to_json(self) -> str:
        """As `cnnspec reproduce --format json` prints it."""
        return reproduction_json(self.found)

    def __str__(self) -> str:
        return "\n".join(map(shown, verdict_lines(self.found)))


def begun(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    data_root: Path | None,
    start_from: Path | None,
    given: "door.given.Given | None" = None,
) -> Begun:
    """What the run began with, checked; raises Rejected where it is not what it was."""
    beside, start, held = door.reproduce.as_it_began(
        folder, spec, graph, data_root=data_root, start_from=start_from, given=given
    )
    devices, workers = _spread(folder, spec)
    return Begun(beside, start, read_fold(folder), devices, workers, held)


@contextmanager
def threads_of(folder: RunFolder) -> Iterator[None]:
    """Let an operation be shared as it was, where TensorFlow has not started yet and nobody says otherwise.

    Other trainings of the program choose for themselves.
    """
    first = _first(folder)
    says = first is not None and _THREADS not in os.environ
    if first is not None and says:
        os.environ[_THREADS] = str(first.threads)
    try:
        yield
    finally:
        if says:
            os.environ.pop(_THREADS, None)


def _first(folder: RunFolder) -> Stretch | None:
    return next(iter(read_run(folder).environment.ran_on), None)


def _spread(folder: RunFolder, spec: Spec) -> tuple[int | None, int | None]:
    """The devices or workers that shared its batches, where its spec does not say so itself."""
    words = spread_of(read_run(folder).environment.command)
    options = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    first = _first(folder)
    if options or first is None or not first.shares or first.workers > 1:
        return options.get("--devices"), options.get("--workers")
    says = spec.training is not None and spec.training.distribute not in (None, "none")
    return (None if says else first.devices), None


def reproduced(
    folder: RunFolder,
    read: Reading,
    runs: Path,
    data_root: Path | None,
    start_from: Path | None,
    progress: Progress,
    callbacks: Sequence[Any],
) -> Reproduced:
    """Train a run once more into a folder below `runs`, as `Run.reproduce` says; raises Rejected or RunFailed."""
    found = checks(folder)
    with read.told(), threads_of(folder):
        began = begun(folder, read.spec, read.graph, data_root, start_from, read.given)
        again = trained(
            Course(began.spec, read.graph, progress),
            door.train.train,
            began.spec,
            read.graph,
            given=read.given,
            runs_dir=runs,
            fold=began.fold,
            start_from=began.start,
            wish=door.layout.Wish(began.devices, None, settles=True),
            callbacks=callbacks,
        )
    return Reproduced(door.reproduced.reproduced(folder, again, (*found, *data_checks(folder))))
