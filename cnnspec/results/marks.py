"""What a file or folder of data was like when a run was trained, in few words."""

from typing import NotRequired, TypedDict, TypeGuard

_MOST = 10**18
_DIGITS = 12
"""Digits of a checksum that tell files apart."""


IN_MEMORY = " in memory"
"""What the name of a split ends in that a program held in memory."""


class Mark(TypedDict):
    """Of a file its size in bytes and its sha256.

    Of a folder how many files, their size together, and the sha256 of their relative paths and sizes.
    """

    size: int
    sha256: str
    files: NotRequired[int]


def is_mark(value: object) -> TypeGuard[Mark]:
    """Whether a value that was read back is a mark."""
    if not isinstance(value, dict) or not {"size", "sha256"} <= value.keys() <= {"size", "sha256", "files"}:
        return False
    return isinstance(value["sha256"], str) and all(map(_is_count, (value["size"], value.get("files", 0))))


def describe(mark: Mark) -> str:
    """`1,234 bytes (sha256 0a1b2c3d4e5f)`, of a folder `120 files with 1,234 bytes (...)`."""
    count = mark.get("files")
    files = "" if count is None else f"{count:,} {'file' if count == 1 else 'files'} with "
    return f"{files}{mark['size']:,} bytes (sha256 {mark['sha256'][:_DIGITS]})"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
