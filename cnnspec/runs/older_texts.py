"""Texts of runs that were made when `standardize` knew ASCII alone: such a run goes on reading them as it learnt to.

A run of today says in environment.json by which version of Unicode it reads texts; one that says none is older.
"""

import json
from collections.abc import Iterator, Mapping

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.reading import Unreadable, read_facts

_NOW = {"lower_and_strip_punctuation": "ascii", "lower": "ascii_lower", "strip_punctuation": "ascii_strip_punctuation"}
"""What is called today as the older version called it: its names, and the one that it took without any."""
_TEXT_ALONE = "text_lines"
"""The source that reads texts even where its section does not say how."""


def is_older(folder: RunFolder) -> bool:
    """Whether a run is from before; one whose environment.json is lost or damaged is taken for a run of today."""
    try:
        held = read_facts(folder.environment)
    except Unreadable:
        return False
    return held is not None and "unicode" not in held


def as_read_then(settings: Mapping[str, object], folder: RunFolder) -> dict[str, object]:
    """The settings of a run in the words of today; those of a run of today are what they are."""
    amended = dict(settings)
    for path, value in _amendments(settings) if is_older(folder) else ():
        _put(amended, path, value)
    return amended


def settings_of_then(settings: Mapping[str, object], folder: RunFolder) -> tuple[str, ...]:
    """What an older run's spec must be given, as `--set` is, to be read as it was."""
    amendments = _amendments(settings) if is_older(folder) else ()
    return tuple(f"{'.'.join(path)}={json.dumps(value, ensure_ascii=False)}" for path, value in amendments)


def _amendments(settings: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Where a spec's texts are to be standardised otherwise than their words mean today, and what it must say there."""
    data, variables = settings.get("data"), settings.get("vars")
    known = variables if isinstance(variables, dict) else {}
    if not isinstance(data, dict):
        return
    for path, written in _texts(data):
        text = _value(written, known)
        how = _value(text.get("standardize", "lower_and_strip_punctuation"), known) if isinstance(text, dict) else ""
        if how in _NOW and isinstance(text, dict):
            whole = not isinstance(written, dict) or not written
            yield (path, {**text, "standardize": _NOW[how]}) if whole else ((*path, "standardize"), _NOW[how])


def _texts(data: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Each map of a data section that says how a text becomes ids, or would, with its path."""
    if "text" in data or data.get("source") == _TEXT_ALONE:
        yield ("data", "text"), data.get("text") or {}
    inputs = data.get("inputs")
    for name, feature in inputs.items() if isinstance(inputs, dict) else ():
        if isinstance(feature, dict) and "text" in feature:
            yield ("data", "inputs", name, "text"), feature["text"]


def _value(written: object, variables: Mapping[str, object]) -> object:
    """A value, or that of the variable which it names."""
    named = isinstance(written, str) and written.startswith("$")
    return variables.get(str(written)[1:], written) if named else written


def _put(settings: dict[str, object], path: tuple[str, ...], value: object) -> None:
    """Write a value into maps within each other, leaving those that others hold as they are."""
    for key in path[:-1]:
        inner = settings.get(key)
        settings[key] = held = dict(inner) if isinstance(inner, dict) else {}
        settings = held
    settings[path[-1]] = value
