"""How far a command is, on one line of a terminal; nothing where nobody watches."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnspec.reports.numbers import count, duration, scaled
from cnnspec.reports.page import page_for

_REFRESH = 0.1


class Progress:
    """A line that is redrawn in place and is gone at the end; used as a context."""

    def __init__(self, console: Console, verb: str, total: int | None, quiet: bool = False) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._verb, self._total = verb, total
        self._shows = page_for(console).terminal and not quiet
        self._started = self._drawn = time.monotonic()

    def __enter__(self) -> "Progress":
        if self._shows:
            self._live.start()
        return self

    def __exit__(self, *problem: object) -> None:
        if self._shows:
            self._live.stop()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Around what is printed meanwhile: the line goes away first."""
        if self._shows:
            self._live.update(Text(), refresh=True)
        yield

    def reached(self, done: int) -> None:
        """So many are done."""
        now = time.monotonic()
        if not self._shows or (now - self._drawn < _REFRESH and done != self._total):
            return
        self._drawn = now
        rate = done / max(1e-6, now - self._started)
        of = f" of {count(self._total)}" if self._total else ""
        left = f"  left {duration((self._total - done) / rate)}" if self._total and rate else ""
        self._live.update(Text(f"{self._verb} {count(done)}{of}  {scaled(rate)}/s{left}", style="dim"), refresh=True)
