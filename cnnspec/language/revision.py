"""Specs as they are in a revision of a git repository: `git:REVISION:path`, read as data and never checked out.

Git is asked for the content of one object by its name, on its standard input, where no name can be an option. Nothing
is fetched for it, and no filter, text conversion or hook runs.
"""

import os
import posixpath
import re
import subprocess
from dataclasses import replace
from pathlib import Path

from cnnspec.language.location import Location
from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.span import Span
from cnnspec.source.text import MAX_BYTES, decode

_WRITTEN = re.compile(r"git:((?:[^:{}]|\{[^{}]*\})*):([^@]+)(?:@(.*))?")
_FORM = (
    "write git:REVISION:path, as in git:HEAD~1:net.yaml; the path starts at the repository's folder, or with ./ here"
)
_SECONDS = 30
_GIT = ("git", "--no-pager", "-c", "protocol.allow=never")
_ALONE = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_OBJECT = re.compile(r"([0-9a-f]{40,64}) (blob|tree|commit|tag) \d+")


class _Refused(Exception):
    """What git does not give, and what to do about it."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message, self.help = message, help


def locate_revision(argument: str, report: Report) -> Location | None:
    """What `git:REVISION:path@variant` names; an empty revision is what is staged."""
    written = _WRITTEN.fullmatch(argument) if argument.isprintable() else None
    if written is None:
        report(Diagnostic("unknown-spec", f"{argument!r} names no file of a revision", help=_FORM))
        return None
    revision, path, variant = written[1], written[2], written[3] or None
    try:
        inside = _inside(path)
    except _Refused as refused:
        report(Diagnostic("unreadable-file", refused.message, help=refused.help))
        return None
    return Location(Path(inside), f"git:{revision}:{path}", variant, revision=revision)


def _inside(path: str) -> str:
    """The path from the repository's folder: as written, or where it starts with a dot, from the current one."""
    if not path.startswith(("./", "../")):
        return posixpath.normpath(path)
    prefix = _asked("rev-parse", "--show-prefix").removesuffix("\n")
    inside = posixpath.normpath(posixpath.join(prefix, path))
    if inside.startswith("../"):
        raise _Refused(f"{path} leaves the repository", _FORM)
    return inside


def read_revision(location: Location, report: Report, place: Span | None) -> str | None:
    """The text of a spec in a revision; what git does not give is reported."""
    try:
        content = _content(location)
    except _Refused as refused:
        report(Diagnostic("file-not-found", refused.message, place, help=refused.help))
        return None
    return decode(content, location.shown, report)


def beside_revision(base: Location, location: Location, place: Span, report: Report) -> Location | None:
    """A base in the same revision: its path starts at the folder of the spec that extends it."""
    assert base.path is not None and location.path is not None
    folder = location.path.parent.as_posix()
    inside = posixpath.normpath(posixpath.join(folder, base.path.as_posix()))
    if inside.startswith(("../", "/")):
        message = f"extends leaves the repository: {base.shown}"
        report(Diagnostic("path-outside", message, place, help="copy the base beside the spec"))
        return None
    return replace(location, path=Path(inside), shown=f"git:{location.revision}:{inside}", variant=base.variant)


def _content(location: Location) -> bytes:
    """The first bytes of a file of a revision, as many as a spec may have and one more."""
    assert location.path is not None
    name = f"{location.revision}:{location.path.as_posix()}"
    answer = _asked("cat-file", "--batch-check", "--follow-symlinks", given=f"{name}\n")
    found = _OBJECT.match(answer)
    if found is None:
        raise _missing(location, answer)
    if found[2] != "blob":
        raise _Refused(f"{location.shown} is a folder", "name a spec in it")
    return _blob(found[1])


def _missing(location: Location, answer: str) -> _Refused:
    """Whether there is no such revision, or no such file in it."""
    if answer.startswith(("symlink ", "dangling ", "loop ", "notdir ")):
        return _Refused(f"{location.shown} is a link that leads to no file of its revision", "name the file itself")
    if location.revision and not _OBJECT.match(
        _asked("cat-file", "--batch-check", given=f"{location.revision}^{{}}\n")
    ):
        help = "git log --oneline lists revisions, git branch --all the branches"
        return _Refused(f"there is no revision {location.revision} in this repository", help)
    revision = f"in {location.revision}" if location.revision else "staged"
    return _Refused(f"there is no file {location.path} {revision}", _FORM)


def _asked(*words: str, given: str = "") -> str:
    """What git answers; raises _Refused where it does not."""
    try:
        done = subprocess.run(
            [*_GIT, *words],
            input=given.encode(),
            env={**os.environ, **_ALONE},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise _Refused("git is not installed, which knows revisions", "install git, or name a file") from None
    except subprocess.TimeoutExpired:
        raise _Refused(f"git does not answer within {_SECONDS} seconds") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise _Refused(f"git does not read it: {said}", "run it in a folder of the repository")
    return done.stdout.decode("utf-8", "replace")


def _blob(name: str) -> bytes:
    """The beginning of an object's content; the rest of a huge one is never read."""
    with subprocess.Popen(
        [*_GIT, "cat-file", "blob", name],
        env={**os.environ, **_ALONE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as git:
        assert git.stdout is not None
        content = git.stdout.read(MAX_BYTES + 1)
        git.kill()
    return content
