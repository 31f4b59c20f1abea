"""A training as it runs: a table that grows by a row an epoch, or a line an epoch where no terminal is.

The views take any events of these forms; epochs count from 0 and times are in seconds.
"""

import time
from collections.abc import Mapping
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnspec.reports.numbers import duration, metric, scaled
from cnnspec.reports.page import Page, page_for, put
from cnnspec.reports.safe import shown

_REFRESH = 0.1
"""Seconds between two pictures of the running epoch."""
_BAR = 20
_GAP = "  "


class Running(Protocol):
    """Where an epoch stands: figures so far, examples a second, seconds left of the whole training."""

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
    def rate(self) -> float:
        """Examples a second."""

    @property
    def left(self) -> float:
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


class TrainingView(Protocol):
    """Shows a training; used as a context, so that the terminal is whole again whatever happens."""

    def __enter__(self) -> "TrainingView":
        """Begin."""

    def __exit__(self, *problem: object) -> None:
        """Leave the terminal as it was found."""

    def running(self, event: Running) -> None:
        """Some steps are done."""

    def ended(self, event: Ended) -> None:
        """An epoch is over."""


def training_view(console: Console, examples: str = "examples", watched: str = "") -> TrainingView:
    """The view that suits where the console writes; `examples` is what a rate counts, such as `images`.

    `watched` is the figure that says which epoch is best, where the spec names one.
    """
    page = page_for(console)
    return LiveView(console, page, examples, watched) if page.terminal else PlainView(console, page, examples)


class PlainView:
    """A line an epoch, each figure with its name."""

    def __init__(self, console: Console, page: Page, examples: str) -> None:
        self._console, self._page, self._examples = console, page, examples
        self._rate = self._left = 0.0

    def __enter__(self) -> "PlainView":
        return self

    def __exit__(self, *problem: object) -> None:
        return None

    def running(self, event: Running) -> None:
        """Remember the rate, for the epoch's line."""
        self._rate, self._left = event.rate, event.left

    def ended(self, event: Ended) -> None:
        """Print the epoch's line."""
        parts = [
            f"epoch {event.epoch + 1}/{event.epochs}",
            *(f"{name} {metric(value)}" for name, value in event.figures.items()),
            f"learning_rate {event.learning_rate:.3g}",
            *([f"{scaled(self._rate)} {self._examples}/s"] if self._rate else []),
            duration(event.seconds),
            *(["best"] if event.best else []),
        ]
        put(self._console, self._page.text(shown(_GAP.join(parts))))
        self._console.file.flush()


class LiveView:
    """Rows of a table, and under them the running epoch with its progress."""

    def __init__(self, console: Console, page: Page, examples: str, watched: str = "") -> None:
        self._console, self._page, self._examples, self._watched = console, page, examples, watched
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._columns: tuple[tuple[str, int], ...] = ()
        self._drawn = 0.0
        self._rate = 0.0

    def __enter__(self) -> "LiveView":
        self._live.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._live.stop()

    def running(self, event: Running) -> None:
        """Redraw the running epoch, at most a few times a second."""
        self._rate = event.rate
        now = time.monotonic()
        if now - self._drawn >= _REFRESH or event.step == event.steps:
            self._drawn = now
            self._live.update(running_line(event, self._page, self._examples), refresh=True)

    def ended(self, event: Ended) -> None:
        """Put the epoch's row above the running one."""
        cells = epoch_cells(event, self._rate, self._examples)
        if not self._columns:
            self._columns = epoch_columns(cells, self._page.width, self._watched)
            put(self._console, Text(_row({name: name for name, _ in self._columns}, self._columns), style="dim"))
        put(self._console, Text(self._page.text(_row(cells, self._columns)), style="bold" if event.best else ""))
        self._live.update(Text(), refresh=True)


def running_line(event: Running, page: Page, examples: str) -> Text:
    """The running epoch on one line: its bar, its figures, the rate, the time left; what does not fit is left out."""
    share = event.step / max(1, event.steps)
    bar = min(_BAR, page.width // 5)
    done = round(share * bar)
    text = Text(f" {event.epoch + 1}/{event.epochs} ")
    text.append(page.text("━" * done), "green").append(page.text("─" * (bar - done)), "dim").append(f" {share:4.0%}")
    parts = [f"left {duration(event.left)}", *(f"{name} {metric(value)}" for name, value in event.figures.items())]
    for part in (shown(part) for part in (*parts, f"{scaled(event.rate)} {examples}/s")):
        if text.cell_len + cell_len(_GAP + part) < page.width:
            text.append(_GAP + page.text(part))
    return text


def epoch_cells(event: Ended, rate: float, examples: str) -> dict[str, str]:
    """What an epoch's row says, by column."""
    return {
        "epoch": f"{event.epoch + 1}/{event.epochs}",
        **{shown(name): metric(value) for name, value in event.figures.items()},
        "": "best" if event.best else "",
        "time": duration(event.seconds),
        "lr": f"{event.learning_rate:.3g}",
        f"{examples}/s": scaled(rate),
    }


def epoch_columns(cells: Mapping[str, str], width: int, watched: str = "") -> tuple[tuple[str, int], ...]:
    """As many columns as fit, those that matter most before others; wide enough for what later epochs bring."""
    first = [name for name in ("epoch", "", "loss", "val_loss", shown(watched)) if name in cells]
    kept: dict[str, int] = {}
    taken = 0
    for name in dict.fromkeys((*first, *cells)):
        size = max(cell_len(name), cell_len(cells[name]) + (name == "epoch"), 6 if name else 4)
        if taken + size + len(_GAP) < width:
            kept[name] = size
            taken += size + len(_GAP)
    return tuple((name, kept[name]) for name in cells if name in kept)


def _row(cells: Mapping[str, str], columns: tuple[tuple[str, int], ...]) -> str:
    return "".join(_GAP + " " * (size - cell_len(cells.get(name, ""))) + cells.get(name, "") for name, size in columns)
