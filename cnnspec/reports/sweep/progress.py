"""How far a sweep is: a line for each trial that is over, and on a terminal one for that which is trained."""

from rich.console import Console
from rich.text import Text

from cnnspec.reports.numbers import metric
from cnnspec.reports.overwritten import Overwritten
from cnnspec.reports.page import page_for, put
from cnnspec.reports.safe import shown
from cnnspec.reports.sweep.table import trial_words
from cnnspec.results.sweep import SweepEvent, TrialEnded, TrialEpoch, TrialStarted


class SweepProgress(Overwritten):
    """Used as a context; the last line stays only where a trial was over."""

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
