"""What stands in the specs of runs, by path (`training.optimizer.adamw.weight_decay`), and where runs differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.older_texts import as_read_then
from cnnspec.runs.reading import Unreadable, read_bytes
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.text import MAX_BYTES, decode
from cnnspec.source.values import plain
from cnnspec.source.yaml import read_yaml

_FOR_PEOPLE = frozenset({"cnnspec", "name", "description", "reference"})


@dataclass(frozen=True, slots=True)
class Unset:
    """What a run has where it does not say anything."""


UNSET = Unset()
Settings = Mapping[str, object]
"""The sections of a run's spec as plain values."""


def section(settings: Settings, name: str) -> Mapping[str, object]:
    """One of the sections, as `training`; empty where it is not there, or is none."""
    found = settings.get(name)
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Difference:
    """A path at which runs differ, with the plain value of each, UNSET where it has none."""

    path: str
    values: tuple[object, ...]


def read_settings(folder: RunFolder) -> tuple[dict[str, object], str]:
    """The sections of a run's spec in the words of today, as plain values, and why there are none if there are none."""
    settings, problem = settings_in(folder)
    return as_read_then(settings, folder), problem


def settings_in(folder: RunFolder) -> tuple[dict[str, object], str]:
    """The same as they are written in the run's folder."""
    try:
        content = read_bytes(folder.spec, MAX_BYTES)
    except Unreadable as problem:
        return {}, str(problem)
    if content is None:
        return {}, "there is no spec.yaml"
    return _settings(content, folder.spec.name)


def written_settings(spec: str) -> dict[str, object]:
    """The same of a run's spec before it is written."""
    return _settings(spec.encode(), "spec.yaml")[0]


def _settings(content: bytes, name: str) -> tuple[dict[str, object], str]:
    found: list[Diagnostic] = []
    written = decode(content, name, found.append)
    value = read_yaml(written, name, found.append) if written is not None else None
    held = plain(value) if value is not None else None
    if not isinstance(held, dict):
        return {}, f"spec.yaml is damaged: {found[0].message if found else 'it is no map'}"
    return {str(key): item for key, item in held.items() if key not in _FOR_PEOPLE}, ""


def flattened(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every setting with its path; lists of plain values are one setting, and so is a kind without arguments."""
    if isinstance(value, dict) and value and not (len(value) == 1 and {} in value.values()):
        for key, item in value.items():
            yield from flattened(item, _joined(path, key))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for at, item in enumerate(value):
            yield from flattened(item, _joined(path, at))
    else:
        yield path, value


def differences(values: Sequence[object], path: str = "") -> Iterator[Difference]:
    """Where values, one a run, differ: as deep as they have a common form.

    Where the kind differs, as in `adam: {...}` beside `sgd: {...}`, it is one difference, and those of the
    arguments have `*` in their path.
    """
    if all(_same(value, values[0]) for value in values):
        return
    if _is_one_or_nothing(values):
        yield Difference(path, tuple(values))
    elif len(kinds := list(_kinds(values))) == len(values):
        yield Difference(path, tuple(kind for kind, _ in kinds))
        blank: object = {} if any(isinstance(arguments, dict) for _, arguments in kinds) else UNSET
        given = [blank if isinstance(arguments, Unset) else arguments for _, arguments in kinds]
        yield from differences(given, _joined(path, "*"))
    elif all(isinstance(value, (dict, Unset)) for value in values):
        maps = [value if isinstance(value, dict) else {} for value in values]
        for key in dict.fromkeys(key for each in maps for key in each):
            yield from differences([each.get(key, UNSET) for each in maps], _joined(path, key))
    elif len(lists := [value for value in values if _holds_entries(value)]) == len(values):
        yield from _in_lists(lists, path)
    else:
        yield Difference(path, tuple(values))


def _is_one_or_nothing(values: Sequence[object]) -> bool:
    """Whether some runs have one and the same value, and the others none."""
    known = [value for value in values if not isinstance(value, Unset)]
    return len(known) < len(values) and all(_same(value, known[0]) for value in known)


def _kinds(values: Sequence[object]) -> Iterator[tuple[object, object]]:
    """The kind and the arguments of each value that has some, unless all are of one kind."""
    names = [next(iter(value)) if isinstance(value, dict) and len(value) == 1 else value for value in values]
    if all(name == names[0] for name in names) or not any(isinstance(value, dict) for value in values):
        return
    for name, value in zip(names, values, strict=True):
        if isinstance(name, (str, Unset)):
            yield name, value[name] if isinstance(value, dict) else UNSET


def _same(value: object, other: object) -> bool:
    """Whether two settings are equal; 1 is 1.0, and true is neither."""
    return value == other and _shape(value) == _shape(other)


def _shape(value: object) -> object:
    """Where a value holds truth values, which Python takes for numbers."""
    if isinstance(value, dict):
        return [_shape(item) for item in value.values()]
    return [_shape(item) for item in value] if isinstance(value, list) else isinstance(value, bool)


def _holds_entries(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)


def _in_lists(lists: Sequence[list[object]], path: str) -> Iterator[Difference]:
    """Lists of one length item by item; of others what is left between a common beginning and a common end."""
    if len({len(each) for each in lists}) == 1:
        for at, items in enumerate(zip(*lists, strict=True)):
            yield from differences(items, _joined(path, at))
        return
    start = _common(lists)
    end = _common([list(reversed(each[start:])) for each in lists])
    middles = [each[start : len(each) - end] for each in lists]
    yield Difference(_joined(path, f"{start}..") if start else path, tuple(middle or UNSET for middle in middles))


def _common(lists: Sequence[list[object]]) -> int:
    """How many items all lists begin with."""
    together = zip(*lists, strict=False)
    return next(
        (at for at, items in enumerate(together) if not all(_same(item, items[0]) for item in items)),
        min(map(len, lists)),
    )


def _joined(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)
