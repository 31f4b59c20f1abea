"""The command that goes on with a run, with what the run's folder does not keep: over how much it is spread."""

from collections.abc import Sequence
from pathlib import Path

_SPREAD = ("--devices", "--workers")


def spread_options(devices: int | None, workers: int | None) -> tuple[str, ...]:
    """The options that spread a training over so many devices or processes, where they were given."""
    given = zip(_SPREAD, (devices, workers), strict=True)
    return tuple(word for name, number in given if number is not None for word in (name, str(number)))


def spread_of(command: Sequence[str]) -> tuple[str, ...]:
    """The same options of a command that trained a run, as its environment.json has it."""
    found: list[str] = []
    for word, following in zip(command, (*command[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        number = value if equals else following
        if name in _SPREAD and number.isdecimal():
            found += (name, number)
    return tuple(found)


def resumption(run: str | Path, options: Sequence[str] = ()) -> list[str]:
    """`cnnspec train --resume runs/digits-1 --workers 2`, as a list of words."""
    return ["cnnspec", "train", "--resume", str(run), *options]
