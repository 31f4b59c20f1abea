"""How far one of several trainings is: a line that is drawn anew on a terminal, and nothing where none is."""

import time

from rich.console import Console
from rich.text import Text

from cnnspec.reports.epochs import Subject
from cnnspec.reports.live import progress_line
from cnnspec.reports.overwritten import Overwritten
from cnnspec.reports.page import page_for
from cnnspec.reports.safe import shown
from cnnspec.results.events import EpochStarted, Event, StepsDone

_REFRESH = 0.1
"""Seconds between two pictures."""


class SeriesProgress(Overwritten):
    """Used as a context around one training, whose `name` stands before its epochs."""

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
