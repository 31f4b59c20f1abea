"""What a run's folder says of its data, read back with care: the folder may come from a stranger."""

import json
import re
from pathlib import Path

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.reading import Unreadable, read_bytes
from cnnspec.source.diagnostic import Diagnostic, Rejected

_LONGEST = 64 * 2**20
"""No file of a run's records is longer; a million words or class names take about 10 MiB."""

_FOLD = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)

Mark = dict[str, int | str]


def read_classes(folder: RunFolder, outputs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The names of the classes by output, where the run has any; raises Rejected if classes.json is damaged."""
    held = _read(folder.classes)
    by_output = held if isinstance(held, dict) else {outputs[0]: held} if held else {}
    return {output: _names(by_output[output], folder) for output in outputs if output in by_output}


def read_data_folder(folder: RunFolder) -> Path:
    """Where the run's data paths start from; raises Rejected where environment.json does not say."""
    held = _read(folder.environment)
    written = held.get("data_folder") if isinstance(held, dict) else None
    try:
        if isinstance(written, str):
            return Path(written).expanduser()
    except RuntimeError:  # ~ of somebody who is not known here
        pass
    message = f"{folder.environment} does not say where the data lies; expected the file that train wrote"
    raise Rejected([Diagnostic("no-run", message, help="give --data-root")])


def read_fold(folder: RunFolder) -> tuple[int, int] | None:
    """Which part of a cross-validation the run is, of how many; None if it is no part of one."""
    held = _read(folder.environment)
    written = held.get("fold") if isinstance(held, dict) else None
    match = _FOLD.fullmatch(written) if isinstance(written, str) else None
    return (int(match[1]), int(match[2])) if match and 0 < int(match[1]) <= int(match[2]) > 1 else None


def read_marks(folder: RunFolder) -> dict[str, Mark]:
    """What the run's data files were like, by name; nothing where an older run does not say."""
    held = _read(folder.data)
    if held is None:
        return {}
    if not isinstance(held, dict) or not all(map(_is_mark, held.values())):
        raise _damaged(folder.data, "a size and a sha256 for each file")
    return held


def read_lines(path: Path) -> list[str] | None:
    """The lines of one of the folder's texts, a vocabulary; None if there is no such file. Raises Rejected."""
    content = _content(path)
    try:
        return None if content is None else content.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise _damaged(path, "the file that train wrote") from error


def _names(value: object, folder: RunFolder) -> tuple[str, ...]:
    names = [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(names) < len(value):
        raise _damaged(folder.classes, "lists of names")
    return tuple(names)


def _is_mark(value: object) -> bool:
    if not isinstance(value, dict) or not {"size", "sha256"} <= value.keys() <= {"size", "sha256", "files"}:
        return False
    return isinstance(value["sha256"], str) and all(isinstance(value.get(key, 0), int) for key in ("size", "files"))


def _read(path: Path) -> object:
    """The value in a JSON file; None if there is no such file."""
    content = _content(path)
    try:
        return None if content is None else json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "the file that train wrote") from error


def _content(path: Path) -> bytes | None:
    try:
        content = read_bytes(path, _LONGEST)
    except Unreadable as error:
        raise _damaged(path, "the file that train wrote") from error
    if content is not None and len(content) > _LONGEST:
        raise _damaged(path, f"at most {_LONGEST:,} bytes")
    return content


def _damaged(path: Path, expected: str) -> Rejected:
    help = "copy the run's folder again, or train again"
    return Rejected([Diagnostic("no-run", f"{path} is damaged; expected {expected}", help=help)])
