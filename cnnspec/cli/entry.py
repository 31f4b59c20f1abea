"""Where every command line begins: what needs no taking apart goes straight to who answers it.

The rest of the command line is made for whatever has options or is wrong: making it takes longer than checking a spec.
"""

import importlib
import os
import signal
import sys
from collections.abc import Sequence

from cnnspec import __version__

FINE, WRONG, FAILED, INTERRUPTED = 0, 1, 3, 130
COMPLETION = "_CNNSPEC_COMPLETE"
"""The variable by which a shell asks what may follow, as in complete_bash."""
_OF_WORDS = frozenset({"validate", "summary"})
"""Commands whose only arguments are a list of specs."""


def main() -> None:
    """Run the command line. Who interrupts it twice gets the exit code of the first time."""
    _open_closed_streams()
    try:
        code: object = _carried_out(sys.argv[1:])
    except SystemExit as end:
        code = end.code
    if code == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code in (None, FINE, WRONG):
        code = _unwritten() or code
    raise SystemExit(code)


def _carried_out(typed: Sequence[str]) -> int:
    """What was typed, done; its exit code."""
    if list(typed) == ["--version"]:
        return _printed(f"cnnspec {__version__}")
    if COMPLETION in os.environ and (answer := _completed(os.environ[COMPLETION])) is not None:
        return _printed(answer)
    name, words = (typed[0], list(typed[1:])) if typed else ("", [])
    if name in _OF_WORDS and words and not any(word.startswith("-") for word in words):
        getattr(importlib.import_module(f"cnnspec.cli.{name}"), name)(words)
        return FINE
    return int(importlib.import_module("cnnspec.cli.app").carried_out(typed))


def _open_closed_streams() -> None:
    """Lest a file of data be opened as the standard output that the program was started without, and written to."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _printed(text: str) -> int:
    """The exit code once the text is printed, be it to somebody who is gone."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    return FINE


def _unwritten() -> int:
    """The exit code where what was found could not be told to anybody."""
    screen = sys.modules.get("cnnspec.cli.screen")
    return FAILED if screen is not None and screen.unwritten() else FINE


def _completed(instruction: str) -> str | None:
    action, _, shell = instruction.partition("_")
    if action != "complete":
        return None
    answer: str | None = importlib.import_module("cnnspec.cli.completion").completed(shell)
    return answer
