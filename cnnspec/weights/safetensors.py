"""`.safetensors`: eight bytes that say how long a header in JSON is, the header, then the numbers, in a row.

The format is documented at huggingface.co/docs/safetensors. Every claim of the header is held against the file's size
before a number is read.
"""

import json
import math
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np

from cnnspec.weights.stored import Array, Stored, damaged, strange

_LARGEST_HEADER = 32 * 2**20
"""Enough for 200,000 tensors; the format itself allows three times as much."""
_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}
MOST_TENSORS = 200_000
_DEEPEST_SHAPE = 8


def tensors(file: IO[bytes], path: Path) -> Iterator[tuple[str, Stored]]:
    """The tensors by their full names, in the order of the header; raises Rejected."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(_LARGEST_HEADER, size - 8):
        raise damaged(path, f"its first bytes claim a header of {length:,} bytes in a file of {size:,}")
    header = _header(file.read(length), path)
    ends: list[tuple[int, int]] = []
    for name, entry in header.items():
        if name != "__metadata__":
            found, span = _tensor(file, name, entry, 8 + length, size, path)
            ends.append(span)
            yield name, found
    ends.sort()
    if any(after[0] < before[1] for before, after in pairwise(ends)):
        raise damaged(path, "two of its tensors lie in one place")


class _Twice(Exception):
    """A name that twins: which of the two is meant nobody can say."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name[:80])
        found[name] = value
    return found


def _header(text: bytes, path: Path) -> dict[str, Any]:
    try:
        held = json.loads(text, object_pairs_hook=_once)
    except _Twice as twin:
        raise damaged(path, f"its header has two of {twin}") from None
    except (ValueError, RecursionError):
        raise damaged(path, "its header is no JSON") from None
    if not isinstance(held, dict):
        raise damaged(path, "its header is no map")
    if len(held) > MOST_TENSORS:
        raise strange(path, f"more than {MOST_TENSORS:,} tensors", "")
    return held


def _tensor(
    file: IO[bytes], name: str, entry: Any, start: int, size: int, path: Path
) -> tuple[Stored, tuple[int, int]]:
    entry = entry if isinstance(entry, dict) else {}
    shape, span, dtype = entry.get("shape"), entry.get("data_offsets"), entry.get("dtype")
    if not _are_sizes(shape, _DEEPEST_SHAPE) or not _are_sizes(span, 2) or len(span) != 2 or dtype not in _DTYPES:
        raise damaged(path, f"its header says nothing that can be read of {name[:80]}")
    kind, begin, end = np.dtype(_DTYPES[dtype]), span[0], span[1]
    if end - begin != math.prod(shape) * kind.itemsize or start + end > size or begin > end:
        raise damaged(path, f"{name[:80]} has shape {tuple(shape)} as {dtype} and not as many bytes")

    def load(rows: int | None) -> Array:
        file.seek(start + begin)
        held = np.frombuffer(file.read(end - begin), kind).reshape(shape)[slice(rows) if shape else ()]
        return (held.astype(np.uint32) << 16).view(np.float32) if dtype == "BF16" else held

    return Stored(name, tuple(shape), dtype, load, path, name, kind.itemsize), (begin, end)


def _are_sizes(value: object, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(type(each) is int and each >= 0 for each in value)
