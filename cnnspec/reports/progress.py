"""How far the trainings of a series or of a sweep are: text on a terminal whose place the next text takes."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnspec.reports.epochs import Subject
from cnnspec.reports.live import progress_line
from cnnspec.reports.numbers import metric
from cnnspec.reports.page import page_for, put
from cnnspec.reports.safe import shown
from cnnspec.reports.sweep.table import trial_words
from cnnspec.results.events import EpochStarted, Event, StepsDone
from cnnspec.results.sweep import SweepEvent, TrialEnded, TrialEpoch, TrialStarted

_REFRESH = 0.1
"""Seconds between two pictures."""


class _Overwritten:
    """Used as a context, at whose end nothing of it stays; where no terminal is there is nothing at all."""

    def __init__(self, console: Console) -> None:
        self._console = console
        there = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(console=console, auto_refresh=False, transient=True) if there else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, text: Text) -> None:
        """In the place of what stood there."""
        if self._live is not None:
            self._live.update(text, refresh=True)


class SeriesProgress(_Overwritten):
    """How far one of several trainings is.

    Used as a context around one training, whose `name` stands before its epochs.
    """

    def __init__(self, console: Console, name: str, subject: Subject) -> None:
        super().__init__(console)
        self._name, self._subject = name, subject
        self._drawn = 0.0

    def take(self, event: Event) -> None:
        """One event of the training."""
        if isinstance(event, EpochStarted):
            self._draw(event.epoch, event.epochs, Text("  compiling the first step ...", "dim"))
        elif isinstance(event, StepsDone) and (event.step == event.steps or time.monotonic() - self._drawn >= _REFRESH):
            self._draw(event.epoch, event.epochs, progress_line(event, page_for(self._console), self._subject))

    def _draw(self, epoch: int, epochs: int, progress: Text) -> None:
        self._drawn = time.monotonic()
        head = Text(page_for(self._console).text(f"{shown(self._name)}  epoch {epoch + 1}/{epochs}"), "bold")
        self.show(Text("\n").join([head, progress]))


class SweepProgress(_Overwritten):
    """A line for each trial that is over, and on a terminal one for that which is trained; used as a context."""

    def __init__(self, console: Console, monitor: str) -> None:
        super().__init__(console)
        self._monitor = monitor
        self._wanted = 0

    def take(self, event: SweepEvent) -> None:
        """One event of the sweep."""
        if isinstance(event, TrialStarted):
            self._wanted = event.wanted
            self._draw(f"{event.member}  starts")
        elif isinstance(event, TrialEpoch):
            figure = event.figures.get(self._monitor)
            told = "" if figure is None else f"  {self._monitor} {metric(figure)}"
            self._draw(f"{event.member}  epoch {event.epoch + 1}/{event.epochs}{told}")
        elif isinstance(event, TrialEnded):
            best = event.best is not None and event.best.number == event.trial.number
            put(self._console, page_for(self._console).text(shown(self._words(event, best))))
            self._console.file.flush()

    def _words(self, event: TrialEnded, best: bool) -> str:
        return trial_words(event.trial, self._monitor, self._wanted or event.trial.number + 1, best)

    def _draw(self, words: str) -> None:
        self.show(Text(page_for(self._console).text(f"  {shown(words)}"), "dim"))
