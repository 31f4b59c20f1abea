"""Where output goes: how wide it is, whether it takes colours, which characters it can show."""

import json
import os
from typing import Literal, TextIO

from rich.console import Console
from rich.text import Text

from cnnspec.source.frozen import frozen

DEFAULT_WIDTH = 80
NARROWEST = 40

_ASCII = str.maketrans("×⎡⎢⎣⎤⎥⎦│├┌└─━…✓", "x[[[]]]|+/\\-=~*")


@frozen
class Page:
    """What a layout needs to know of where it lands; `terminal` allows rules, `ascii` nothing beyond ASCII."""

    width: int = DEFAULT_WIDTH
    terminal: bool = False
    ascii: bool = False

    def text(self, line: str) -> str:
        """The line in characters that the page can show, equally many."""
        return line.translate(_ASCII).encode("ascii", "replace").decode("ascii") if self.ascii else line


def console_for(stream: TextIO) -> Console:
    """A console that adds nothing of its own: no highlighting, markup or emoji; NO_COLOR is honoured."""
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    width = DEFAULT_WIDTH if os.environ.get("COLUMNS") == "0" else None  # rich takes it, and prints nothing at all
    return Console(
        file=stream, width=width, color_system=colours, highlight=False, markup=False, emoji=False, soft_wrap=True
    )


def page_for(console: Console) -> Page:
    """The page that a console writes to; a pipe is 80 columns wide unless COLUMNS says otherwise."""
    width = console.width if console.is_terminal or "COLUMNS" in os.environ else DEFAULT_WIDTH
    return Page(max(NARROWEST, width), console.is_terminal, not _takes_unicode(console))


def _takes_unicode(console: Console) -> bool:
    return console.encoding.lower().replace("-", "").startswith("utf")


def put(console: Console, text: Text | str, end: str = "\n") -> None:
    """Write text as it is: not wrapped, not cut, not styled further.

    Where the console takes no Unicode, what a plain text holds of it is written as ASCII that JSON can hold too.
    """
    if isinstance(text, str) and not _takes_unicode(console):
        text = "".join(map(_in_ascii, text.translate(_ASCII)))
    if isinstance(text, str) and not console.is_terminal and text.replace("\n", "").isprintable():
        console.file.write(text + end)  # what rich would write, which takes its time for each line of thousands
        console.file.flush()
        return
    console.print(text, end=end, soft_wrap=True, markup=False, highlight=False, emoji=False)


def _in_ascii(character: str) -> str:
    return character if character.isascii() else json.dumps(character)[1:-1]
