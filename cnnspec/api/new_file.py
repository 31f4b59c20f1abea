"""A file that Python is told to write, whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cnnspec.reports.safe import shown
from cnnspec.runs.files import AlreadyThere, write_with
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE


def write_new(path: Path, content: Callable[[str], bytes], force: bool, endings: Sequence[str]) -> Path:
    """Write what `content` makes for the file's ending; raises Rejected where the file is there and not to be replaced.

    And where it ends otherwise, or its folder is not there.
    """
    held = content(checked_new(path, force, endings).suffix)
    try:
        write_with(path, lambda temporary: _fill(temporary, held), force)
    except AlreadyThere:
        raise already_there(path) from None
    return path


def checked_new(path: Path, force: bool, endings: Sequence[str]) -> Path:
    """The path, where it may be written; raises Rejected."""
    if path.suffix not in endings:
        received = f"{shown(str(path))} ends in {path.suffix or 'nothing'}"
        raise rejected("usage", received, f"one of {', '.join(endings)}", at=NOWHERE)
    check_folder(path)
    if path.exists() and not force:
        raise already_there(path)
    return path


def check_folder(path: Path) -> None:
    """Raise Rejected where there is no folder for a new file."""
    if not path.parent.is_dir():
        received = f"there is no folder {shown(str(path.parent))} for {shown(path.name)}"
        raise rejected("usage", received, help="make it, or name another place", at=NOWHERE)


def folder_there(path: Path) -> Rejected:
    """What to raise where something is in place of a new folder."""
    help = "give another name: a folder is never replaced"
    return rejected("usage", f"{shown(str(path))} is there already", help=help, at=NOWHERE)


def already_there(path: Path) -> Rejected:
    """What to raise where something would be overwritten."""
    return rejected("usage", f"{shown(str(path))} is there already", help="write force=True to replace it", at=NOWHERE)


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)
