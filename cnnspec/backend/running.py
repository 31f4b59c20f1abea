"""What a spec may say that does not run yet: named before the first step, never ignored."""

from collections.abc import Iterator

from cnnspec.backend.data.load import SOURCES
from cnnspec.language.data import DataSection
from cnnspec.layers.kind import Fields
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Value

_NOT_DATA = {"arrays": {"image"}, "digits": {"image"}}
"""Keys of the data section that have no effect yet, by source."""


def not_running(data: DataSection, root: Mapping | None = None) -> list[Diagnostic]:
    """One error for each key that has no effect yet, at its place where the spec's `root` is given."""
    return [_diagnostic(path, root) for path in _of_data(data)]


def _of_data(data: DataSection) -> Iterator[str]:
    if data.source not in SOURCES:
        yield f"data.source.{data.source}"
        return
    not_yet = _NOT_DATA.get(data.source, set())
    for key in _changed(data, frozenset(type(data).model_fields) - not_yet):
        yield f"data.{key}"


def _changed(section: Fields, running: frozenset[str]) -> list[str]:
    """The keys written with another value than their default, less those that run."""
    fields = type(section).model_fields
    written = (name for name in fields if name in section.model_fields_set - running)
    return [name for name in written if getattr(section, name) != fields[name].get_default(call_default_factory=True)]


def _diagnostic(path: str, root: Mapping | None) -> Diagnostic:
    message = f"{path} does not run yet"
    return Diagnostic("not-running", message, _place(path, root), help=_SOURCES if "source" in path else _WITHOUT)


_WITHOUT = "leave it out to train with what there is"
_SOURCES = f"save the data for one of the sources that run: {', '.join(SOURCES)}"


def _place(path: str, root: Mapping | None) -> Span | None:
    """The key's place, or that of the nearest key around it."""
    value: Value | None = root
    found: Entry | None = None
    for key in path.split("."):
        entry = value.entry(key) if isinstance(value, Mapping) else None
        if entry is None:
            break
        found, value = entry, entry.value
    return found.span if found else None
