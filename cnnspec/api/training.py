"""A training that Python asks for: what it starts from, how it is followed and shown, what becomes of an interrupt."""

import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from cnnspec.api.named import PathLike
from cnnspec.api.tracking import NO_TRACKING, Tracking
from cnnspec.graph.nodes import Graph
from cnnspec.language.allowances import Allowances
from cnnspec.language.spec import Spec
from cnnspec.reports.epochs import Subject
from cnnspec.reports.examples import examples_word
from cnnspec.reports.live import training_view
from cnnspec.reports.notebook import NotebookView
from cnnspec.reports.page import console_for
from cnnspec.reports.training import TrainingView
from cnnspec.results.events import Doubted, EpochEnded, EpochStarted, Event, NotSaved, RunStarted, StepsDone
from cnnspec.results.history import TrainResult
from cnnspec.results.plan import fold_numbers, is_part
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.places import RUNS, below_runs
from cnnspec.source.diagnostic import Diagnostic, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.trackers.following import Following

P = ParamSpec("P")
Progress = bool | None
"""Whether to show how far a training is: None shows it in notebooks alone, True in terminals too, False nowhere."""


class Doubt(UserWarning):
    """Something is amiss with data or a training that goes on all the same; its text is a diagnostic's."""


class Course:
    """Follows a training: shows it where that is wanted, warns of what is doubtful, knows its folder."""

    def __init__(
        self, spec: Spec, graph: Graph, progress: Progress, again: bool = False, tracking: Tracking = NO_TRACKING
    ) -> None:
        self._spec, self._graph, self._progress, self._again = spec, graph, progress, again
        self._screen = ExitStack()
        self._view: TrainingView | None = None
        self._opened = False
        self.folder: RunFolder | None = None
        self._validated = False
        self._following = Following(tracking.trackers(), self._hear)

    def __enter__(self) -> "Course":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._screen.close()
        self._following.close(kind)

    def take(self, event: Event) -> None:
        """One event."""
        self._following.take(event)

    def _hear(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.folder, self._validated = RunFolder(Path(event.path)), "validation" in event.plan.counts
            for doubt in () if self._again else event.plan.doubts:
                self._warn(doubt)
        elif isinstance(event, Doubted):
            self._warn(event.diagnostic)
        elif isinstance(event, NotSaved) and event.places and not event.repeated:
            warnings.warn(Doubt(f"the state was not saved: {event.reason}; {event.help}"), stacklevel=2)
        elif isinstance(event, EpochStarted | StepsDone | EpochEnded):
            self._follow(event)

    def _warn(self, diagnostic: Diagnostic) -> None:
        if Allowances(self._spec.texts).keeps(diagnostic):
            help = f"\n  help: {diagnostic.help}" if diagnostic.help else ""
            warnings.warn(Doubt(f"{diagnostic.message}{help}"), stacklevel=2)

    def _follow(self, event: EpochStarted | StepsDone | EpochEnded) -> None:
        if not self._opened:
            self._opened = True
            self._open()
        if self._view is None:
            return
        if isinstance(event, EpochStarted):
            self._view.starting(event)
        elif isinstance(event, StepsDone):
            self._view.running(event)
        else:
            self._view.ended(event)

    def _open(self) -> None:
        assert self._spec.training is not None
        watched = self._spec.training.judged_by(self._validated)
        word = examples_word(self._spec.data, self._graph)
        view = _view_of(self._progress, Subject(word, self._validated, watched))
        self._view = None if view is None else self._screen.enter_context(view)


def _view_of(progress: Progress, subject: Subject) -> TrainingView | None:
    """What shows a training here: a table that grows in a notebook, lines on standard error; None for nobody."""
    if progress is not False and (display := _notebook_display()) is not None:
        return NotebookView(display, subject)
    return training_view(console_for(sys.stderr), subject) if progress else None


def _notebook_display() -> Any:
    """IPython's `display`, where this program runs in a kernel that a notebook shows; else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    return sys.modules["IPython.display"].display


def trained(
    course: Course, train: Callable[Concatenate[P], TrainResult], *args: P.args, **kwargs: P.kwargs
) -> RunFolder:
    """Train, followed by the course; the folder of the run. An interrupt says how to go on."""
    kwargs["on_event"] = course.take
    with course:
        try:
            result = train(*args, **kwargs)
        except KeyboardInterrupt:
            if course.folder is None:
                raise
            going_on = f"cnnspec.open_run({str(course.folder.path)!r}).resume()"
            raise KeyboardInterrupt(f"the state is saved; to go on: {going_on}") from None
    return RunFolder(Path(result.run))


def start_of(path: PathLike | None, new: Sequence[str], partial: bool, runs: Path = RUNS) -> Start | None:
    """What to start from; raises Rejected where something is said of it and it is not named."""
    if path is not None:
        return Start(below_runs(Path(path), runs), not partial, (new,) if isinstance(new, str) else tuple(new))
    for said in (*(["partial"] if partial else []), *(["new"] if new else [])):
        raise rejected("usage", f"{said} without start_from", "a run or a file to start from", at=NOWHERE)
    return None


def fold_of(fold: str | tuple[int, int] | None) -> tuple[int, int] | None:
    """`(3, 10)` or `"3/10"` as numbers; raises Rejected where it is no part of a whole."""
    found = fold_numbers(fold) if isinstance(fold, str) else fold
    if fold is None:
        return None
    if found is None or len(found) != 2 or found[1] < 2 or not is_part(*found):
        raise rejected("usage", f"fold {fold!r}", "part K of N, two parts or more", "write (1, 10)", at=NOWHERE)
    return (int(found[0]), int(found[1]))
