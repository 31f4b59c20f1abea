"""Values that were computed: placed where they were computed, and bounded."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from cnnspec.source.diagnostic import Diagnostic, Note, Report
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, depth_of, not_finite, size_of
from cnnspec.source.yaml import MAX_DEPTH, MAX_VALUES

MAX_STRING = 4096
"""How many characters a text may be computed to."""
_NEARLY_COMPUTED = re.compile(r"\$[A-Za-z_][^${}]{0,60}\Z")


def bounded(value: Value, report: Report) -> Value | None:
    """The value, if it is not larger than what a file may hold; None if it is, which was reported."""
    if size_of(value) > MAX_VALUES:
        report(_too_many(value.span))
        return None
    if depth_of(value) > MAX_DEPTH:
        report(Diagnostic("too-deep", f"computed to lists nested more than {MAX_DEPTH} deep", value.span))
        return None
    return value


def _too_many(span: Span) -> Diagnostic:
    return Diagnostic("too-many-values", f"computed to more than {MAX_VALUES:,} values", span)


def as_bounded(value: object, span: Span, report: Report) -> Value | None:
    """A computed value, unless it is too large to be written out: lists that share parts can be."""
    waiting, count = [value], 0
    while waiting and count <= MAX_VALUES:
        part = waiting.pop()
        count += 1
        if isinstance(part, (list, dict)):
            waiting += part.values() if isinstance(part, dict) else part
    if waiting:
        report(_too_many(span))
        return None
    return bounded(as_value(value, span), report)


def as_value(value: object, span: Span) -> Value:
    """A computed plain value, placed where it was computed."""
    if isinstance(value, (list, tuple)):
        return Sequence(tuple(as_value(item, span) for item in value), span)
    if isinstance(value, dict):
        return Mapping(tuple(Entry(str(key), span, as_value(item, span)) for key, item in value.items()), span)
    assert value is None or isinstance(value, (bool, int, float, str))
    return Scalar(value, span, written(value))


def written(value: object) -> str:
    """A computed value inside a text: as YAML writes it, a string without quotes."""
    return "".join(_pieces(value))


def joined_text(values: Iterable[object]) -> str | None:
    """Computed values one after another as a text; None where that is longer than a text may be."""
    pieces: list[str] = []
    length = 0
    for piece in chain.from_iterable(map(_pieces, values)):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_STRING:
            return None
    return "".join(pieces)


def _pieces(value: object) -> Iterator[str]:
    if not isinstance(value, (list, dict)):
        yield _one(value)
        return
    yield "[" if isinstance(value, list) else "{"
    for number, item in enumerate(value):
        yield ", " if number else ""
        yield f"{item}: " if isinstance(value, dict) else ""
        yield from _pieces(value[item] if isinstance(value, dict) else item)
    yield "]" if isinstance(value, list) else "}"


def _one(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return not_finite(value) or str(value)


def computed_as(value: Value) -> str:
    """The expression that is meant where a name and more follow a dollar, which is plain text: `$depths[0]`."""
    text = value.value if isinstance(value, Scalar) else None
    if not isinstance(text, str) or not text.isprintable() or not _NEARLY_COMPUTED.match(text):
        return ""
    return f'"${{{text[1:]}}}"'


def origin_note(value: Value) -> tuple[Note, ...]:
    """Where the value itself was written, if its place only names it."""
    return (Note("its value comes from here", value.origin),) if value.origin and value.origin != value.span else ()
