"""A study's journal: Optuna's own file of lines; a last one that a killed process left half-written is cut off."""

import json
import os
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from cnnspec.runs.opening import Strange, open_file, read_file
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.sweeps.locks import Locks

_LONGEST = 256 * 2**20
"""Bytes of a journal: a million epochs take about 150 MiB."""
_BEGINNING = b'{"op_code":'
"""How Optuna begins each line."""
_HELP = "bring the file back as it was, or give the study another name: --study FILE"


def open_journal(path: Path, locks: Locks) -> JournalStorage:
    """The journal at a path, new where there is none; its study must be owned. Raises Rejected where it is damaged."""
    try:
        with locks.written():  # a line that another process is about to write is no damage
            _mended(path)
    except Strange as error:
        raise damaged(path, f"cannot be read: {error.strerror}") from None
    return JournalStorage(JournalFileBackend(str(path.absolute()), lock_obj=locks.journal))


def damaged(path: Path, what: str) -> Rejected:
    """What to raise for a file that is no journal."""
    return rejected("bad-study", f"{path} {what}", "the journal of a sweep", _HELP, at=NOWHERE)


def _mended(path: Path) -> None:
    """Cut off a last line without an end; raises Rejected where another is damaged, or the file is something else."""
    try:
        with read_file(path) as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return
    if len(content) > _LONGEST:
        raise damaged(path, f"has more than {_LONGEST:,} bytes")
    whole, end, rest = content.rpartition(b"\n")
    for number, line in enumerate(whole.split(b"\n") if end else (), 1):
        if not _is_entry(line):
            raise damaged(path, f"is damaged in line {number:,}")
    if not end and not (rest.startswith(_BEGINNING) or _BEGINNING.startswith(rest)):
        raise damaged(path, "is damaged in line 1")
    if rest:
        _cut(path, len(whole) + len(end))


def _is_entry(line: bytes) -> bool:
    try:
        held = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and isinstance(held.get("op_code"), int)


def _cut(path: Path, size: int) -> None:
    handle = open_file(path, os.O_WRONLY)
    try:
        os.ftruncate(handle, size)
        os.fsync(handle)
    finally:
        os.close(handle)
