"""A training as it runs, for whoever shows it, and a line an epoch for where no terminal is.

Epochs count from 0 and times are in seconds.
"""

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol

from rich.console import Console

from cnnspec.reports.numbers import duration, metric, scaled
from cnnspec.reports.page import Page, put
from cnnspec.reports.safe import shown
from cnnspec.results.events import EpochEnded, EpochStarted, NothingLeft, NotSaved, StepsDone, StopAsked, StoppedEarly
from cnnspec.results.resumption import resumption

_GAP = "  "
_MOST_PLACES = 20
"""Places that are named where saving failed for one reason; result.json names all."""


class Speed:
    """Examples a second over an epoch, from what each of its parts came to."""

    def __init__(self) -> None:
        self._step, self._spent, self._counted = 0, 0.0, 0

    def start(self) -> None:
        """An epoch begins."""
        self._step, self._spent, self._counted = 0, 0.0, 0

    def add(self, event: StepsDone) -> None:
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

    def starting(self, event: EpochStarted) -> None:
        """An epoch begins."""

    def running(self, event: StepsDone) -> None:
        """Some steps are done."""

    def ended(self, event: EpochEnded) -> None:
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

    def starting(self, event: EpochStarted) -> None:
        """Only time it: a line is written when the epoch is over."""
        self._speed.start()

    def running(self, event: StepsDone) -> None:
        """Remember how fast it goes, for the epoch's line."""
        self._speed.add(event)

    def stopping(self, words: str) -> bool:
        """Not here, where only epochs have lines."""
        return False

    def ended(self, event: EpochEnded) -> None:
        """Print the epoch's line."""
        parts = [
            f"epoch {event.epoch + 1}/{event.epochs}",
            *([f"phase {event.phase}"] if event.phase else []),
            *(f"{name} {metric(value)}" for name, value in event.figures.items()),
            f"learning_rate {event.learning_rate:.3g}",
            *([f"{scaled(self._speed.mean)} {self._examples}/s"] if self._speed.mean else []),
            f"took {duration(event.seconds)}",
            *([f"left {duration(event.left)}"] if event.left is not None and event.epoch + 1 < event.epochs else []),
            *(["best so far"] if event.best else []),
        ]
        put(self._console, self._page.text(shown(_GAP.join(parts))))
        self._console.file.flush()


def stopping_words(event: StopAsked) -> str:
    """What comes of a signal, and what would of another."""
    asked = "" if event.by else "another process was asked to: "
    again = "Ctrl-C again" if event.by == "Ctrl-C" else "another signal"
    return f"stopping: {asked}saving the state after this step; {again} ends without saving"


def unsaved_lines(event: NotSaved) -> list[str]:
    """Where a training could not be saved, and why; where it could be again."""
    places = list(_places(event.places))
    if len(places) > _MOST_PLACES:
        places[_MOST_PLACES:] = [f"{len(places) - _MOST_PLACES:,} more"]
    same = " for the same reason" if event.repeated else ""
    lines = [f"not saved{same} after {', '.join(places)}: {event.reason}"] if places else []
    if not event.repeated:
        lines.append(f"the training goes on; {event.help}")
    if event.saved_again is not None:
        lines.append(f"saved again after {next(_places([event.saved_again]))}")
    return lines


def _places(places: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Each place in words; the ends of epochs that follow each other together."""
    for (whole, _), group in groupby(enumerate(places), lambda each: (each[1][1] == 0, each[1][0] - each[0])):
        listed = [place for _, place in group]
        if not whole:
            yield from (f"step {step:,} of epoch {epoch + 1}" for epoch, step in listed)
        elif len(listed) == 1:
            yield f"epoch {listed[0][0]}"
        else:
            yield f"epochs {listed[0][0]} to {listed[-1][0]}"


def over_words(event: NothingLeft, options: Sequence[str] = ()) -> str:
    """That a run is finished, and how it could go on."""
    said = f"{shown(event.path)} is finished after epoch {event.epochs}"
    if event.stopped:
        return f"{said}: early stopping ended it, and more epochs would change nothing"
    more = [*resumption(event.path, options), "--set", event.longer or f"training.epochs={2 * event.epochs}"]
    return f"{said}; to give it more: {shown(shlex.join(more))}"


def stopped_words(event: StoppedEarly) -> str:
    """Why a training ended before its last epoch."""
    kept = "" if event.restored is None else f"; last.keras has the weights of epoch {event.restored + 1}"
    if event.phase:
        kept = "" if event.restored is None else f"; what follows begins with the weights of epoch {event.restored + 1}"
        what = f"phase {shown(event.phase)} stopped early"
        return f"{what} after epoch {event.epoch + 1}: {shown(event.monitor)} got no better{kept}"
    return f"stopped early after epoch {event.epoch + 1}: {shown(event.monitor)} got no better{kept}"
