"""Files of a run's folder read with care: the folder may be damaged, half-written, or come from a stranger."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from cnnspec.runs.opening import Strange, read_file

LONGEST = 2**20
"""Bytes that are read of a file that holds a few facts."""
LONGEST_TEXT = 500
"""Characters that are kept of a text."""
MOST = 200
"""Entries that are kept of a map or a list."""


class Unreadable(Exception):
    """A file that is there and cannot be used; its text says why."""


def read_bytes(path: Path, limit: int = LONGEST) -> bytes | None:
    """Up to `limit` bytes and one more of a regular file; None where there is none. Raises Unreadable."""
    try:
        with read_file(path) as file:
            return file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Strange as error:
        raise Unreadable(f"{path.name} is no regular file: {error.strerror}") from error
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}") from error


def read_whole(path: Path, limit: int = LONGEST) -> bytes | None:
    """All of a regular file of at most `limit` bytes; None where there is none. Raises Unreadable."""
    content = read_bytes(path, limit)
    if content is not None and len(content) > limit:
        raise Unreadable(f"{path.name} is larger than {limit:,} bytes")
    return content


def read_json(path: Path, limit: int = LONGEST) -> object:
    """The value in a JSON file; None where there is no file. Raises Unreadable."""
    content = read_whole(path, limit)
    try:
        return None if content is None else json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable(f"{path.name} is damaged: it is no JSON") from None


def read_facts(path: Path) -> Mapping[str, object] | None:
    """The object in a JSON file; None where there is none. Raises Unreadable."""
    held = read_json(path)
    if held is not None and not isinstance(held, dict):
        raise Unreadable(f"{path.name} is damaged: it holds no object")
    return held


def text(value: object) -> str:
    """A text, cut where it is too long; anything else is empty."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A number; NaN for what JSON writes as null; None for anything else."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def whole(value: object) -> int | None:
    """A count; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None


def entries(value: object) -> dict[str, object]:
    """The first entries of a map, their names cut; none of anything else."""
    items = list(value.items())[:MOST] if isinstance(value, dict) else []
    return {text(key): item for key, item in items}


def numbers(value: object) -> dict[str, float]:
    """The entries of a map that are numbers."""
    found = {key: number(item) for key, item in entries(value).items()}
    return {key: item for key, item in found.items() if item is not None}


def texts(value: object) -> dict[str, str]:
    """The entries of a map that are texts."""
    return {key: text(item) for key, item in entries(value).items() if isinstance(item, str)}
