"""Python's tuples in YAML: `(3, 3)` is two texts there, or inside {...} a text and a key, and never a list."""

import re
from dataclasses import replace

from cnnspec.source.scalar import OutOfRange, resolve_scalar
from cnnspec.source.values import Entry, Scalar, Sequence, Value

_WHOLE = re.compile(r"\(([^()]*)\)\Z")
_SIZES = re.compile(r"[0-9]{1,9}(?: ?[x×X*] ?[0-9]{1,9}){1,5}\Z")
_TIMES = re.compile(" ?[x×X*] ?")


def listed(text: str) -> str | None:
    """The list that a tuple written as one text means: `(28, 28)` -> `[28, 28]`; None for any other text."""
    match = _WHOLE.match(text.strip())
    if match is None or "," not in match[1]:
        return None
    return "[" + ", ".join(item.strip() for item in match[1].split(",") if item.strip()) + "]"


def listed_sizes(text: str) -> str | None:
    """The list that sizes written as one text mean, be it a tuple or `28x28`; None for any other text."""
    if _SIZES.match(text.strip()):
        return "[" + ", ".join(_TIMES.split(text.strip())) + "]"
    return listed(text)


def opens(value: Value) -> bool:
    """Whether a plain text begins a tuple that it does not end."""
    return isinstance(value, Scalar) and value.plain and value.text.startswith("(") and ")" not in value.text


def joined_entries(entries: list[Entry]) -> tuple[list[Entry], list[Sequence]]:
    """The entries of a flow map with the pieces of each tuple made a list, and those lists."""
    result: list[Entry] = []
    found: list[Sequence] = []
    pieces: list[Scalar] = []
    for entry in entries:
        if pieces:
            pieces.append(Scalar(None, entry.span, entry.key))
            if entry.key.endswith(")"):
                found.append(_list(pieces))
                result[-1] = replace(result[-1], value=found[-1])
                pieces = []
            continue
        result.append(entry)
        if opens(entry.value) and isinstance(entry.value, Scalar):
            pieces = [entry.value]
    return (result, found) if not pieces else (entries, [])


def joined_items(items: list[Value]) -> tuple[list[Value], list[Sequence]]:
    """The same for the items of a flow list."""
    result: list[Value] = []
    found: list[Sequence] = []
    pieces: list[Scalar] = []
    for item in items:
        if opens(item) or pieces:
            if not isinstance(item, Scalar):
                return items, []
            pieces.append(item)
            if item.text.endswith(")"):
                found.append(_list(pieces))
                result.append(found[-1])
                pieces = []
            continue
        result.append(item)
    return (result, found) if not pieces else (items, [])


def in_brackets(value: Sequence) -> str:
    """A tuple as the list that it means; empty where it goes over several lines."""
    if any(item.span.line != value.span.line for item in value.items):
        return ""
    return "[" + ", ".join(item.text for item in value.items if isinstance(item, Scalar)) + "]"


def _list(pieces: list[Scalar]) -> Sequence:
    first, last = pieces[0].span, pieces[-1].span
    width = last.column + last.width - first.column if last.line == first.line else first.width
    items = tuple(_item(piece) for piece in pieces if piece.text.strip("() "))
    return Sequence(items, first._replace(width=width))


def _item(piece: Scalar) -> Scalar:
    text = piece.text.strip("() ")
    try:
        return Scalar(resolve_scalar(text), piece.span, text)
    except OutOfRange:  # The tuple is a mistake of its own, and told.
        return Scalar(text, piece.span, text)
