"""What a YAML text holds: scalars, sequences and mappings that remember where they were written.

A value is never changed; what is computed from it is a new value. `span` is where to point; `origin`
is where the value itself was written when `span` only names it (`$name`).
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import field

from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span

_FEW = 16
"""A map of so many entries is looked through as quickly as an index is made."""


@frozen
class Scalar:
    """One value of YAML 1.2's core schema.

    `text` is the value as written; `plain` is false for quoted and block scalars.
    """

    value: bool | int | float | str | None
    span: Span
    text: str = ""
    plain: bool = True
    origin: Span | None = None


@frozen
class Sequence:
    """A list."""

    items: "tuple[Value, ...]"
    span: Span
    origin: Span | None = None
    size: int = field(init=False, compare=False)
    """How many values it holds, itself included; shared ones count each time."""
    depth: int = field(init=False, compare=False)
    """How many collections stand inside each other, itself included."""

    def __post_init__(self) -> None:
        _measure(self, self.items)


@frozen
class Entry:
    """A key and its value."""

    key: str
    span: Span
    value: "Value"


@frozen
class Mapping:
    """A map; its keys are the text as written, each once, in the order written."""

    entries: tuple[Entry, ...]
    span: Span
    origin: Span | None = None
    size: int = field(init=False, compare=False)
    """How many values it holds, itself included; shared ones count each time."""
    depth: int = field(init=False, compare=False)
    """How many collections stand inside each other, itself included."""
    index: dict[str, Entry] = field(init=False, compare=False, repr=False)
    """The entries by key; made where it is first needed."""

    def __post_init__(self) -> None:
        _measure(self, [entry.value for entry in self.entries])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def entry(self, key: str) -> Entry | None:
        """The entry with this key; looking through a large map begins with an index of it."""
        if len(self.entries) <= _FEW:
            return next((entry for entry in self.entries if entry.key == key), None)
        if not hasattr(self, "index"):
            object.__setattr__(self, "index", {entry.key: entry for entry in reversed(self.entries)})
        return self.index.get(key)

    def get(self, key: str) -> "Value | None":
        """The value of this key."""
        entry = self.entry(key)
        return entry.value if entry else None

    def keys(self) -> tuple[str, ...]:
        """The keys in the order written."""
        return tuple(entry.key for entry in self.entries)


Value = Scalar | Sequence | Mapping
Keys = tuple[str | int, ...]
"""Keys and positions that lead into a value: the argument that stands there, else the section that would hold it."""


def size_of(value: Value) -> int:
    """How many values a value holds, itself included."""
    return 1 if isinstance(value, Scalar) else value.size


def depth_of(value: Value) -> int:
    """How many collections stand inside each other in a value; 0 for a scalar."""
    return 0 if isinstance(value, Scalar) else value.depth


def _measure(collection: Sequence | Mapping, parts: Collection[Value]) -> None:
    object.__setattr__(collection, "size", 1 + sum(map(size_of, parts)))
    object.__setattr__(collection, "depth", 1 + max(map(depth_of, parts), default=0))


def entries_in(value: Value) -> Iterator[Entry]:
    """All entries of all maps in a value."""
    if isinstance(value, Mapping):
        for entry in value:
            yield entry
            yield from entries_in(entry.value)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from entries_in(item)


def plain(value: Value) -> object:
    """The value as Python's own lists, dictionaries and scalars."""
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    return {entry.key: plain(entry.value) for entry in value}


def on_one_line(scalar: Scalar) -> bool:
    """Whether its place is all of it, and not only where a text of several lines begins."""
    return scalar.span.width > 1 or len(scalar.text) <= 1


def as_written(scalar: Scalar) -> bool:
    """Whether a value stands at its place as it is, and not as an expression that comes to it."""
    place = scalar.origin or scalar.span
    return on_one_line(scalar) and place.width in (len(scalar.text), len(scalar.text) + 2)


def describe(value: Value) -> str:
    """What a value is, for a message: `a map`, `an empty list`, `"64"` (a string), `64`."""
    if isinstance(value, Mapping):
        return "a map" if value.entries else "an empty map"
    if isinstance(value, Sequence):
        return "a list" if value.items else "an empty list"
    return show(value.value)


def show(value: object, limit: int = 60) -> str:
    """A plain value as YAML would write it on one line, cut to `limit` characters."""
    text = _write(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _write(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value[:200].replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_write(item) for item in value[:20]) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_write(item)}" for key, item in list(value.items())[:20]) + "}"
    return not_finite(value) or str(value)


def not_finite(value: object) -> str:
    """How YAML writes what is no finite number; empty for everything else."""
    if not isinstance(value, float) or math.isfinite(value):
        return ""
    return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"


@frozen
class PathEnd:
    """Where a path leads inside a value: as far as it goes, the value there and what to underline."""

    value: Value | None
    span: Span
    key_span: Span


def follow(root: Value, path: Keys) -> PathEnd:
    """The place of a path of keys and positions; for an argument, its key and value together."""
    place = PathEnd(root, root.span, root.span)
    for part in path:
        value = place.value
        if isinstance(value, Mapping) and (entry := value.entry(str(part))):
            place = PathEnd(entry.value, entry_span(entry), entry.span)
        elif isinstance(value, Sequence) and isinstance(part, int) and 0 <= part < len(value.items):
            item = value.items[part]
            place = PathEnd(item, item.span, item.span)
        elif isinstance(value, Mapping):
            return PathEnd(None, place.key_span, place.key_span)
    return place


def entry_span(entry: Entry) -> Span:
    """From a key to the end of its value, if that is on the same line and not elsewhere."""
    key, value = entry.span, entry.value.span
    if value.file != key.file or value.line != key.line or value.column < key.column:
        return value if value.file != key.file else key
    return key._replace(width=value.column + value.width - key.column)
