"""What a training began with, kept in the run as transfer.json."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cnnspec.language.location import real_path
from cnnspec.results.marks import Mark, is_mark
from cnnspec.results.transfer import Fate, Moved, Transfer
from cnnspec.runs.environment import impersonal
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import write_json
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE


def transfer_facts(transfer: Transfer) -> dict[str, object]:
    """The same as JSON holds it, without the paths of the files."""
    return {
        "file": transfer.file,
        "strict": transfer.strict,
        "may_be_new": list(transfer.new),
        "found_by": transfer.way,
        "stages": [asdict(stage) for stage in transfer.stages],
        "by_word": [_listed(each) | {"words": each.words, "known": each.known} for each in _of(transfer, "by word")],
        "new": [_listed(each) for each in _of(transfer, "new")],
        "mismatched": [
            _listed(each) | {"found": each.found and list(each.found), **({"why": each.why} if each.why else {})}
            for each in _of(transfer, "mismatched")
        ],
        "unused": [{"weight": name, "shape": list(shape)} for name, shape in transfer.unused],
        "remarks": list(transfer.remarks),
    }


def _of(transfer: Transfer, fate: Fate) -> Iterable[Moved]:
    return (moved for moved in transfer.weights if moved.fate == fate)


def _listed(moved: Moved) -> dict[str, object]:
    return {"stage": moved.stage, "weight": f"{moved.layer}/{moved.name}", "shape": list(moved.shape)}


def write_transfer(folder: RunFolder, transfer: Transfer) -> None:
    """Write transfer.json; raises RunFailed."""
    files = {_whole(path): dict(mark) for path, mark in transfer.files.items()}
    write_json(folder.transfer, {**transfer_facts(transfer), "file": _whole(transfer.file), "files": files})


def _whole(path: str) -> str:
    """The path from wherever a resumption is started."""
    return impersonal(str(real_path(Path(path))))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run's first weights came from: the file, the marks of what was read, whether all had to fit.

    `new` are the parts that did not have to be there.
    """

    file: Path
    files: Mapping[Path, Mark]
    strict: bool
    new: tuple[str, ...] = ()


def read_origin(folder: RunFolder) -> Origin | None:
    """What the run's transfer.json says; None where the run began with drawn weights. Raises Rejected."""
    try:
        held = read_facts(folder.transfer)
    except Unreadable as problem:
        raise _damaged(folder, str(problem)) from None
    if held is None:
        return None
    file, files, strict = held.get("file"), held.get("files"), held.get("strict")
    if not isinstance(file, str) or not isinstance(files, dict) or not isinstance(strict, bool):
        raise _damaged(folder, "transfer.json is damaged: it does not say where the weights are from")
    marks = {_path(folder, name): mark for name, mark in files.items() if is_mark(mark)}
    if len(marks) < len(files):
        raise _damaged(folder, "transfer.json is damaged: it lacks a size or a sha256 for a file")
    if _path(folder, file) not in marks:
        raise _damaged(folder, "transfer.json is damaged: it lacks a size and a sha256 for its file")
    new = held.get("may_be_new", [])
    if not isinstance(new, list) or not all(isinstance(name, str) for name in new):
        raise _damaged(folder, "transfer.json is damaged: it does not say what may be new")
    return Origin(_path(folder, file), marks, strict, tuple(new))


def _path(folder: RunFolder, written: str) -> Path:
    try:
        return Path(written).expanduser()
    except RuntimeError:
        raise _damaged(folder, f"transfer.json names {written[:80]}, of somebody who is not known here") from None


def _damaged(folder: RunFolder, problem: str) -> Rejected:
    help = "copy the run's folder again, or train again"
    return rejected("no-run", f"{folder.path}: {problem}", "the file that train wrote", help, at=NOWHERE)
