"""What may follow what was typed, for shells that ask: typer's answers, in a fifth of its time.

Typer makes the whole command line to complete a word. Here a table is read that is made of it beforehand, by
`python -m cnnspec.cli.reference docs`; where the table does not do, nothing is answered, and typer is asked.
"""

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnspec.cli.completers import COMPLETERS

TABLE = Path(__file__).with_name("completion.json")
"""Command -> its options, arguments and commands."""
Item = tuple[str, str]
"""A word and what it means, which only some shells show."""


def completed(shell: str) -> str | None:
    """What to print for a shell that asks through its variables; None where typer has to be asked."""
    asked = _asked(shell)
    found = _following(json.loads(TABLE.read_text(encoding="utf-8")), *asked) if asked else None
    return None if found is None else _FORMATS[shell](found)


def _asked(shell: str) -> tuple[list[str], str] | None:
    """The whole words after the program's name, and the one that is begun."""
    if shell not in _FORMATS:
        return None
    typed = os.environ.get("COMP_WORDS" if shell == "bash" else "_TYPER_COMPLETE_ARGS", "")
    try:
        words = shlex.split(typed)
    except ValueError:  # a quotation that is not closed yet
        return None
    if shell == "bash":
        at = int(os.environ.get("COMP_CWORD", "0"))
        return words[1:at], words[at] if at < len(words) else ""
    begun = len(words) > 1 and not typed.endswith(" ")
    return words[1 : len(words) - begun], words[-1] if begun else ""


def _following(command: Mapping[str, Any], words: Sequence[str], begun: str) -> list[Item] | None:
    """What may follow these words in place of the one that is begun; None where a word is none of the table's."""
    given: set[str] = set()
    arguments, waiting = 0, None
    for word in words:
        option = _option(command, word)
        if waiting is not None:
            waiting = None
        elif word in command["commands"] and not given:
            command, arguments = command["commands"][word], 0
        elif option is not None and word in option["names"]:
            given.add(option["names"][0])
            waiting = option if option["takes"] else None
        elif word.startswith("-") or command["commands"]:
            return None
        else:
            arguments += 1
    if begun.startswith("-"):
        name, equals, value = begun.partition("=")
        option = _option(command, name)
        if not equals:
            return None if waiting else _options(command, given, begun)
        return _values(option, value) if option and option["takes"] else None
    if waiting is not None:
        return _values(waiting, begun)
    open_ones = [each for at, each in enumerate(command["arguments"]) if each["several"] or at >= arguments]
    if open_ones:
        return _values(open_ones[0], begun)
    inner = command["commands"].items()
    return [(name, each["help"]) for name, each in inner if name.startswith(begun)]


def _option(command: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    return next((each for each in command["options"] if name in each["names"]), None)


def _options(command: Mapping[str, Any], given: set[str], begun: str) -> list[Item]:
    left = [each for each in command["options"] if each["several"] or each["names"][0] not in given]
    return [(name, each["help"]) for each in left for name in each["names"] if name.startswith(begun)]


def _values(parameter: Mapping[str, Any], begun: str) -> list[Item]:
    if parameter["completer"]:
        return [(value, "") for value in COMPLETERS[parameter["completer"]](begun)]
    return [(value, "") for value in parameter["choices"] if value.startswith(begun)]


def _for_bash(items: Sequence[Item]) -> str:
    return "\n".join(value for value, _ in items)


def _for_zsh(items: Sequence[Item]) -> str:
    def quoted(text: str) -> str:
        for character, written in (('"', '""'), ("'", "''"), ("$", "\\$"), ("`", "\\`"), (":", r"\\:")):
            text = text.replace(character, written)
        return f'"{text}"'

    lines = [f"{quoted(value)}:{quoted(help)}" if help else quoted(value) for value, help in items]
    return "_arguments '*: :(({}))'".format("\n".join(lines)) if lines else "_files"


def _for_fish(items: Sequence[Item]) -> str | None:
    if os.environ.get("_TYPER_COMPLETE_FISH_ACTION") != "get-args":
        return None
    return "\n".join(value + ("\t" + re.sub(r"\s", " ", help) if help else "") for value, help in items)


_FORMATS = {"bash": _for_bash, "zsh": _for_zsh, "fish": _for_fish}
