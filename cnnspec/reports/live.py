"""A training on a terminal: one table that is drawn anew as it grows, and under it how far the epoch is."""

import time

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnspec.reports.epochs import Row, Subject, epoch_lines
from cnnspec.reports.numbers import duration, scaled
from cnnspec.reports.page import Page, page_for, put
from cnnspec.reports.safe import shown
from cnnspec.reports.training import PlainView, Speed, TrainingView
from cnnspec.results.events import EpochEnded, EpochStarted, StepsDone

_REFRESH = 0.1
"""Seconds between two pictures."""
_BAR = 24
_GAP = "  "
_AROUND = 9
"""Lines of the terminal that are left to what is no row: the header, the progress, what was there before."""


def training_view(console: Console, subject: Subject) -> TrainingView:
    """The view that suits where the console writes."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, subject)
    return PlainView(console, page_for(console), subject.examples)


class LiveView:
    """The newest epochs and the best one, redrawn in place; at the end the whole table stays.

    Only the epoch that is the best so far has the mark, so that it moves.
    """

    def __init__(self, console: Console, subject: Subject) -> None:
        self._console, self._subject = console, subject
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._rows: list[Row] = []
        self._now: Row | None = None
        self._best: int | None = None
        self._progress, self._notice = Text(), ""
        self._speed, self._drawn = Speed(), 0.0

    def __enter__(self) -> "LiveView":
        self._live.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._live.stop()
        for line in epoch_lines(self._rows, self._best, self._subject, page_for(self._console)) if self._rows else ():
            put(self._console, line)

    def starting(self, event: EpochStarted) -> None:
        """Show at once that something is done, since TensorFlow compiles the first step, of each phase, for seconds."""
        self._speed.start()
        self._now = Row(event.epoch, event.epochs, {}, 0.0, phase=event.phase)
        begins = not self._rows or self._rows[-1].phase != event.phase
        self._progress = Text(_GAP + "compiling the first step ...", "dim") if begins else Text()
        self._draw()

    def running(self, event: StepsDone) -> None:
        """Redraw the running epoch, at most a few times a second."""
        self._speed.add(event)
        self._now = Row(event.epoch, event.epochs, event.figures, self._speed.mean, phase=event.phase)
        self._progress = progress_line(event, page_for(self._console), self._subject)
        if time.monotonic() - self._drawn >= _REFRESH or event.step == event.steps:
            self._draw()

    def ended(self, event: EpochEnded) -> None:
        """Keep the epoch's row, and move the mark if it is the best."""
        figures = (event.figures, self._speed.mean, event.learning_rate, event.seconds)
        self._rows.append(Row(event.epoch, event.epochs, *figures, event.phase))
        self._best = event.epoch if event.best else self._best
        self._now, self._progress = None, Text()
        self._draw()

    def stopping(self, words: str) -> bool:
        """Show it under the progress until the end."""
        self._notice = words
        self._draw()
        return True

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        page = page_for(self._console)
        rows = self._rows if self._now is None else [*self._rows, self._now]
        most = max(3, self._console.height - _AROUND)
        lines = epoch_lines(rows, self._best, self._subject, page, most) if rows else []
        notice = [Text(page.text(_GAP + self._notice), "bold")] if self._notice else []
        self._live.update(Text("\n").join([*lines, self._progress, *notice]), refresh=True)


def progress_line(event: StepsDone, page: Page, subject: Subject) -> Text:
    """How far the running epoch is: its bar, the time left of the training, the speed, the step; as much as fits."""
    share = event.step / max(1, event.steps)
    bar = min(_BAR, page.width // 4)
    done = round(share * bar)
    text = Text(_GAP)
    text.append(page.text("━" * done), "green").append(page.text("─" * (bar - done)), "dim").append(f" {share:4.0%}")
    over = event.step == event.steps and subject.validated
    parts = (
        *([f"left {duration(event.left)}"] if event.left is not None else []),
        "validating" if over else f"step {event.step:,}/{event.steps:,}",
        *([f"{scaled(event.rate)} {subject.examples} a second"] if event.rate else []),
    )
    for part in map(shown, parts):
        if text.cell_len + cell_len(_GAP + part) < page.width:
            text.append(_GAP + part)
    return text
