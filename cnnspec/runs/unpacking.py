"""A packed run taken apart, whoever packed it: looked at before anything is written, and there whole or not at all.

Nothing is written but regular files below one new folder, and no more than pack.json says, whatever the archive does.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from cnnspec.results.failure import RunFailed
from cnnspec.results.marks import Mark
from cnnspec.runs.files import AlreadyThere, disk_errors, umask
from cnnspec.runs.member_names import clash, wrong_with
from cnnspec.runs.pack_format import (
    LONGEST_MANIFEST,
    MANIFEST,
    MOST_MEMBERS,
    SPEC,
    Manifest,
    bad_pack,
    read_manifest,
)
from cnnspec.runs.places import PACKED, is_packed
from cnnspec.runs.unfinished import unfinished_folder
from cnnspec.source.answers import reason

_PIECE = 2**20
_LARGEST_DIRECTORY = 2**20
"""Bytes of the list of members at an archive's end; all of it is held in memory."""
_SMALL, _RATIO = 64 * 2**20, 64
"""How far an archive may grow: to 64 MiB, or 64-fold. Weights hardly grow at all."""
_END, _END64, _LOCATOR64 = 22, 56, 20
"""Bytes of the records at an archive's end, of those for archives beyond 4 GiB, too."""
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)
"""What is raised of an archive that is cut off or was altered."""
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class _Pack:
    """A packed run whose list of members is as it should be."""

    file: Path
    archive: zipfile.ZipFile
    manifest: Manifest


def unpack(file: Path, target: Path) -> Manifest:
    """Make the folder `target` of a packed run, every file as it was packed.

    Raises Rejected for what is no such archive, AlreadyThere where there is something of that name, and RunFailed where
    the disk refuses; in all cases nothing is left behind.
    """
    if os.path.lexists(target):
        raise AlreadyThere(target)
    with _opened(file) as pack, disk_errors(target), unfinished_folder(target) as folder:
        _check_space(pack, folder)
        for name in (MANIFEST, *pack.manifest.files):
            _write(pack, name, folder)
        _put(folder, target)
    return pack.manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Pack]:
    """The archive, once its list of members and its manifest are read; raises Rejected."""
    if not is_packed(path):
        raise bad_pack(path, _no_pack(path), "name a run that cnnspec pack wrote, as run.zip")
    try:
        handle = path.open("rb")
    except OSError as error:
        raise bad_pack(path, f"cannot be read: {reason(error)}", "name a file that may be read") from error
    with handle as file:
        length = os.fstat(file.fileno()).st_size
        _check_end(file, length, path)
        with _damages(path), zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist(), length, path)
            yield _Pack(path, archive, _manifest(archive, path))


def _no_pack(path: Path) -> str:
    if not path.is_file():
        return "is no file" if path.exists() else "is not there"
    return f"is no packed run: its name does not end in {PACKED}"


