"""Commands to be copied from where they are printed."""

import shlex
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown

_GOES_ON = " \\"
"""What a shell takes for a line that goes on."""

Titled = tuple[str, Sequence[str]]
"""What stands before a command, and its words."""


def titled_commands(commands: Sequence[Titled], page: Page, gap: int = 2) -> list[str]:
    """Each command behind its title, whole on its line; on a terminal that is too narrow on several that a shell joins.

    Words are quoted as a shell needs it.
    """
    room = max((cell_len(title) for title, _ in commands), default=0)
    return [line for title, words in commands for line in _lines(f" {title:<{room}}{' ' * gap}", words, page)]


def _lines(start: str, words: Sequence[str], page: Page) -> Iterator[str]:
    quoted = [shown(_quoted(word)) for word in words]
    line, indent = start + quoted[0], " " * (len(start) + 2)
    for group in _together(quoted[1:]):
        if page.terminal and cell_len(f"{line} {group}{_GOES_ON}") > page.width and line.strip():
            yield line + _GOES_ON
            line = indent + group
        else:
            line = f"{line} {group}"
    yield line


def _quoted(word: str) -> str:
    """A word as a shell takes it, which makes a home folder of the `~` that stands for one."""
    return f"~/{shlex.quote(word[2:])}" if word.startswith("~/") and len(word) > 2 else shlex.quote(word)


def _together(words: Sequence[str]) -> list[str]:
    """The words, an option with what is given for it."""
    groups: list[str] = []
    for word in words:
        if groups and groups[-1].startswith("--") and " " not in groups[-1] and not word.startswith("-"):
            groups[-1] += f" {word}"
        else:
            groups.append(word)
    return groups
