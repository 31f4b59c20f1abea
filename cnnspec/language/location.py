"""Where a spec lies: a path, a bundled spec's name, or standard input, each with `@variant` if wanted."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnspec.language.bundled import bundled_folder, bundled_names
from cnnspec.source.diagnostic import Diagnostic, Edit, Report, likely, suggestion
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.text import MAX_BYTES, decode

STANDARD_INPUT, GIT = "-", "git:"


@frozen
class Location:
    """A spec's file (None: standard input), how messages name it, and the variant that was asked for."""

    path: Path | None
    shown: str
    variant: str | None = None
    bundled: bool = False
    revision: str | None = None
    """The revision of a git repository whose file it is; its path then starts at the repository's folder."""


def real_path(path: Path) -> Path:
    """Where a path leads, links followed; what cannot be followed to its end, as a circle of links, stays as it is."""
    return Path(os.path.realpath(path))


def locate(argument: str, report: Report, place: Span | None = None) -> Location | None:
    """What `spec.yaml@50`, `resnet@50`, `git:HEAD:spec.yaml` or `-` names; `place`: where it stands, if in a spec."""
    if place is None and argument.startswith(GIT) and not _is_file(argument):
        found: Location | None = _revisions().locate_revision(argument, report)
        return found
    name, _, variant = argument.partition("@") if not _is_file(argument) else (argument, "", "")
    chosen = variant or None
    if not name:
        message, help = f'"{argument}" names no spec', "write a spec's name or path, as in resnet@50"
        report(Diagnostic("unknown-spec", message, place, help=help))
        return None
    if name == STANDARD_INPUT and place is None:
        return Location(None, "<stdin>", chosen)
    if name in bundled_names():
        return Location(bundled_folder() / f"{name}.yaml", f"<bundled>/{name}.yaml", chosen, bundled=True)
    if name.endswith((".yaml", ".yml")) or (place is None and ("/" in name or _exists(name))):
        return Location(Path(name), name, chosen)
    help, meant = _instead(name, f"@{variant}" if chosen else "")
    edit = Edit(place, meant) if place and meant else None
    report(Diagnostic("unknown-spec", f"there is no bundled spec {name}", place, help=help, edit=edit))
    return None


def _revisions() -> Any:
    """Who asks git, which few do."""
    return importlib.import_module("cnnspec.language.revision")


def _instead(name: str, variant: str) -> tuple[str, str]:
    """What to write for a spec that is not there, in a sentence, and what takes its place if that is plain."""
    if _is_file(f"{name}.yaml"):
        return f"write {name}.yaml{variant} for the file", f"{name}.yaml{variant}"
    words = likely(name, bundled_names()) if variant else _bundled_meant(name)
    if len(words) == 1:
        return f"write {words[0]}{variant}; a path ends in .yaml", f"{words[0]}{variant}"
    known = f"write {' or '.join(words)}" if words else suggestion(name, bundled_names())
    return f"{known}; a path ends in .yaml" if known else "a path ends in .yaml", ""


def _bundled_meant(word: str) -> tuple[str, ...]:
    """As its namesake, which is read where a spec is not found."""
    meant: tuple[str, ...] = importlib.import_module("cnnspec.language.bundled_variants").bundled_meant(word)
    return meant


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # A name that is too long, a folder that may not be entered.
        return False


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:
        return False


def read_text(
    location: Location, report: Report, place: Span | None = None, standard_input: Callable[[], bytes] | None = None
) -> str | None:
    """The text of a spec; reports what cannot be read."""
    if location.revision is not None:
        text: str | None = _revisions().read_revision(location, report, place)
        return text
    if location.path is None:
        return decode(standard_input() if standard_input else b"", location.shown, report)
    try:
        data = _read(location.path)
    except IsADirectoryError:
        report(Diagnostic("unreadable-file", f"{location.shown} is a folder", place, help="name a spec in it"))
    except FileNotFoundError:
        report(Diagnostic("file-not-found", f"there is no file {location.shown}", place, help=_nearby(location.path)))
    except ValueError:
        report(Diagnostic("file-not-found", f"there is no file {location.shown}", place))
    except OSError as error:
        report(Diagnostic("unreadable-file", f"{location.shown} cannot be read: {error.strerror}", place))
    else:
        return decode(data, location.shown, report)
    return None


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(0, "it is no regular file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _nearby(path: Path) -> str:
    if _is_file(f"{path}.yaml"):
        return f"write {path}.yaml"
    meant = _bundled_meant(path.stem) if path.name == str(path) else ()
    if path.stem in meant:
        return f"write {path.stem} for the bundled spec, or copy it here: cnnspec specs copy {path.stem}"
    try:
        names = sorted(found.name for found in path.parent.glob("*.yaml"))[:200]
    except OSError:
        names = []
    words = likely(path.name, names)
    near = f"write {' or '.join(str(path.with_name(word)) for word in words)}" if words else ""
    if len(meant) == 1 and not near:
        return f"write {meant[0]} for the bundled spec"
    return near or suggestion("", names) or "cnnspec specs lists the bundled ones"
