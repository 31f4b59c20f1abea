"""Where every command line begins: what needs no taking apart goes straight to who answers it.

The rest of the command line is made for whatever has options or is wrong: making it takes longer than checking a spec.
"""

import importlib
import os
import signal
import sys
from collections.abc import Sequence

from cnnspec import __version__

FINE, INTERRUPTED = 0, 130
COMPLETION = "_CNNSPEC_COMPLETE"
"""The variable by which a shell asks what may follow, as in complete_bash."""
_OF_WORDS = frozenset({"validate", "summary"})
"""Commands whose only arguments are a list of specs."""


def main() -> None:
    """Run the command line. Who interrupts it twice gets the exit code of the first time."""
    try:
        sys.exit(_carried_out(sys.argv[1:]))
    except SystemExit as end:
        if end.code == INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


def _carried_out(typed: Sequence[str]) -> int:
    """What was typed, done; its exit code."""
    if list(typed) == ["--version"]:
        print(f"cnnspec {__version__}")
        return FINE
    if COMPLETION in os.environ and (answer := _completed(os.environ[COMPLETION])) is not None:
        print(answer)
        return FINE
    name, words = (typed[0], list(typed[1:])) if typed else ("", [])
    if name in _OF_WORDS and words and not any(word.startswith("-") for word in words):
        getattr(importlib.import_module(f"cnnspec.cli.{name}"), name)(words)
        return FINE
    return int(importlib.import_module("cnnspec.cli.app").carried_out(typed))


def _completed(instruction: str) -> str | None:
    action, _, shell = instruction.partition("_")
    if action != "complete":
        return None
    answer: str | None = importlib.import_module("cnnspec.cli.completion").completed(shell)
    return answer
