"""JSON lines: one object a line, its keys the columns; a column that a line lacks, or null, is a missing cell."""

import json
from collections import Counter
from typing import Any, NoReturn

import numpy as np

from cnnspec.backend.data.pictures import the_first
from cnnspec.backend.data.rows import AS_USUAL, Rows, Written
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import FILE

_EXAMPLE = 'an object, as in {"text": "...", "label": "..."}'
_MOST_EMPTY = 16
"""Cells for each character: of lines that share no keys a small file would make a table that fills the memory."""


def read_jsonl(text: str, shown: str, written: Written = AS_USUAL) -> Rows:
    """The rows, numbers and true and false as they are written; raises Rejected naming every line that is no object."""
    lines = text.rstrip("\r\n").split("\n")
    read, bad = _objects(lines, shown)
    if bad and (not written.skips or not read):
        raise Rejected(the_first(bad.values()))
    objects, numbers = list(read.values()), np.array(list(read), np.int64)
    columns = tuple(dict.fromkeys(key for each in objects for key in each))
    if not columns:
        raise rejected("empty-data", f"{shown} holds no values", _EXAMPLE, at=FILE)
    if len(columns) * len(lines) > _MOST_EMPTY * len(text):
        received = f"{shown} has {len(lines):,} lines, with {len(columns):,} different keys between them"
        raise rejected("bad-table", received, "much the same keys in every line", "a key is a column's name", at=FILE)
    cells = tuple(tuple(each.get(column, "") for column in columns) for each in objects)
    skipped = {number: problem.message.partition("; expected")[0] for number, problem in bad.items()}
    reasons = {number: said.removeprefix(f"{shown}, line {number}").lstrip(",: ") for number, said in skipped.items()}
    return Rows(shown, columns, cells, numbers, written=written, numbers=numbers, skipped=reasons)


def _objects(lines: list[str], shown: str) -> tuple[dict[int, dict[str, str]], dict[int, Diagnostic]]:
    """What each line holds, and what is wrong with the others, by their numbers from 1."""
    read: dict[int, dict[str, str]] = {}
    bad: dict[int, Diagnostic] = {}
    for number, line in enumerate(lines, 1):
        try:
            read[number] = _object(line, f"{shown}, line {number}")
        except Rejected as rejected:
            (bad[number],) = rejected.diagnostics
    return read, bad


def _object(line: str, place: str) -> dict[str, str]:
    if not line.strip():
        raise rejected("bad-table", f"{place} is empty", _EXAMPLE, "take the line out", at=FILE)
    try:
        read = json.loads(line, object_pairs_hook=_pairs, parse_int=str, parse_float=str, parse_constant=_constant)
    except json.JSONDecodeError as error:
        received = f"{place}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        raise rejected("bad-table", received, _EXAMPLE, at=FILE) from None
    except RecursionError:
        raise rejected("bad-table", f"{place} is nested too deeply", _EXAMPLE, at=FILE) from None
    except _Refused as refused:
        raise rejected("bad-table", f"{place}: {refused}", "plain JSON", at=FILE) from None
    if not isinstance(read, dict):
        raise rejected("bad-table", f"{place} is {_kind(read)}", _EXAMPLE, at=FILE)
    return {key: _cell(value, key, place) for key, value in read.items()}


class _Refused(Exception):
    """Something that Python reads and JSON does not have, or that says two things."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise _Refused(f"the key {twice} stands twice")
    return read


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no number of JSON")


def _cell(value: object, key: str, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(value, key, place)
    raise rejected("bad-table", f"{place}: {key} is {_kind(value)}", "a text, a number, true, false or null", at=FILE)


def _text(value: str, key: str, place: str) -> str:
    if "\0" in value:
        raise rejected("not-text", f"{place}: {key} holds a NUL character", "text", at=FILE)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _half(place, key) from None
    return value


def _half(place: str, key: str) -> Rejected:
    received = f"{place}: {key} holds half of a character (a \\ud800 to \\udfff alone)"
    return rejected("not-text", received, "text", at=FILE)


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}.get(type(value), "one value")
