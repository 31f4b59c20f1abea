"""Where commands print: text for people, JSON for scripts; a closed pipe ends the printing and nothing else."""

import os
import shlex
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cnnspec import door
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.page import Page, console_for, page_for, put
from cnnspec.source.answers import reason
from cnnspec.source.diagnostic import Diagnostic


class _Pipe:
    """A stream that goes on taking text after its reader has gone away, or where its disk is full.

    What is done goes on: a training is not given up because nobody can be told of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._closed = False
        self.refused = ""

    @property
    def closed_early(self) -> bool:
        """Whether its reader has gone away."""
        return self._closed

    def write(self, text: str) -> int:
        """Write, or drop the text if nobody reads it."""
        if not self._closed:
            try:
                return self._stream.write(text)
            except OSError as error:
                self._close(error)
        return len(text)

    def flush(self) -> None:
        """Flush, unless nobody reads."""
        if not self._closed:
            try:
                self._stream.flush()
            except OSError as error:
                self._close(error)

    def _close(self, error: OSError) -> None:
        """Point the descriptor elsewhere, so that nothing complains when Python flushes it at exit."""
        self._closed = True
        self.refused = "" if isinstance(error, BrokenPipeError) else reason(error)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@cache
def output() -> Console:
    """The console of standard output."""
    return console_for(cast(TextIO, _Pipe(_there(sys.stdout))))


@cache
def errors() -> Console:
    """The console of standard error."""
    return console_for(cast(TextIO, _Pipe(_there(sys.stderr))))


def _there(stream: TextIO | None) -> TextIO:
    """The stream, or one that is as closed as the one that the program was started without."""
    return stream or Path(os.devnull).open("w", encoding="utf-8")


def page(console: Console | None = None) -> Page:
    """The page of a console, standard output's by default."""
    return page_for(console or output())


def say(text: Text | str, end: str = "\n") -> None:
    """Print to standard output."""
    put(output(), text, end)
    output().file.flush()


def unread() -> bool:
    """Whether nobody reads standard output any more."""
    return cast(_Pipe, output().file).closed_early


def unwritten() -> bool:
    """Whether standard output could not take what was printed, which is then said."""
    why = cast(_Pipe, output().file).refused
    if why:
        show_diagnostics([Diagnostic("cannot-write", f"standard output cannot be written: {why}")], {})
    return bool(why)


def flowing(text: str, console: Console | None = None) -> str:
    """Sentences for a console: on a terminal in lines broken between words, a command at their end on lines of its own.

    Elsewhere each stays on its line, for those who search through them.
    """
    there = page(console)
    lines = there.text(text).split("\n")
    return "\n".join(part for line in lines for part in (_flowing(line, there) if there.terminal else [line]))


def _flowing(line: str, there: Page) -> list[str]:
    said, colon, command = line.partition(": cnnspec ")
    if not colon or cell_len(line) <= there.width:
        return wrap(line, there.width)
    try:
        words = ["cnnspec", *shlex.split(command)]
    except ValueError:  # a sentence that only looks like one with a command
        return wrap(line, there.width)
    return [*wrap(f"{said}:", there.width), *titled_commands([("", words)], there, gap=0)]


def announce(text: str) -> None:
    """Tell who waits at a terminal what takes its time; nobody else."""
    if page(errors()).terminal:
        put(errors(), Text(text, style="dim"))
        errors().file.flush()


def show_diagnostics(
    diagnostics: Sequence[Diagnostic], texts: dict[str, str], console: Console | None = None, told: bool = False
) -> None:
    """Print diagnostics with their lines, and how many there are; to standard error by default.

    Warnings that were `told` when the run began are said in brief.
    """
    if not diagnostics:
        return
    target = console or errors()
    if told and all(each.severity == "warning" for each in diagnostics):
        put(target, door.diagnostics.in_brief(diagnostics, page_for(target)))
        target.file.flush()
        return
    put(target, door.diagnostics.as_text(diagnostics, texts, page_for(target)))
    put(target, "\n" + door.diagnostics.tally(diagnostics))
    target.file.flush()
