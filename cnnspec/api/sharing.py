"""Runs for others: packed into one file, laid out for the Hub, and taken apart again."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec import door
from cnnspec.api.named import named_run
from cnnspec.api.new_file import already_there, check_folder, folder_there
from cnnspec.api.reporting import Asked, lacks_library, reported_runs
from cnnspec.reports.card import Carded, card
from cnnspec.reports.examples import inputs_of
from cnnspec.reports.runs.collect import known
from cnnspec.reports.safe import shown
from cnnspec.results.marks import Mark
from cnnspec.runs.files import AlreadyThere
from cnnspec.runs.folder import RunFolder, Unpacked
from cnnspec.runs.history import read_run
from cnnspec.runs.pack_format import CARD, REPORT, Manifest
from cnnspec.runs.packing import Content, contents, lay_out, pack
from cnnspec.runs.placeless import placeless
from cnnspec.runs.places import PACKED
from cnnspec.runs.reading import read_whole
from cnnspec.runs.recorded import read_data_folder
from cnnspec.runs.unpacking import unpack
from cnnspec.runs.written import read_written
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.text import MAX_BYTES

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_REPOSITORY = re.compile(f"{_PART}/{_PART}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A run made into a `file`, or into a folder for the Hub; `files` says of each of its files what it is like.

    `missing` says what its report lacks, and why; a report that was wanted and could not be made at all is so called.
    """

    file: Path
    files: Mapping[str, Mark]
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(mark["size"] for mark in self.files.values())


@dataclass(frozen=True, slots=True)
class Page:
    """The report that goes with a run, made of its data where it lies, or of what is `given`."""

    data_root: Path | None = None
    given: "door.given.Given | None" = None


def packed(folder: RunFolder, path: Path, force: bool = False, page: Page | None = None) -> Packed:
    """Write a run as one file; raises Rejected, RunFailed where the disk refuses, or AlreadyThere."""
    members, missing = _members(folder, page)
    return Packed(path, pack(folder.name, members, path, force), missing)


def laid_out(folder: RunFolder, repository: str, target: Path, page: Page | None = None) -> Packed:
    """Write a run as a folder that `hf upload` puts into a repository of the Hub; raises as `packed` does."""
    check_repository(repository)
    members, missing = _members(folder, page)
    return Packed(target, lay_out(folder.name, members, target), missing)


def check_repository(name: str) -> None:
    """Raise Rejected where the Hub has no repository of such a name."""
    if not _REPOSITORY.fullmatch(name) or "--" in name or ".." in name:
        help = "write it as on the Hub, as in ada/digits"
        raise rejected("usage", f"{shown(name)} names no repository of the Hub", "USER/NAME", help, at=NOWHERE)


def upload_command(repository: str, target: Path) -> list[str]:
    """What puts the folder on the Hub, in words of a shell."""
    return ["hf", "upload", repository, str(target)]


def _members(folder: RunFolder, page: Page | None) -> tuple[dict[str, Content], Mapping[str, str]]:
    members = contents(folder)
    missing: Mapping[str, str] = {}
    if page is not None and lacks_library():
        missing = {"report": "it needs jinja2, which is not installed; pip install 'cnnspec[report]'"}
    elif page is not None:
        text, missing = _report(folder, members, page)
        members |= {REPORT: text}
    sizes = {name: len(each) if isinstance(each, bytes) else each.lstat().st_size for name, each in members.items()}
    return {**members, CARD: _card(folder, sizes).encode()}, missing


def _report(folder: RunFolder, members: Mapping[str, Content], page: Page) -> tuple[bytes, Mapping[str, str]]:
    """The page of the run as others get it, which does not tell where anything lay, and what it lacks."""
    place = Unpacked(Path(f"{folder.name}{PACKED}"))
    run = RunFolder(place.place / folder.name, place)
    lay_out(folder.name, members, run.path)
    given = {} if page.given is None else {run.path: page.given}
    reported = reported_runs([run], Asked(data_root=page.data_root or _data_folder(folder), given=given))
    return door.run_page.runs_page(reported).encode(), reported[0].missing


def _data_folder(folder: RunFolder) -> Path | None:
    try:
        return read_data_folder(folder)
    except Rejected:
        return None


def _card(folder: RunFolder, sizes: Mapping[str, int]) -> str:
    read = named_run(folder).read()
    given = ["INPUT"] if read.spec is None or read.graph is None else inputs_of(folder, read.spec, read.graph)
    resolved = (read_whole(folder.spec, MAX_BYTES) or b"").decode(errors="replace")
    told = known(placeless(read_run(folder)))
    return card(Carded(told, read.spec, read.graph, resolved, read_written(folder), sizes, given))


def written_for_others(folder: RunFolder, path: Path | None, hub: str | None, force: bool, page: Page | None) -> Packed:
    """A run packed, or laid out for the Hub, as `Run.pack` says; raises Rejected or RunFailed."""
    target = path or Path(hub.rpartition("/")[2] if hub else f"{folder.name}{PACKED}")
    check_folder(target)
    if hub is not None:
        check_repository(hub)
    if os.path.lexists(target) and not (force and hub is None):
        raise already_there(target) if hub is None else folder_there(target)
    try:
        return packed(folder, target, force, page) if hub is None else laid_out(folder, hub, target, page)
    except AlreadyThere:
        raise already_there(target) if hub is None else folder_there(target) from None


def unpacked(file: Path, target: Path) -> Manifest:
    """Verify a packed run and make a folder of it; raises Rejected or RunFailed."""
    check_folder(target)
    try:
        return unpack(file, target)
    except AlreadyThere:
        raise folder_there(target) from None
