"""Text on a terminal whose place the next text takes."""

from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Overwritten:
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
