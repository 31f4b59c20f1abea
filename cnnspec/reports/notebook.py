"""A training in a notebook: one table that grows, under it how far the epoch is."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from cnnspec.reports.epochs import Row, Subject
from cnnspec.reports.html_tables import escaped, sheets_html
from cnnspec.reports.numbers import duration, metric, scaled
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.reports.training import Speed
from cnnspec.results.events import EpochEnded, EpochStarted, StepsDone

_REFRESH = 0.25
"""Seconds between two pictures."""
_MOST = 30
"""Rows that are shown: the newest, and the best."""


class Shown:
    """Something that a notebook shows as HTML, and as text where there is none."""

    def __init__(self, html: str, text: str) -> None:
        self._html, self._text = html, text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


class NotebookView:
    """The newest epochs and the best one, drawn anew in one place of the notebook, by IPython's `display`."""

    def __init__(self, display: Callable[..., Any], subject: Subject) -> None:
        self._display, self._subject = display, subject
        self._rows: list[Row] = []
        self._best: int | None = None
        self._handle: Any = None
        self._speed, self._drawn = Speed(), 0.0

    def __enter__(self) -> "NotebookView":
        return self

    def __exit__(self, *problem: object) -> None:
        self._draw("", always=True)

    def starting(self, event: EpochStarted) -> None:
        """Show at once that something is done, since TensorFlow compiles the first step for seconds."""
        self._speed.start()
        self._draw("" if self._rows else "compiling the first step …", always=not self._rows)

    def running(self, event: StepsDone) -> None:
        """How far the epoch is, at most a few times a second."""
        self._speed.add(event)
        self._draw(progress_html(event, self._subject), text=f"epoch {event.epoch + 1}/{event.epochs}")

    def ended(self, event: EpochEnded) -> None:
        """Keep the epoch's row, and move the mark if it is the best."""
        figures = (event.figures, self._speed.mean, event.learning_rate, event.seconds)
        self._rows.append(Row(event.epoch, event.epochs, *figures, event.phase))
        self._best = event.epoch if event.best else self._best
        self._draw("", always=False)

    def stopping(self, words: str) -> bool:
        """Not here: an interrupt ends the cell."""
        return False

    def _draw(self, under: str, always: bool = False, text: str = "") -> None:
        now = time.monotonic()
        if not always and now - self._drawn < _REFRESH:
            return
        self._drawn = now
        table = sheets_html((epochs_sheet(self._rows, self._best),)) if self._rows else ""
        shown = Shown(table + under, text or f"{len(self._rows)} epochs")
        if self._handle is None:
            self._handle = self._display(shown, display_id=True)
        else:
            self._handle.update(shown)


def epochs_sheet(rows: Sequence[Row], best: int | None) -> Sheet:
    """A row for each epoch, the figures of both splits side by side; of many the newest, and the best."""
    names = list(dict.fromkeys(name.removeprefix("val_") for row in rows for name in row.figures))
    each = [name for plain in names for name in (plain, f"val_{plain}") if any(name in row.figures for row in rows)]
    phases = any(row.phase for row in rows)
    head = (*(["phase"] if phases else []), "epoch", "", *each, "learning rate", "time")
    columns = tuple(Column(name, "left" if name in ("phase", "") else "right") for name in head)
    kept = [row for at, row in enumerate(rows) if at >= len(rows) - _MOST or row.epoch == best]
    return Sheet((), Table(columns, tuple(_cells(row, each, best, phases) for row in kept)))


def _cells(row: Row, names: Sequence[str], best: int | None, phases: bool) -> tuple[str, ...]:
    return (
        *([row.phase] if phases else []),
        f"{row.epoch + 1}/{row.epochs}",
        "best" if row.epoch == best else "",
        *(metric(row.figures[name]) if name in row.figures else "" for name in names),
        "" if row.learning_rate is None else f"{row.learning_rate:.3g}",
        "" if row.seconds is None else duration(row.seconds),
    )


def progress_html(event: StepsDone, subject: Subject) -> str:
    """A bar, the step, the speed and the time left."""
    parts = [f"epoch {event.epoch + 1}/{event.epochs}", f"step {event.step:,}/{event.steps:,}"]
    parts += [f"{scaled(event.rate)} {subject.examples} a second"] if event.rate else []
    parts += [f"left {duration(event.left)}"] if event.left is not None else []
    bar = f'<progress value="{event.step}" max="{event.steps}" style="width:16em;vertical-align:middle"></progress>'
    return f"<div>{bar} {escaped(' · '.join(parts))}</div>"
