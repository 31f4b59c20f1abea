"""A training as it runs, for whoever shows it, and a line an epoch for where no terminal is.

The views take any events of these forms; epochs count from 0 and times are in seconds.
"""

from collections.abc import Mapping
from typing import Protocol

from rich.console import Console

from cnnspec.reports.numbers import duration, metric, scaled
from cnnspec.reports.page import Page, put
from cnnspec.reports.safe import shown

_GAP = "  "


class Running(Protocol):
    """Where an epoch stands: figures so far, examples a second, seconds left of the whole training.

    The last two are not known at once.
    """

    @property
    def epoch(self) -> int:
        """Counted from 0."""

    @property
    def epochs(self) -> int:
        """How many there will be at most."""

    @property
    def step(self) -> int:
        """Steps done in this epoch."""

    @property
    def steps(self) -> int:
        """Steps in an epoch."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Loss and metrics since the epoch began."""

    @property
    def rate(self) -> float | None:
        """Examples a second."""

    @property
    def left(self) -> float | None:
        """Seconds to the end of all epochs."""


class Ended(Protocol):
    """What an epoch came to."""

    @property
    def epoch(self) -> int:
        """Counted from 0."""

    @property
    def epochs(self) -> int:
        """How many there will be at most."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Loss and metrics; those of the validation split begin with `val_`."""

    @property
    def seconds(self) -> float:
        """How long it took, validation included."""

    @property
    def learning_rate(self) -> float:
        """The rate at its end."""

    @property
    def best(self) -> bool:
        """Whether its weights are the best so far."""

    @property
    def left(self) -> float | None:
        """Seconds that all others will take, if it is known."""


class Speed:
    """Examples a second over an epoch, from what each of its parts came to."""

    def __init__(self) -> None:
        self._step, self._spent, self._counted = 0, 0.0, 0

    def start(self) -> None:
        """An epoch begins."""
        self._step, self._spent, self._counted = 0, 0.0, 0

    def add(self, event: Running) -> None:
        """Some steps are done."""
        steps, self._step = event.step - self._step, event.step
        if event.rate:
            self._counted += steps
            self._spent += steps / event.rate

    @property
    def mean(self) -> float:
        """Examples a second; 0 where nothing was counted."""
        return self._counted / self._spent if self._spent else 0.0


class TrainingView(Protocol):
    """Shows a training; used as a context, so that the terminal is whole again whatever happens."""

    def __enter__(self) -> "TrainingView":
        """Begin."""

    def __exit__(self, *problem: object) -> None:
        """Leave the terminal as it was found, with what was shown last."""

    def starting(self, epoch: int, epochs: int) -> None:
        """An epoch begins."""

    def running(self, event: Running) -> None:
        """Some steps are done."""

    def ended(self, event: Ended) -> None:
        """An epoch is over."""

    def stopping(self, words: str) -> bool:
        """Somebody asked it to stop, as these words say; whether they are shown."""


class PlainView:
    """A line an epoch, each figure with its name; which epoch is the best is known up to there."""

    def __init__(self, console: Console, page: Page, examples: str) -> None:
        self._console, self._page, self._examples = console, page, examples
        self._speed = Speed()

    def __enter__(self) -> "PlainView":
        return self

    def __exit__(self, *problem: object) -> None:
        return None

    def starting(self, epoch: int, epochs: int) -> None:
        """Only time it: a line is written when the epoch is over."""
        self._speed.start()

    def running(self, event: Running) -> None:
        """Remember how fast it goes, for the epoch's line."""
        self._speed.add(event)

    def stopping(self, words: str) -> bool:
        """Not here, where only epochs have lines."""
        return False

    def ended(self, event: Ended) -> None:
        """Print the epoch's line."""
        parts = [
            f"epoch {event.epoch + 1}/{event.epochs}",
            *(f"{name} {metric(value)}" for name, value in event.figures.items()),
            f"learning_rate {event.learning_rate:.3g}",
            *([f"{scaled(self._speed.mean)} {self._examples}/s"] if self._speed.mean else []),
            f"took {duration(event.seconds)}",
            *([f"left {duration(event.left)}"] if event.left is not None and event.epoch + 1 < event.epochs else []),
            *(["best so far"] if event.best else []),
        ]
        put(self._console, self._page.text(shown(_GAP.join(parts))))
        self._console.file.flush()
