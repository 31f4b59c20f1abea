"""A place in a text."""

from typing import NamedTuple


class Span(NamedTuple):
    """`width` characters at `line` and `column` (both from 1) of `file`, named as the user named it."""

    file: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def part(self, offset: int, width: int) -> "Span":
        """A piece of this span, `offset` characters from its start on the same line."""
        return Span(self.file, self.line, self.column + offset, width)
