"""What a training began with: which weights came from a file, and which did not. Kept in the run as transfer.json."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cnnspec.runs.environment import impersonal
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.marks import Mark, is_mark
from cnnspec.runs.metrics import write_json
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.source.diagnostic import Diagnostic, Rejected

Fate = Literal["loaded", "by word", "new", "mismatched"]


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one weight of the network: `name` of the layer `layer`, its weight `number`.

    `found` is the shape in the file, None where there is none; of one that is loaded `by word` so many of the `words`
    were `known` there, and the rows of the others are new. `why` says what is wrong where it is not the shape.
    """

    stage: str
    layer: str
    name: str
    number: int
    shape: tuple[int, ...]
    size: int
    fate: Fate
    found: tuple[int, ...] | None = None
    words: int = 0
    known: int = 0
    why: str = ""

    @property
    def taken(self) -> int:
        """How many of its numbers come from the file."""
        if self.fate == "by word":
            return self.known * (self.size // self.shape[0])
        return self.size if self.fate == "loaded" else 0


@dataclass(frozen=True, slots=True)
class Tally:
    """So many weights, with so many numbers in all."""

    tensors: int
    numbers: int


@dataclass(frozen=True, slots=True)
class StageMoved:
    """The weights of a stage by their fate; `frozen` are numbers that training leaves as they are.

    A table that is loaded by word counts as loaded; the numbers of its new words are among the new ones.
    """

    stage: str
    loaded: Tally
    new: Tally
    mismatched: Tally
    frozen: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Weights that a training begins with.

    `file` is the one they were read from, `files` are the marks of it and of the vocabularies beside it by their paths.
    `unused` are weights in the file, with their shapes, for which the network has no place; `remarks` say what else
    there is to know.
    """

    file: str
    files: Mapping[str, Mark]
    strict: bool
    weights: tuple[Moved, ...]
    unused: tuple[tuple[str, tuple[int, ...]], ...] = ()
    frozen: Mapping[str, int] | None = None
    remarks: tuple[str, ...] = ()

    def count(self, *fates: Fate) -> int:
        """How many weights have one of these fates."""
        return sum(moved.fate in fates for moved in self.weights)

    @property
    def stages(self) -> tuple[StageMoved, ...]:
        """The weights by stage, in the network's order."""
        titles = dict.fromkeys(moved.stage for moved in self.weights)
        return tuple(self._stage(title) for title in titles)

    def _stage(self, title: str) -> StageMoved:
        mine = [moved for moved in self.weights if moved.stage == title]
        loaded = [moved for moved in mine if moved.fate in ("loaded", "by word")]
        new, other = ([moved for moved in mine if moved.fate == fate] for fate in ("new", "mismatched"))
        left = sum(moved.size - moved.taken for moved in loaded)
        return StageMoved(
            title,
            Tally(len(loaded), sum(moved.taken for moved in loaded)),
            Tally(len(new), left + sum(moved.size for moved in new)),
            Tally(len(other), sum(moved.size for moved in other)),
            (self.frozen or {}).get(title, 0),
        )


def transfer_facts(transfer: Transfer) -> dict[str, object]:
    """The same as JSON holds it, without the paths of the files."""
    return {
        "file": transfer.file,
        "strict": transfer.strict,
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
    return impersonal(str(Path(path).resolve()))


@dataclass(frozen=True, slots=True)
class Start:
    """What a command was told to start from: a run's folder or a file of weights, and whether all must fit."""

    path: Path
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run's first weights came from: the file, the marks of what was read, whether all had to fit."""

    file: Path
    files: Mapping[Path, Mark]
    strict: bool


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
    return Origin(_path(folder, file), marks, strict)


def _path(folder: RunFolder, written: str) -> Path:
    try:
        return Path(written).expanduser()
    except RuntimeError:
        raise _damaged(folder, f"transfer.json names {written[:80]}, of somebody who is not known here") from None


def _damaged(folder: RunFolder, problem: str) -> Rejected:
    help = "copy the run's folder again, or train again"
    return Rejected([Diagnostic("no-run", f"{folder.path}: {problem}; expected the file that train wrote", help=help)])
