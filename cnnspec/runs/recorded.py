"""What a run's folder says of its data, for whoever needs it: what is damaged is refused."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cnnspec.results.marks import IN_MEMORY, Mark, is_mark
from cnnspec.results.plan import fold_numbers, is_part
from cnnspec.results.skipped import Skipped
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import is_file
from cnnspec.runs.pack_format import MANIFEST
from cnnspec.runs.ranges import Range, read_range
from cnnspec.runs.reading import Unreadable, read_facts, read_json, read_whole
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_LONGEST_NAMES = 16 * 2**20
"""Bytes of the names of classes: a million take about 10 MiB."""
_LONGEST_WORDS = 64 * 2**20
"""Bytes of a vocabulary."""
_MOST_WORDS = 8_000_000
"""Lines of a vocabulary; with words as long as people's, it is too long before there are as many."""


def read_classes(folder: RunFolder, outputs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The names of the classes by output, where the run has any; raises Rejected if classes.json is damaged."""
    with _refused(folder.classes):
        held = read_json(folder.classes, _LONGEST_NAMES)
    by_output = held if isinstance(held, dict) else {outputs[0]: held} if held else {}
    return {output: _names(by_output[output], folder) for output in outputs if output in by_output}


def read_data_folder(folder: RunFolder) -> Path:
    """Where the run's data paths start from; raises Rejected where environment.json does not say.

    A packed run comes without its data: what is there lies beside its other files.
    """
    held = _environment(folder)
    written = held.get("data_folder")
    if written is None and held and is_file(folder.path / MANIFEST):
        _refuse_without_data(folder)
        return folder.path
    try:
        if isinstance(written, str) and b"\0" not in os.fsencode(written):
            return Path(written).expanduser()
    except (RuntimeError, UnicodeEncodeError):  # ~ of somebody who is not known here; half of a character
        pass
    received = f"{folder.environment} does not say where the data lies"
    raise rejected("no-run", received, "the file that train wrote", "give --data-root", at=NOWHERE)


def _refuse_without_data(folder: RunFolder) -> None:
    """Raise Rejected where none of a packed run's files of data lies beside it; what was in memory is no file."""
    files = [name for name in read_marks(folder) if not name.endswith(IN_MEMORY)]
    if files and not any((folder.path / name).exists() for name in files):
        received, help = f"{folder.shown} comes without its data", "say where it lies: --data-root DIR"
        raise rejected("no-file", received, f"the folder of {', '.join(files[:3])}", help, at=NOWHERE)


def read_fold(folder: RunFolder) -> tuple[int, int] | None:
    """Which part of a cross-validation the run is, of how many; None if it is no part of one."""
    written = _environment(folder).get("fold")
    fold = fold_numbers(written) if isinstance(written, str) else None
    return fold if fold and is_part(*fold) else None


def read_marks(folder: RunFolder) -> dict[str, Mark]:
    """What the run's data files were like, by name; nothing where an older run does not say."""
    with _refused(folder.data):
        held = read_facts(folder.data) or {}
    marks = {name: mark for name, mark in held.items() if is_mark(mark)}
    if len(marks) < len(held):
        raise _damaged(folder.data, "it lacks a size or a sha256 for a file")
    return marks


def read_ranges(folder: RunFolder) -> dict[str, Range]:
    """What the inputs that came as arrays range over; nothing where an older run does not say. Raises Rejected."""
    with _refused(folder.ranges):
        held = {name: read_range(value) for name, value in (read_facts(folder.ranges) or {}).items()}
    ranges = {name: found for name, found in held.items() if found is not None}
    if len(ranges) < len(held):
        raise _damaged(folder.ranges, "it lacks the least, the mean or the largest number of an input")
    return ranges


def read_lines(path: Path) -> list[str] | None:
    """The lines of one of the folder's texts, a vocabulary; None if there is no such file. Raises Rejected."""
    with _refused(path):
        content = read_whole(path, _LONGEST_WORDS)
    if content is None:
        return None
    if content.count(b"\n") > _MOST_WORDS:
        raise _damaged(path, f"it has more than {_MOST_WORDS:,} lines")
    try:
        return content.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise _damaged(path, f"byte {content[error.start]:#04x} at offset {error.start} is not UTF-8") from None


def read_skipped(folder: RunFolder) -> tuple[Skipped, ...]:
    """The examples that the run left out; raises Rejected where what says so is damaged."""
    with _refused(folder.skipped):
        held = read_json(folder.skipped, _LONGEST_WORDS)
    found = [_skipped(each) for each in held] if isinstance(held, list) else []
    if (held is not None and not isinstance(held, list)) or None in found:
        raise _damaged(folder.skipped, "it holds no list of what was skipped")
    return tuple(each for each in found if each is not None)


def _skipped(held: object) -> Skipped | None:
    values = [held.get(key) for key in ("split", "place", "reason")] if isinstance(held, dict) else []
    words = [value for value in values if isinstance(value, str)]
    return Skipped(*words) if len(words) == 3 else None


def _environment(folder: RunFolder) -> Mapping[str, object]:
    """What environment.json says; nothing where it is no object or not there."""
    with _refused(folder.environment):
        held = read_json(folder.environment)
    return held if isinstance(held, dict) else {}


def _names(value: object, folder: RunFolder) -> tuple[str, ...]:
    names = [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(names) < len(value):
        raise _damaged(folder.classes, "it holds no lists of names")
    return tuple(names)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except Unreadable as problem:
        raise _no_run(path, str(problem)) from None


def _damaged(path: Path, what: str) -> Rejected:
    return _no_run(path, f"{path.name} is damaged: {what}")


def _no_run(path: Path, problem: str) -> Rejected:
    help = "copy the run's folder again, or train again"
    return rejected("no-run", f"{path.parent}: {problem}", "the file that train wrote", help, at=NOWHERE)