@contextlib.contextmanager
def _damages(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise bad_pack(path, "is damaged: it is no whole zip archive") from error


def _check_end(file: BinaryIO, length: int, path: Path) -> None:
    """Refuse a list of members that is too large to be held, before it is."""
    file.seek(max(0, length - _END - _LOCATOR64 - _END64))
    tail = file.read(_END + _LOCATOR64 + _END64)
    end = tail[-_END:]
    if len(end) < _END or end[:4] != b"PK\5\6" or end[-2:] != b"\0\0":
        raise bad_pack(path, "is damaged: it does not end as a packed run does")
    count, size = struct.unpack("<HL", end[10:16])
    if tail[-_END - _LOCATOR64 :][:4] == b"PK\6\7":
        count, size = struct.unpack("<QQ", tail[:_END64][32:48]) if tail[:4] == b"PK\6\6" else (2**63, 2**63)
    if count > MOST_MEMBERS or size > _LARGEST_DIRECTORY:
        raise bad_pack(path, f"lists {count:,} members; a packed run has at most {MOST_MEMBERS:,}")
    file.seek(0)


def _check_members(members: Sequence[zipfile.ZipInfo], length: int, path: Path) -> None:
    """Refuse what is no file below one folder, or would fill the disk; raises Rejected."""
    if len(members) > MOST_MEMBERS:
        raise bad_pack(path, f"lists {len(members):,} members; a packed run has at most {MOST_MEMBERS:,}")
    for member in members:
        if problem := _wrong_with(member):
            raise bad_pack(path, f"has a member {member.orig_filename[:80]!r}: it {problem}")
    if both := clash(member.filename for member in members):
        raise bad_pack(path, f"has {both}: on some systems these are one file")
    unpacked, packed = (sum(getattr(each, size) for each in members) for size in ("file_size", "compress_size"))
    if unpacked > max(_SMALL, _RATIO * length):
        raise bad_pack(path, f"would grow from {length:,} bytes to {unpacked:,}")
    if packed > length:
        raise bad_pack(path, "is damaged: its members lie over each other")


def _wrong_with(member: zipfile.ZipInfo) -> str:
    form = stat.S_IFMT(member.external_attr >> 16)
    if form == stat.S_IFLNK:
        return "is a link"
    if form not in (0, stat.S_IFREG) or member.is_dir():
        return "is no regular file"
    if problem := wrong_with(member.filename if member.filename == member.orig_filename else member.orig_filename):
        return problem
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    return "" if member.compress_type in _PLAIN else "is compressed in a way that packed runs are not"


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """What pack.json says, once the members are those that it names; raises Rejected."""
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    if sizes.get(MANIFEST, LONGEST_MANIFEST + 1) > LONGEST_MANIFEST:
        what = f"has a {MANIFEST} that is too large" if MANIFEST in sizes else f"has no {MANIFEST}"
        raise bad_pack(path, f"is no packed run: it {what}")
    manifest = read_manifest(archive.read(MANIFEST), path)
    if SPEC not in manifest.files:
        raise bad_pack(path, f"is no packed run: it has no {SPEC}")
    for name in sizes.keys() - manifest.files.keys() - {MANIFEST}:
        raise bad_pack(path, f"has {name}, which its {MANIFEST} does not name")
    for name, mark in manifest.files.items():
        if name not in sizes:
            raise bad_pack(path, f"lacks {name}, which its {MANIFEST} names")
        if sizes[name] != mark["size"]:
            raise bad_pack(
                path, f"has another {name} than was packed: {sizes[name]:,} bytes; expected {mark['size']:,}"
            )
    return manifest


def _check_space(pack: _Pack, folder: Path) -> None:
    """Raise RunFailed where the files together do not fit on the disk."""
    needed = sum(mark["size"] for mark in pack.manifest.files.values())
    with disk_errors(folder):
        free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"cannot write {folder.parent}: {pack.file} needs {needed:,} bytes, and {free:,} are free"
        raise RunFailed("cannot-write", message, "free some space or choose another folder")


def _write(pack: _Pack, name: str, folder: Path) -> None:
    """One member as a file, if it is what was packed; raises Rejected or RunFailed."""
    path = folder / name
    with _member(pack, name) as source, disk_errors(path):
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        with path.open("xb") as target:
            found = _copied(source, target, pack.file)
            target.flush()
            os.fsync(target.fileno())
    if name != MANIFEST and found != pack.manifest.files[name]:
        raise bad_pack(pack.file, f"has another {name} than was packed: its SHA-256 differs")


@contextlib.contextmanager
def _member(pack: _Pack, name: str) -> Iterator[IO[bytes]]:
    try:
        source = pack.archive.open(name)
    except OSError as error:
        raise bad_pack(pack.file, f"is damaged: {name} cannot be read: {reason(error)}") from error
    with source:
        yield source


def _copied(source: IO[bytes], target: IO[bytes], file: Path) -> Mark:
    digest, size = hashlib.sha256(), 0
    while piece := _piece(source, file):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def _piece(source: IO[bytes], file: Path) -> bytes:
    """The next bytes; what the archive refuses is no refusal of the disk that is written to."""
    try:
        return source.read(_PIECE)
    except OSError as error:
        raise bad_pack(file, f"cannot be read: {reason(error)}") from error


def _put(folder: Path, target: Path) -> None:
    """The folder in its place, as others may see it, unless something is there by now."""
    folder.chmod(0o777 & ~umask())
    if os.path.lexists(target):
        raise AlreadyThere(target)
    folder.rename(target)
