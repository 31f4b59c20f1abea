"""What the disk holds where a process ended after any of its calls: each state once, from a record of the calls."""

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cnnspec.runs.checkpoint import remove_unfinished
from cnnspec.runs.folder import RunFolder
from tests.support.watched_disk import Call, WatchedDisk

_WRITES = ("write", "pwrite")


class Recorder:
    """Writes down, call by call, what a process asks of the disk beneath a folder."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.install = WatchedDisk(folder, self._note).install

    def _note(self, call: Call) -> bool:
        os.write(self._log, pickle.dumps(call))
        return True


def recorded(log: Path) -> list[Call]:
    """The calls in a record."""
    calls = list[Call]()
    with log.open("rb") as file:
        while file.peek(1):
            calls.append(pickle.load(file))
    return calls


@dataclass(slots=True)
class States:
    """How many moments there are at which a process could end, and a folder for each state that differs.

    A moment is after a call, or in the middle of a write. States are the same where they are once what is unfinished
    was removed, as whoever goes on with a run does first; of a run that has no spec yet nothing is ever read again.
    """

    moments: int
    folders: list[Path]


def states(calls: list[Call], source: Path, before: Path | None, scratch: Path, most: int = 0) -> States:
    """The states of a folder `source` that a process changed by these calls, from what it held `before`.

    Of equal ones one is kept as it was, with what is unfinished in it. Raises AssertionError where the record, played
    to its end, does not give what the folder holds now. With `most` the calls end after so many.
    """
    live, now, moments = scratch / "live", scratch / "now", 0
    shutil.copytree(before, live) if before else live.mkdir(parents=True)
    seen, last, filled = dict[str, Path](), "", False
    for call in calls[: most or len(calls)]:
        torn = _half(call)
        moments += 1 + bool(torn)
        if filled and not _fills_unfinished(call):
            _copied(live, seen[last])
        filled = bool(seen) and _fills_unfinished(call)
        if not filled:
            for moment in (torn, call) if torn else (call,):
                _copied(live, now)
                _applied(moment, source, now)
                last = _key(now, scratch / "cleaned")
                seen.setdefault(last, scratch / f"state-{len(seen)}")
                if not seen[last].exists():
                    now.rename(seen[last])
        _applied(call, source, live)
    assert most or _held(live) == _held(source)
    return States(moments, list(seen.values()))


def _fills_unfinished(call: Call) -> bool:
    """Whether it only writes to an unfinished file that is there, which is removed by its name and never read."""
    return call.name == "write" and Path(call.path).name.startswith(".writing-")


def _half(call: Call) -> Call | None:
    """A write that was cut in half; None for other calls."""
    half = len(call.data) // 2
    return replace(call, data=call.data[:half]) if call.name in _WRITES and half else None


def _copied(folder: Path, copy: Path) -> None:
    """The files in their state now; `_applied` never writes to one that has another name besides."""
    if copy.exists():
        shutil.rmtree(copy)
    shutil.copytree(folder, copy, copy_function=os.link)


def _applied(call: Call, source: Path, folder: Path) -> None:
    """Make the call in another folder than the one where it was made."""
    path = folder / Path(call.path).relative_to(source)
    act = _ACTS.get(call.name)
    if act is not None and not (call.name == "open" and path.is_dir()):
        act(path, folder / Path(call.other).relative_to(source) if call.other else path, call)


def _open(path: Path, other: Path, call: Call) -> None:
    if call.cut or not path.exists():
        path.unlink(missing_ok=True)
        path.touch()


def _write(path: Path, other: Path, call: Call) -> None:
    held = bytearray(path.read_bytes())
    held[call.at : call.at + len(call.data)] = call.data
    _put(path, held)


def _cut(path: Path, other: Path, call: Call) -> None:
    _put(path, path.read_bytes()[: call.at])


def _put(path: Path, content: bytes | bytearray) -> None:
    """A file of its own: the old one may have another name."""
    path.unlink()
    path.write_bytes(content)


def _link(path: Path, other: Path, call: Call) -> None:
    os.link(path, other)


_ACTS: dict[str, Callable[[Path, Path, Call], object]] = {
    "mkdir": lambda path, other, call: path.mkdir(exist_ok=True),
    "rmdir": lambda path, other, call: path.rmdir(),
    "unlink": lambda path, other, call: path.unlink(missing_ok=True),
    "remove": lambda path, other, call: path.unlink(missing_ok=True),
    "replace": lambda path, other, call: path.replace(other),
    "rename": lambda path, other, call: path.replace(other),
    "link": _link,
    "open": _open,
    "write": _write,
    "pwrite": _write,
    "ftruncate": _cut,
}
"""What changes names or contents; the rest changes nothing that a later process reads."""


def _key(folder: Path, scratch: Path) -> str:
    """What a state is the same by: all of its runs' files, once each run's owner has removed what is unfinished."""
    runs = [spec.parent.name for spec in sorted(folder.glob("*/spec.yaml"))]
    if not runs:
        return "no run"
    _copied(folder, scratch)
    for name in runs:
        remove_unfinished(RunFolder(scratch / name))
    whole = hashlib.sha256()
    for name, content in _held(scratch).items():
        whole.update(f"{name} {len(content)}\n".encode() + content)
    shutil.rmtree(scratch)
    return whole.hexdigest()


def _held(folder: Path) -> dict[str, bytes]:
    """Every file beneath a folder."""
    return dict(_files(folder))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
