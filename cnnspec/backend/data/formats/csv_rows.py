"""CSV and TSV: cells divided by commas or tabs, quoted as RFC 4180 says, rows ended by LF, CRLF or CR."""

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

import numpy as np

from cnnspec.backend.data.rows import AS_USUAL, SEPARATORS, Rows, Written, other_separator, separator_help, shown_mark
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE

LONGEST_CELL = 2**20
"""Characters: what is longer is a quote that was never closed."""
_MOST_NAMED = 5
_LOOKED_AT, _BEGINNING = 20, 2**16
"""Rows, and characters, by which another separator is told."""


def read_csv(text: str, shown: str, separator: str, written: Written = AS_USUAL) -> Rows:
    """The rows after the header; raises Rejected naming the rows that cannot be read or have another length.

    Excel's own first line, `sep=;`, says what divides the cells, and is no header.
    """
    text, separator, skipped = without_excel_line(text, shown, separator, written)
    with _cells_up_to(LONGEST_CELL):
        read = _read(text, shown, separator, skipped, bool(written.where))
        header = next(read, None)
        if header is None or not header[1]:
            raise rejected("empty-data", f"{shown} has no header", "the columns' names in the first line", at=FILE)
        rows = list(read)
    while rows and not rows[-1][1]:
        rows.pop()
    if not rows:
        raise rejected("empty-data", f"{shown} has a header and no rows", "at least one example", at=FILE)
    first = re.split("\r|\n", text, maxsplit=1)[0]
    mark = other_separator(first, separator) or _even_separator(text, separator)
    uneven = _uneven(rows, len(header[1])) if written.skips else {}
    if not uneven:
        _check_lengths(rows, header[1], shown, separator_help(mark, separator, bool(written.where)))
    lines = np.array([line for line, _ in rows], np.int64)
    cells = tuple(row for _, row in rows)
    read_rows = Rows(shown, tuple(header[1]), cells, lines, written=written, header=first, separator=separator)
    return read_rows.without(uneven)


def _uneven(rows: list[tuple[int, list[str]]], length: int) -> dict[int, str]:
    """The rows of another length than the header; none where most are, as with another separator."""
    wrong = {place: len(row) for place, (_, row) in enumerate(rows) if len(row) != length}
    few = 2 * len(wrong) < len(rows)
    return {place: f"has {count or 'no'} cells, and the header {length}" for place, count in wrong.items() if few}


_EXCEL = re.compile(r'"?sep=([^"\r\n])"?(\r\n|\r|\n|$)', re.IGNORECASE)


def without_excel_line(text: str, shown: str, separator: str, written: Written) -> tuple[str, str, int]:
    """The text after Excel's line, what divides the cells by it, and how many lines that took."""
    match = _EXCEL.match(text)
    if match is None:
        return text, separator, 0
    if written.separator not in (None, match[1]):
        received = f"{shown} says in its first line that its cells are divided by {shown_mark(match[1])}"
        help = f"write separator: {shown_mark(match[1])} under data, or leave it out"
        raise rejected("bad-table", received, f"separator: {shown_mark(separator)}", help, at=FILE)
    return text[match.end() :], match[1], 1


def _even_separator(text: str, taken: str) -> str | None:
    """Another mark by which the first lines all have the same number of cells, and more than one; None if none has."""
    for mark in SEPARATORS:
        with contextlib.suppress(csv.Error):
            lengths = {
                len(row)
                for row in islice(csv.reader(io.StringIO(text[:_BEGINNING], newline=""), delimiter=mark), _LOOKED_AT)
            }
            if mark != taken and len(lengths) == 1 and lengths != {1}:
                return mark
    return None


def _read(text: str, shown: str, separator: str, skipped: int, in_spec: bool) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it starts in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    count, line = 0, 1 + skipped
    try:
        for row in reader:
            yield line, row
            count, line = count + 1, reader.line_num + 1 + skipped
    except csv.Error as error:
        place = f"row {count} (line {line})" if count else f"the header (line {line})"
        other = separator_help(_even_separator(text, separator), separator, in_spec)
        raise _unreadable(f"{shown}, {place}", str(error), other) from None


def _unreadable(place: str, error: str, other: str) -> Rejected:
    twice = 'write a quote inside a quoted cell twice: ""'
    if "unexpected end" in error:
        received = f"{place}: a quote opens a cell and is never closed"
        return rejected("bad-table", received, "a quote at the end of the cell", twice, at=FILE)
    if "field limit" in error:
        received, help = f"{place}: a cell of more than {LONGEST_CELL:,} characters", f"is a quote not closed? {twice}"
        return rejected("bad-table", received, "shorter ones", help, at=FILE)
    if "expected after" in error:
        return rejected(
            "bad-table",
            f"{place}: a quoted cell goes on after its quote",
            "the end of the cell",
            other or twice,
            at=FILE,
        )
    return rejected("bad-table", f"{place}: {error}", "cells as RFC 4180 has them", at=FILE)


def _check_lengths(rows: list[tuple[int, list[str]]], header: list[str], shown: str, help: str) -> None:
    wrong = [(number, line, len(row)) for number, (line, row) in enumerate(rows, 1) if len(row) != len(header)]
    if not wrong:
        return
    listed = ", ".join(
        f"row {number} (line {line}) has {count or 'none'}" for number, line, count in wrong[:_MOST_NAMED]
    )
    more = f" and {len(wrong) - _MOST_NAMED} more rows are wrong" if len(wrong) > _MOST_NAMED else ""
    expected = f"{len(header)} cell{'s' if len(header) > 1 else ''} in every row, as in the header"
    quote = "put a cell that holds the delimiter or a line break into quotes; take empty lines out"
    raise rejected("bad-table", f"{shown}: {listed}{more}", expected, help or quote, at=FILE)


@contextlib.contextmanager
def _cells_up_to(longest: int) -> Iterator[None]:
    """The csv module keeps one limit for the whole process: give it back as it was."""
    before = csv.field_size_limit(longest)
    try:
        yield
    finally:
        csv.field_size_limit(before)
