"""The spec of a run as somebody wrote it, with what it extends: files in the run's folder `written`, for people.

What the run is read from is its spec.yaml, in which all of this is resolved.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnspec.language.merge import SETTINGS
from cnnspec.language.spec import Spec
from cnnspec.runs import reading
from cnnspec.runs.files import disk_errors, write_text
from cnnspec.runs.finding import safe_name
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import strange
from cnnspec.runs.reading import Unreadable
from cnnspec.source.text import MAX_BYTES

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_MOST = 32
"""Files that are read; a spec extends no more than half as many."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files by name, each before the one that it extends, the `variant` that was asked for, and what --set said."""

    files: Mapping[str, str]
    variant: str = ""
    settings: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """What environment.json says of it."""
        return {"files": list(self.files), "variant": self.variant, "set": list(self.settings)}


def written_of(spec: Spec) -> Written:
    """A spec's documents under names of their own: a base keeps the name by which it is extended where it can."""
    files: dict[str, str] = {}
    for location, _ in spec.written:
        if location.shown in spec.texts:
            files[_free(_file_name(location.shown), files)] = spec.texts[location.shown]
    said = spec.texts.get(SETTINGS, "")
    return Written(files, spec.variant or "", tuple(said.split("\n")) if said else ())


def _file_name(shown: str) -> str:
    name = safe_name(Path(shown).name.strip("<>")).removesuffix(".yml").removesuffix(".yaml")
    return f"{name}.yaml"


def _free(name: str, taken: Mapping[str, str]) -> str:
    stem = name.removesuffix(".yaml")
    names = (name, *(f"{stem}-{number}.yaml" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each.casefold() not in {known.casefold() for known in taken})


def write_written(folder: RunFolder, written: Written) -> None:
    """Put the files into the run's folder; raises RunFailed."""
    with disk_errors(folder.written):
        folder.written.mkdir(exist_ok=True)
    for name, text in written.files.items():
        write_text(folder.written / name, text)


def read_written(folder: RunFolder) -> Written | None:
    """The spec as it was written, as much of it as is whole; None of a run that does not say, as an older one."""
    try:
        held = reading.entries((reading.read_facts(folder.environment) or {}).get("written"))
    except Unreadable:
        return None
    if not held or strange(folder.written, stat.S_IFDIR):
        return None
    texts = {name: _text(folder.written / name) for name in _names(held.get("files"))}
    settings = tuple(reading.text(each) for each in _listed(held.get("set")))
    return Written({name: text for name, text in texts.items() if text}, reading.text(held.get("variant")), settings)


def _names(held: object) -> list[str]:
    """Names that lead nowhere else, whoever wrote them."""
    names = [name for name in _listed(held)[:_MOST] if isinstance(name, str) and _PLAIN.fullmatch(name)]
    return list(dict.fromkeys(names))


def _listed(held: object) -> list[object]:
    return held[: reading.MOST] if isinstance(held, list) else []


def _text(path: Path) -> str:
    try:
        return (reading.read_whole(path, MAX_BYTES) or b"").decode(errors="replace")
    except Unreadable:
        return ""
