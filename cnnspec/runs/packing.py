"""A run made into one file, or a folder, for others: its files and what was made of it, the same bytes every time."""

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO

from cnnspec.results.marks import Mark
from cnnspec.runs.files import AlreadyThere, disk_errors, umask, write_with
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.lock import refuse_used
from cnnspec.runs.opening import is_file, read_file
from cnnspec.runs.pack_format import MANIFEST, manifest_text
from cnnspec.runs.placeless import placeless_facts, placeless_origin
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.runs.unfinished import unfinished_folder
from cnnspec.runs.weights import weights_file
from cnnspec.runs.written import read_written
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3
_PIECE = 2**20
_LEFT_OUT = frozenset({"data_folder"})
"""What environment.json says that is of no use elsewhere: a packed run comes without its data."""

Content = Path | bytes
"""A member: a file of the run, or what was made of it."""


def contents(folder: RunFolder) -> dict[str, Content]:
    """The files that a packed run has of a run, by name; raises Rejected where it cannot be packed, RunFailed in use.

    Those are what it is read from and judged by; states to go on from, and files that no training writes, stay.
    """
    refuse_used(folder)
    told = {folder.environment.name: _environment(folder)}
    if is_file(folder.transfer):
        told[folder.transfer.name] = _text(placeless_origin(_facts(folder, folder.transfer)))
    found = [*folder.shared, weights_file(folder), *sorted(folder.path.glob("vocabulary*.txt"))]
    written = read_written(folder)
    found += [folder.written / name for name in (written.files if written else ())]
    held: dict[str, Content] = {str(each.relative_to(folder.path)): each for each in found if is_file(each)}
    return {**held, **told}


def _environment(folder: RunFolder) -> bytes:
    """What environment.json says of use to others; raises Rejected where it is damaged or not there."""
    facts = _facts(folder, folder.environment)
    return _text(placeless_facts({name: value for name, value in facts.items() if name not in _LEFT_OUT}))


def _facts(folder: RunFolder, path: Path) -> dict[str, object]:
    """What a file of the run says; raises Rejected where it is damaged or not there."""
    try:
        facts = read_facts(path)
    except Unreadable as problem:
        raise rejected("no-run", f"{folder.shown}: {problem}", "the file that train wrote", at=NOWHERE) from None
    if facts is None:
        received = f"{folder.shown} has no {path.name}"
        raise rejected("no-run", received, "the file that train wrote", "copy the run's folder again", at=NOWHERE)
    return dict(facts)


def _text(facts: Mapping[str, object]) -> bytes:
    return (json.dumps(facts, indent=2) + "\n").encode()


def pack(run: str, members: Mapping[str, Content], output: Path, replace: bool) -> dict[str, Mark]:
    """Write the members of a run so called as one file; the mark of each. Raises RunFailed, or AlreadyThere."""
    marks: dict[str, Mark] = {}

    def write(temporary: Path) -> None:
        with temporary.open("w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(members):
                marks[name] = _add(archive, name, members[name])
            _add(archive, MANIFEST, manifest_text(run, marks))

    write_with(output, write, replace)
    return marks


def lay_out(run: str, members: Mapping[str, Content], target: Path) -> dict[str, Mark]:
    """Write the same files into a new folder, whole or not at all; raises RunFailed, or AlreadyThere."""
    if os.path.lexists(target):
        raise AlreadyThere(target)
    marks: dict[str, Mark] = {}
    with disk_errors(target), unfinished_folder(target) as folder:
        for name in sorted(members):
            marks[name] = _put(folder / name, members[name])
        _put(folder / MANIFEST, manifest_text(run, marks))
        folder.chmod(0o777 & ~umask())
        folder.rename(target)
    return marks


def _put(path: Path, content: Content) -> Mark:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True)
    with _opened(content) as source, path.open("xb") as target:
        return _copied(source, target)


def _add(archive: zipfile.ZipFile, name: str, content: Content) -> Mark:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    with _opened(content) as source:
        entry.file_size = _length(source)
        with archive.open(entry, "w") as target:
            return _copied(source, target)


def _opened(content: Content) -> BinaryIO:
    """The bytes of a member; of a run's file no link is followed."""
    return io.BytesIO(content) if isinstance(content, bytes) else read_file(content)


def _length(source: BinaryIO) -> int:
    length = source.seek(0, os.SEEK_END)
    source.seek(0)
    return length


def _copied(source: BinaryIO, target: IO[bytes]) -> Mark:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return {"size": size, "sha256": digest.hexdigest()}
