"""What a run says of how it was made, without the places on somebody's machine: for whoever gets the run packed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

from cnnspec.results.history import Run

_STANDS_FOR = {
    "--data-root": "DIR",
    "--runs": "DIR",
    "--start-from": "RUN",
    "--resume": "RUN",
    "--mlflow": "URI",
    "--study": "FILE",
    "--output": "FILE",
    "-o": "FILE",
}
"""Options whose values are places, and what stands for these."""
_PLACE = "PATH"
_SPECS = frozenset({".yaml", ".yml"})
_OF_RUNS = frozenset({"best.keras", "last.keras"})
"""Weights that are told by their run's name, too."""


def placeless_command(words: Sequence[str]) -> tuple[str, ...]:
    """A command whose paths do not tell where anything lay; what lay where it was typed keeps its name."""
    told = []
    for word, before in zip(words, ("", *words), strict=False):
        name, equals, value = word.partition("=")
        if before in _STANDS_FOR and not word.startswith("-"):
            told.append(_STANDS_FOR[before])
        elif equals:
            told.append(f"{name}={_STANDS_FOR.get(name) or _without_place(value)}")
        else:
            told.append(_without_place(word))
    return tuple(told)


def _without_place(word: str) -> str:
    path = PureWindowsPath(word) if PureWindowsPath(word).drive else PurePosixPath(word)
    if not (path.is_absolute() or word.startswith("~")):
        return word
    return path.name if path.suffix in _SPECS else _PLACE


def placeless_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """What environment.json says, of each process that trained the run."""
    told = dict(facts)
    command, resumed = facts.get("command"), facts.get("resumed")
    if isinstance(command, list):
        told["command"] = list(placeless_command([str(word) for word in command]))
    if isinstance(resumed, list):
        told["resumed"] = [placeless_facts(each) if isinstance(each, dict) else each for each in resumed]
    return told


def placeless(run: Run) -> Run:
    """The same of a run that was read."""
    made = run.environment
    resumed = tuple(
        replace(each, machine=replace(each.machine, command=placeless_command(each.machine.command)))
        for each in made.resumed
    )
    return replace(run, environment=replace(made, command=placeless_command(made.command), resumed=resumed))


def placeless_origin(facts: Mapping[str, object]) -> dict[str, object]:
    """What transfer.json says, with the names alone of the files that the run began with."""
    file, files = facts.get("file"), facts.get("files")
    told = dict(facts)
    if isinstance(file, str):
        told["file"] = _name(file)
    if isinstance(files, dict):
        told["files"] = {_name(path): mark for path, mark in files.items()}
    return told


def _name(path: str) -> str:
    place = PureWindowsPath(path) if PureWindowsPath(path).drive else PurePosixPath(path)
    return "/".join(place.parts[-2 if place.name in _OF_RUNS else -1 :])
