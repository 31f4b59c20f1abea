"""Darknet's `.cfg`: sections in brackets, each with lines of `key=value`."""

import re
from collections.abc import Iterator

from cnnspec.foreign.growing import Unread
from cnnspec.source.frozen import frozen

_MOST_SECTIONS = 5_000
_HEAD = re.compile(r"\[\s*([A-Za-z0-9_-]+)\s*\]")
_WHOLE, _DECIMAL = re.compile(r"[+-]?\d{1,15}"), re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


@frozen
class Section:
    """A section with its line; what is asked of it and is not there has a default, as in Darknet."""

    kind: str
    line: int
    values: dict[str, str]

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        return self.wholes(key, (default,))[0]

    def wholes(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Whole numbers with commas between them."""
        if key not in self.values:
            return default
        parts = [part.strip() for part in self.values[key].rstrip(",").split(",")]
        if not all(map(_WHOLE.fullmatch, parts)):
            raise Unread(f"[{self.kind}] in line {self.line}: {key}={self.values[key]}, expected whole numbers")
        return tuple(map(int, parts))

    def number(self, key: str, default: float) -> float:
        """Any number."""
        if key not in self.values:
            return default
        if not _DECIMAL.fullmatch(self.values[key]):
            raise Unread(f"[{self.kind}] in line {self.line}: {key}={self.values[key]}, expected a number")
        return float(self.values[key])

    def word(self, key: str, default: str) -> str:
        """A word."""
        return self.values.get(key, default)

    def told(self) -> str:
        """All that it says, in a line."""
        return ", ".join(f"{key}={value}" for key, value in self.values.items())


def sections(text: str) -> list[Section]:
    """The sections of a file; raises Unread where a line is none of Darknet's."""
    found: list[Section] = []
    for number, line in _lines(text):
        if head := _HEAD.fullmatch(line):
            if len(found) == _MOST_SECTIONS:
                raise Unread(f"more than {_MOST_SECTIONS:,} sections")
            found.append(Section(head[1].lower(), number, {}))
            continue
        key, equals, value = line.partition("=")
        if not equals or not found:
            raise Unread(f"line {number}: {line[:60]!r}, expected a [section] or key=value in one")
        found[-1].values.setdefault(key.strip(), value.strip())
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, numbered, without what stands behind a mark for comments."""
    for number, line in enumerate(text.splitlines(), 1):
        told = re.split("[#;]", line, maxsplit=1)[0].strip()
        if told:
            yield number, told
