"""What differs in `data`, `training` and `pretrained`: every declared key, defaults included, whatever was written."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnnspec.comparison.arguments import shown_value
from cnnspec.comparison.difference import UNSET
from cnnspec.comparison.differences import SettingChanged
from cnnspec.language.phases import Phase
from cnnspec.language.pretrained import declared
from cnnspec.language.spec import Spec
from cnnspec.layers.kind import Kind
from cnnspec.layers.model import Fields

_IN_THE_NETWORK = frozenset({"freeze", "rates"})
"""Keys that are compared by what they do to the layers, which may be called otherwise."""


def section_differences(one: Spec, other: Spec) -> Iterator[SettingChanged]:
    """What differs in how two specs read their data and learn from it."""
    yield from _settings("data", one.data, other.data)
    yield from _training(one, other)
    yield from _settings("pretrained", declared(one.root, one.variant), declared(other.root, other.variant))


def _training(one: Spec, other: Spec) -> Iterator[SettingChanged]:
    mine, theirs = _told(one), _told(other)
    if one.phases or other.phases:
        yield from _settings("training", _list_of_phases(one), _list_of_phases(other), "phases")
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for name in mine:
            if name in theirs:
                yield from _settings("training", mine[name], theirs[name], name)
    elif mine != theirs:
        yield SettingChanged("training", shown_value(one.training), shown_value(other.training), "")


def _told(spec: Spec) -> dict[str, Any] | None:
    """The keys of training; those that phases may have of their own are told of the phases where there are some."""
    if spec.training is None:
        return None
    of_phases = frozenset(spec.phases[0].training.model_fields) if spec.phases else frozenset()
    return {
        name: value
        for name, value in spec.training.arguments().items()
        if name not in _IN_THE_NETWORK and name != "phases" and name not in of_phases
    }


def _list_of_phases(spec: Spec) -> Any:
    return tuple(map(_phase, spec.phases)) if spec.phases else UNSET


def _phase(phase: Phase) -> dict[str, Any]:
    held = {name: value for name, value in phase.training.arguments().items() if name not in _IN_THE_NETWORK}
    return {"name": phase.name, "goes_on": phase.goes_on, **held}


def _settings(section: str, one: Any, other: Any, path: str = "") -> Iterator[SettingChanged]:
    """Where two values differ, as deep as they have the same form."""
    if type(one) is type(other) and isinstance(one, Fields):
        mine, theirs = one.arguments(), other.arguments()
        below = f"{path}.{one.kind}" if isinstance(one, Kind) and path else path
        for name in mine:
            yield from _settings(section, mine[name], theirs[name], _joined(below, name))
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}, key=str):
            yield from _settings(section, one.get(name, UNSET), other.get(name, UNSET), _joined(path, str(name)))
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other) and _holds_fields(one, other):
        for at, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _settings(section, mine, theirs, _joined(path, str(at)))
    elif not _same(one, other):
        yield SettingChanged(section, shown_value(one), shown_value(other), path)


def _holds_fields(*values: tuple[Any, ...]) -> bool:
    return any(isinstance(each, (Fields, Mapping)) for value in values for each in value)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal; 1 is 1.0, and true is neither."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
