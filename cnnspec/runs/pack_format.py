"""A packed run: a zip archive of a run's files, with pack.json, which says of each how large it is and its SHA-256.

Members are stored as they are, in the order of their names and with one date: the same run gives the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cnnspec import __version__
from cnnspec.results.marks import Mark, is_mark
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

MANIFEST = "pack.json"
SPEC, CARD, REPORT = "spec.yaml", "README.md", "report.html"
_FORMAT, _VERSION = "cnnspec-pack", 1
LONGEST_MANIFEST = 2**20
MOST_MEMBERS = 1000
_AGAIN = "fetch it again, or ask for another copy"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What pack.json says: the run's name, what packed it, and the mark of each other member by its name."""

    run: str
    cnnspec: str
    files: Mapping[str, Mark]


def bad_pack(file: object, problem: str, help: str = _AGAIN) -> Rejected:
    """What to raise for a file that is no packed run, or not as it was packed."""
    return rejected("bad-pack", f"{file} {problem}", "a run as cnnspec pack writes it", help, at=NOWHERE)


def manifest_text(run: str, files: Mapping[str, Mark]) -> bytes:
    """What pack.json holds."""
    held = {
        "format": _FORMAT,
        "version": _VERSION,
        "cnnspec": __version__,
        "run": run,
        "files": {name: {"size": mark["size"], "sha256": mark["sha256"]} for name, mark in sorted(files.items())},
    }
    return (json.dumps(held, indent=2, ensure_ascii=False) + "\n").encode()


def read_manifest(content: bytes, file: object) -> Manifest:
    """The manifest of a packed run; raises Rejected, also where a newer version of the format is meant."""
    try:
        held = json.loads(content)
    except (ValueError, RecursionError):
        raise bad_pack(file, f"is damaged: its {MANIFEST} is no JSON") from None
    if not isinstance(held, dict) or held.get("format") != _FORMAT:
        raise bad_pack(file, f"is no packed run: its {MANIFEST} is something else's")
    version = held.get("version")
    if type(version) is int and version > _VERSION:
        found = f"is a packed run of version {version:,} of the format; this cnnspec knows {_VERSION}"
        raise bad_pack(file, found, "use the newer cnnspec that packed it, or a later one")
    run, made, files = held.get("run"), held.get("cnnspec"), held.get("files")
    if (
        type(version) is not int
        or version != _VERSION
        or not isinstance(run, str)
        or not isinstance(made, str)
        or not isinstance(files, dict)
    ):
        raise bad_pack(file, f"is damaged: its {MANIFEST} lacks what it should say")
    marks = {name: mark for name, mark in files.items() if is_mark(mark)}
    if len(marks) < len(files):
        raise bad_pack(file, f"is damaged: its {MANIFEST} lacks a size or a sha256 for a file")
    return Manifest(run, made, marks)
