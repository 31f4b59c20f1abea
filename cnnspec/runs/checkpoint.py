"""Checkpoints: the whole state of a training in one file that is there whole or not at all.

A file is a line (`cnnspec-checkpoint`, its version, the manifest's length and SHA-256), the manifest as JSON, and the
bytes of all arrays one after another. The manifest holds what is no array, the place of each array, and the length and
SHA-256 of their bytes, so that a file that is cut off or changed is known as such.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from pydantic import BaseModel, Field

from cnnspec.runs.files import disk_errors, write_with
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import HELP, read_file, refuse_strange_folder, strange
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_MARK, _VERSION = "cnnspec-checkpoint", 1
_LONGEST_LINE = 200
_NAME = re.compile(r"(\d{12})\.checkpoint", re.ASCII)
LEAST = 2
"""So many checkpoints are kept at least: one may turn out to be damaged."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One array: its name, NumPy's name of its dtype, its shape, and its bytes in C order."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after `step` steps in all: its arrays in order, and `facts`, whatever else JSON can hold."""

    step: int
    facts: Mapping[str, object]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The newest checkpoint that is whole, and in words the newer ones that are not."""

    checkpoint: Checkpoint
    path: Path
    damaged: tuple[str, ...]


class _Array(BaseModel):
    name: str
    dtype: str
    shape: tuple[Annotated[int, Field(ge=0)], ...]
    bytes: Annotated[int, Field(ge=0)]


class _Manifest(BaseModel):
    step: Annotated[int, Field(ge=0)]
    facts: dict[str, Any]
    arrays: tuple[_Array, ...]
    bytes: Annotated[int, Field(ge=0)]
    sha256: str


class Damaged(Exception):
    """A checkpoint that is not what was written; its text says why."""


def write_checkpoint(folder: RunFolder, checkpoint: Checkpoint, keep: int) -> Path:
    """Put a checkpoint beside those that there are, then delete all but the newest `keep`; raises RunFailed.

    Whatever happens meanwhile, the older ones stay as they are until the new one is whole and on the disk.
    """
    with disk_errors(folder.checkpoints):
        refuse_strange_folder(folder.checkpoints)
        folder.checkpoints.mkdir(exist_ok=True)
    path = folder.checkpoints / f"{checkpoint.step:012}.checkpoint"
    write_with(path, lambda temporary: _write(temporary, checkpoint))
    with disk_errors(folder.checkpoints):
        for old in _listed(folder)[max(keep, LEAST) :]:
            old.unlink(missing_ok=True)
    return path


def read_newest(folder: RunFolder) -> Found | None:
    """The newest checkpoint that is whole; None where there is none at all. Raises Rejected where none can be used."""
    damaged: list[str] = []
    paths = _listed(folder)
    for path in paths:
        try:
            return Found(read_checkpoint(path), path, tuple(damaged))
        except Damaged as problem:
            damaged.append(f"{path}: {problem}")
    if not paths:
        return None
    message = f"no checkpoint is whole: {'; '.join(damaged)}"
    help = f"delete {folder.checkpoints} to start from the start, or copy the run's folder again"
    raise rejected("bad-checkpoint", message, help=help, at=NOWHERE)


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file; raises Damaged, and Rejected where a newer version wrote it."""
    try:
        with read_file(path) as file:
            manifest = _manifest(file, os.fstat(file.fileno()).st_size, path)
            content = file.read()
    except OSError as error:
        raise Damaged(f"it cannot be read ({error.strerror})") from error
    if len(content) != manifest.bytes:
        raise Damaged(f"it holds {len(content):,} bytes of arrays; expected {manifest.bytes:,}")
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise Damaged("its arrays have another SHA-256 than when they were written")
    return Checkpoint(manifest.step, manifest.facts, tuple(_pieces(manifest.arrays, content)))


def remove_unfinished(folder: RunFolder) -> None:
    """Delete what a process that was killed left half-written; to be called by the run's owner."""
    with disk_errors(folder.path):
        for place in (folder.path, *(() if strange(folder.checkpoints, stat.S_IFDIR) else (folder.checkpoints,))):
            for left in place.glob(".writing-*"):
                if not left.is_dir():  # an export's or a pack's, which the next removes
                    left.unlink(missing_ok=True)


def _write(path: Path, checkpoint: Checkpoint) -> None:
    whole = hashlib.sha256()
    for piece in checkpoint.pieces:
        whole.update(piece.data)
    arrays = [
        _Array(name=piece.name, dtype=piece.dtype, shape=piece.shape, bytes=len(piece.data))
        for piece in checkpoint.pieces
    ]
    manifest = _Manifest(
        step=checkpoint.step,
        facts=dict(checkpoint.facts),
        arrays=tuple(arrays),
        bytes=sum(len(piece.data) for piece in checkpoint.pieces),
        sha256=whole.hexdigest(),
    )
    text = json.dumps(manifest.model_dump()).encode()
    with path.open("wb") as file:
        file.write(f"{_MARK} {_VERSION} {len(text)} {hashlib.sha256(text).hexdigest()}\n".encode())
        file.write(text)
        for piece in checkpoint.pieces:
            file.write(piece.data)


def _manifest(file: BinaryIO, size: int, path: Path) -> _Manifest:
    """What was written as the manifest; its checksum keeps off accidents, its form what a stranger made up."""
    words = file.readline(_LONGEST_LINE).decode(errors="replace").split()
    if len(words) == 4 and words[0] == _MARK and words[1].isdecimal() and int(words[1]) > _VERSION:
        message = f"{path} is a checkpoint of version {words[1][:20]}; expected {_VERSION}"
        raise rejected("bad-checkpoint", message, help="resume with the newer cnnspec that wrote it", at=NOWHERE)
    if len(words) != 4 or words[:2] != [_MARK, str(_VERSION)] or not words[2].isdecimal():
        raise Damaged("it does not begin as a checkpoint does")
    length = min(int(words[2]), size)
    text = file.read(length)
    if hashlib.sha256(text).hexdigest() != words[3]:
        raise Damaged("its manifest is cut off or has another SHA-256 than when it was written")
    try:
        return _Manifest.model_validate(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Damaged("its manifest is none that cnnspec writes") from error


def _pieces(arrays: tuple[_Array, ...], content: bytes) -> Iterator[Piece]:
    start = 0
    for array in arrays:
        end = start + array.bytes
        yield Piece(array.name, array.dtype, array.shape, content[start:end])
        start = end


def _listed(folder: RunFolder) -> list[Path]:
    """Its checkpoints, the newest first; raises Rejected where their folder is none of the run's own."""
    if what := strange(folder.checkpoints, stat.S_IFDIR):
        raise rejected("bad-checkpoint", f"{folder.checkpoints} is {what}", "a folder of the run", HELP, at=NOWHERE)
    if not folder.checkpoints.is_dir():
        return []
    return sorted((path for path in folder.checkpoints.iterdir() if _NAME.fullmatch(path.name)), reverse=True)
