"""CSV and TSV: cells divided by commas or tabs, quoted as RFC 4180 says, rows ended by LF, CRLF or CR."""

import contextlib
import csv
import io
from collections.abc import Iterator

import numpy as np

from cnnspec.backend.data.rows import Rows, other_divider
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import FILE

LONGEST_CELL = 2**20
"""Characters: what is longer is a quote that was never closed."""
_MOST_NAMED = 5


def read_csv(text: str, shown: str, delimiter: str) -> Rows:
    """The rows after the header; raises Rejected naming the rows that cannot be read or have another length."""
    with _cells_up_to(LONGEST_CELL):
        read = _read(text, shown, delimiter)
        header = next(read, None)
        if header is None or not header[1]:
            raise rejected("empty-data", f"{shown} has no header", "the columns' names in the first line", at=FILE)
        rows = list(read)
    while rows and not rows[-1][1]:
        rows.pop()
    if not rows:
        raise rejected("empty-data", f"{shown} has a header and no rows", "at least one example", at=FILE)
    _check_lengths(rows, header[1], shown)
    lines = np.array([line for line, _ in rows], np.int64)
    return Rows(shown, tuple(header[1]), tuple(row for _, row in rows), lines)


def _read(text: str, shown: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it starts in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count, line = 0, 1
    try:
        for row in reader:
            yield line, row
            count, line = count + 1, reader.line_num + 1
    except csv.Error as error:
        place = f"row {count} (line {line})" if count else f"the header (line {line})"
        raise _unreadable(f"{shown}, {place}", str(error)) from None


def _unreadable(place: str, error: str) -> Rejected:
    twice = 'write a quote inside a quoted cell twice: ""'
    if "unexpected end" in error:
        received = f"{place}: a quote opens a cell and is never closed"
        return rejected("bad-table", received, "a quote at the end of the cell", twice, at=FILE)
    if "field limit" in error:
        received, help = f"{place}: a cell of more than {LONGEST_CELL:,} characters", f"is a quote not closed? {twice}"
        return rejected("bad-table", received, "shorter ones", help, at=FILE)
    if "expected after" in error:
        return rejected(
            "bad-table", f"{place}: a quoted cell goes on after its quote", "the end of the cell", twice, at=FILE
        )
    return rejected("bad-table", f"{place}: {error}", "cells as RFC 4180 has them", at=FILE)


def _check_lengths(rows: list[tuple[int, list[str]]], header: list[str], shown: str) -> None:
    wrong = [(number, line, len(row)) for number, (line, row) in enumerate(rows, 1) if len(row) != len(header)]
    if not wrong:
        return
    listed = ", ".join(
        f"row {number} (line {line}) has {count or 'none'}" for number, line, count in wrong[:_MOST_NAMED]
    )
    more = f" and {len(wrong) - _MOST_NAMED} more rows are wrong" if len(wrong) > _MOST_NAMED else ""
    expected = f"{len(header)} cell{'s' if len(header) > 1 else ''} in every row, as in the header"
    quote = "put a cell that holds the delimiter or a line break into quotes; take empty lines out"
    help = other_divider(tuple(header)) or quote
    raise rejected("bad-table", f"{shown}: {listed}{more}", expected, help, at=FILE)


@contextlib.contextmanager
def _cells_up_to(longest: int) -> Iterator[None]:
    """The csv module keeps one limit for the whole process: give it back as it was."""
    before = csv.field_size_limit(longest)
    try:
        yield
    finally:
        csv.field_size_limit(before)
