"""Runs for others: packed into one file, laid out for the Hub, and taken apart again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnspec.api.named import named_run
from cnnspec.api.new_file import already_there, check_folder, folder_there
from cnnspec.reports.card import Carded, card
from cnnspec.reports.examples import inputs_of
from cnnspec.reports.runs.collect import known
from cnnspec.reports.safe import shown
from cnnspec.results.marks import Mark
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.pack_format import CARD, Manifest
from cnnspec.runs.packing import Content, contents, lay_out, pack
from cnnspec.runs.places import PACKED
from cnnspec.runs.reading import read_whole
from cnnspec.runs.unpacking import unpack
from cnnspec.runs.written import read_written
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.text import MAX_BYTES

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REPOSITORY = re.compile(f"{_PART}/{_PART}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A run made into a `file`, or into a folder for the Hub; `files` says of each of its files what it is like."""

    file: Path
    files: Mapping[str, Mark]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(mark["size"] for mark in self.files.values())


def packed(folder: RunFolder, path: Path, force: bool = False) -> Packed:
    """Write a run as one file; raises Rejected, RunFailed where the disk refuses, or AlreadyThere."""
    return Packed(path, pack(folder.name, _members(folder), path, force))


def laid_out(folder: RunFolder, repository: str, target: Path) -> Packed:
    """Write a run as a folder that `hf upload` puts into a repository of the Hub; raises as `packed` does."""
    check_repository(repository)
    return Packed(target, lay_out(folder.name, _members(folder), target))


def check_repository(name: str) -> None:
    """Raise Rejected where the Hub has no repository of such a name."""
    if not _REPOSITORY.fullmatch(name) or "--" in name or ".." in name:
        help = "write it as on the Hub, as in ada/digits"
        raise rejected("usage", f"{shown(name)} names no repository of the Hub", "USER/NAME", help, at=NOWHERE)


def upload_command(repository: str, target: Path) -> list[str]:
    """What puts the folder on the Hub, in words of a shell."""
    return ["hf", "upload", repository, str(target)]


def _members(folder: RunFolder) -> dict[str, Content]:
    members = contents(folder)
    sizes = {name: len(each) if isinstance(each, bytes) else each.lstat().st_size for name, each in members.items()}
    return {**members, CARD: _card(folder, sizes).encode()}


def _card(folder: RunFolder, sizes: Mapping[str, int]) -> str:
    read = named_run(folder).read()
    given = ["INPUT"] if read.spec is None or read.graph is None else inputs_of(folder, read.spec, read.graph)
    resolved = (read_whole(folder.spec, MAX_BYTES) or b"").decode(errors="replace")
    told = known(read_run(folder))
    return card(Carded(told, read.spec, read.graph, resolved, read_written(folder), sizes, given))


def written_for_others(folder: RunFolder, path: Path | None, hub: str | None, force: bool) -> Path:
    """A run packed, or laid out for the Hub, as `Run.pack` says; raises Rejected or RunFailed."""
    target = path or Path(hub.rpartition("/")[2] if hub else f"{folder.name}{PACKED}")
    check_folder(target)
    try:
        return packed(folder, target, force).file if hub is None else laid_out(folder, hub, target).file
    except AlreadyThere:
        raise already_there(target) if hub is None else folder_there(target) from None


def unpacked(file: Path, target: Path) -> Manifest:
    """Verify a packed run and make a folder of it; raises Rejected or RunFailed."""
    check_folder(target)
    try:
        return unpack(file, target)
    except AlreadyThere:
        raise folder_there(target) from None
