"""What the screen says of a training: its plan, its table while it runs, and how it ended."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from cnnspec.cli.planned import show_plan
from cnnspec.cli.screen import errors, flowing, page, show_diagnostics
from cnnspec.graph.nodes import Graph
from cnnspec.language.allowances import Allowances
from cnnspec.language.spec import Spec
from cnnspec.reports.ending import best_words, command_lines, course_curve, next_commands, score_lines
from cnnspec.reports.epochs import Subject
from cnnspec.reports.examples import examples_word, inputs_of
from cnnspec.reports.live import training_view
from cnnspec.reports.page import put
from cnnspec.reports.plan import resumed_lines
from cnnspec.reports.runs.watching import notices
from cnnspec.reports.safe import shown
from cnnspec.reports.training import TrainingView, over_words, stopped_words, stopping_words, unsaved_lines
from cnnspec.results.events import (
    Doubted,
    EpochEnded,
    EpochStarted,
    Event,
    NothingLeft,
    NotSaved,
    Resumed,
    RunStarted,
    StepsDone,
    StopAsked,
    StoppedEarly,
)
from cnnspec.runs.folder import RunFolder, earlier_run


class Reporter:
    """Tells what happens on a console; used as a context, so that the terminal is whole again whatever happens.

    A command to go on with has the `options`; `texts` are those of the spec's files, for lines that are shown. A run
    that goes on `again` is warned of in brief.
    """

    def __init__(
        self,
        console: Console,
        spec: Spec,
        graph: Graph,
        options: Sequence[str] = (),
        texts: dict[str, str] | None = None,
        again: bool = False,
    ) -> None:
        self._console, self._spec, self._graph, self._options = console, spec, graph, options
        self._texts, self._again = texts or {}, again
        self._speaks = threading.RLock()
        self._examples = examples_word(spec.data, graph)
        self._screen = ExitStack()
        self._view: TrainingView | None = None
        self._watched = ""
        self._ended: list[EpochEnded] = []
        self._held: list[str] = []
        self._scored = False
        self.run: RunStarted | None = None

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *problem: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Leave the terminal as a whole one; what was shown last stays."""
        with self._speaks:
            self._close()

    @property
    def epochs(self) -> int:
        """How many ended."""
        return len(self._ended)

    def take(self, event: Event) -> None:
        """One event of a run; that somebody asked it to stop may come from another thread."""
        with self._speaks:
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, StopAsked):
            self._acknowledge(event)
        elif isinstance(event, EpochStarted | StepsDone | EpochEnded):
            self._follow(event)
        elif isinstance(event, Resumed):
            self._go_on(event)
        elif isinstance(event, NothingLeft):
            self._say(over_words(event, self._options))
            self._scored = True
        elif isinstance(event, NotSaved):
            self._say("\n".join(map(shown, unsaved_lines(event))))
        elif isinstance(event, Doubted):
            if Allowances(self._texts).keeps(event.diagnostic):
                show_diagnostics([event.diagnostic], self._texts, self._console)
        elif isinstance(event, StoppedEarly):
            self._tell_stop(event)
        else:
            self._close()
            self._say_best()
            self._scored = True
            score = (event.split, event.count, event.epoch, event.figures, page(self._console))
            self._say("\n".join(score_lines(*score)))

    def finish(self) -> None:
        """Say which epoch was the best, if no score did; on a terminal draw the course and name what comes next."""
        self._close()
        if not self._scored:
            self._say_best()
        self._say_notices()
        if self.run is not None and page(self._console).terminal:
            self._draw()
            earlier = earlier_run(Path(self.run.path))
            named = None if earlier is None else str(earlier)
            given = inputs_of(RunFolder(Path(self.run.path)), self._spec, self._graph)
            commands = next_commands(self.run.path, self.run.plan.counts, given, named)
            put(self._console, "\n" + "\n".join(command_lines(commands, page(self._console))))

    def _tell_stop(self, event: StoppedEarly) -> None:
        """At once; of a phase, after which others come, under the table where that is drawn anew."""
        self._held.append(stopped_words(event))
        if not event.phase:
            self._close()
        elif not page(self._console).terminal:
            self._tell_held()

    def _tell_held(self) -> None:
        held, self._held = self._held, []
        for line in held:
            self._say(line)

    def _close(self) -> None:
        self._screen.close()
        self._view = None
        self._tell_held()

    def _begin(self, event: RunStarted) -> None:
        assert self._spec.training is not None
        self.run = event
        show_diagnostics(event.plan.doubts, self._spec.texts, told=self._again)
        show_plan(self._console, event.path, event.plan, self._spec, self._graph)

    def _go_on(self, event: Resumed) -> None:
        self._ended = list(event.ended)
        for line in resumed_lines(event):
            self._say(shown(line))

    def _open(self) -> None:
        """Make room for the table of epochs, once what comes before it is said."""
        assert self.run is not None and self._spec.training is not None
        event = self.run
        if page(self._console).terminal:
            self._say("")
        validated = "validation" in event.plan.counts
        self._watched = self._spec.training.judged_by(validated)
        subject = Subject(self._examples, validated, self._watched)
        self._view = self._screen.enter_context(training_view(self._console, subject))

    def _follow(self, event: EpochStarted | StepsDone | EpochEnded) -> None:
        if self._view is None:
            self._open()
        assert self._view is not None
        if isinstance(event, EpochStarted):
            self._view.starting(event)
        elif isinstance(event, StepsDone):
            self._view.running(event)
        else:
            self._view.ended(event)
            self._ended.append(event)

    def _acknowledge(self, event: StopAsked) -> None:
        """Say at once that it was heard: in the picture of the training, else on standard error."""
        if self._view is None or not self._view.stopping(stopping_words(event)):
            put(errors(), page(errors()).text(stopping_words(event)))
            errors().file.flush()

    def _draw(self) -> None:
        drawn = course_curve(self._ended, self._watched, page(self._console))
        if drawn is not None:
            self._say("")
            put(self._console, drawn)

    def _say_best(self) -> None:
        best = next((ended for ended in reversed(self._ended) if ended.best), None)
        if best is not None:
            self._say(best_words(best.epoch, len(self._ended), self._watched, best.figures))

    def _say_notices(self) -> None:
        """Say what is wrong by what the last epoch's watching found."""
        watched = self._ended[-1].watched if self._ended else None
        for line in notices(watched) if watched else ():
            self._say(shown(line))

    def _say(self, line: str) -> None:
        put(self._console, flowing(line, self._console))
        self._console.file.flush()
