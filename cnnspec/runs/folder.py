"""A run's folder, `<runs>/<name>-<number>/`, and what lies where inside it."""

import importlib
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec.runs.files import disk_errors
from cnnspec.runs.finding import alike, safe_name
from cnnspec.runs.opening import HELP, strange
from cnnspec.runs.places import is_packed
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


class Unpacked:
    """A packed run's `file`, and the temporary folder that it is unpacked into, gone once nobody needs it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.place = Path(tempfile.mkdtemp(prefix="cnnspec-"))
        weakref.finalize(self, _remove, self.place, os.getpid())


def _remove(place: Path, owner: int) -> None:
    """Take the folder away, unless this is a process that was forked off and another one needs it."""
    if os.getpid() == owner:
        shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk. Nothing else knows a path inside it."""

    path: Path
    packed: Unpacked | None = field(default=None, compare=False, repr=False)
    """The packed run whose files these are for now, where they are of one."""

    @property
    def shown(self) -> str:
        """What a person calls it: its folder, or the file that it is packed into."""
        return str(self.packed.file if self.packed else self.path)

    @property
    def name(self) -> str:
        """`digits-3`."""
        return self.path.name

    @property
    def spec(self) -> Path:
        """The spec with everything resolved: extends, variants, the seed."""
        return self.path / "spec.yaml"

    @property
    def written(self) -> Path:
        """A folder with the spec as it was written, and what it extends."""
        return self.path / "written"

    @property
    def environment(self) -> Path:
        """Where, with what and from what the run was made."""
        return self.path / "environment.json"

    @property
    def table(self) -> Path:
        """One row an epoch, with the columns of Keras' CSVLogger."""
        return self.path / "metrics.csv"

    @property
    def log(self) -> Path:
        """One JSON object an epoch, with its time and learning rate."""
        return self.path / "metrics.jsonl"

    @property
    def last(self) -> Path:
        """The model as training left it."""
        return self.path / "last.keras"

    @property
    def best(self) -> Path:
        """The model of the best epoch."""
        return self.path / "best.keras"

    @property
    def checkpoints(self) -> Path:
        """The newest states of the training, each in a file of its own."""
        return self.path / "checkpoints"

    @property
    def lock(self) -> Path:
        """Held by the process that trains the run, for as long as it lives."""
        return self.path / "lock"

    @property
    def classes(self) -> Path:
        """The names of the classes, in the order of the outputs."""
        return self.path / "classes.json"

    @property
    def data(self) -> Path:
        """What the data files were like when the run was trained."""
        return self.path / "data.json"

    @property
    def skipped(self) -> Path:
        """Which examples were left out, and why."""
        return self.path / "skipped.json"

    @property
    def ranges(self) -> Path:
        """What the numbers of each input that came as an array range over."""
        return self.path / "ranges.json"

    @property
    def thresholds(self) -> Path:
        """What the probabilities of its outputs have to reach, where somebody chose that."""
        return self.path / "thresholds.json"

    @property
    def transfer(self) -> Path:
        """Which weights the training began with, where it did not draw all of them."""
        return self.path / "transfer.json"

    @property
    def series(self) -> Path:
        """Which other runs it belongs to, where it is one of several seeds or folds, or a trial of a sweep."""
        return self.path / "series.json"

    @property
    def shared(self) -> tuple[Path, ...]:
        """What a packed run has of them, where they are there, beside the weights and the texts."""
        told = (self.spec, self.table, self.log, self.result)
        return (*told, self.classes, self.data, self.skipped, self.ranges, self.thresholds, self.transfer)

    def vocabulary(self, of: str = "") -> Path:
        """The words of a network's text, one a line in the order of their ids; `of` names one of several inputs."""
        return self.path / (f"vocabulary-{of}.txt" if of else "vocabulary.txt")

    @property
    def tensorboard(self) -> Path:
        """The events of TensorBoard, where they were asked for."""
        return self.path / "tensorboard"

    @property
    def tags(self) -> Path:
        """The words that somebody gave the run to find it by, one a line."""
        return self.path / "tags.txt"

    @property
    def note(self) -> Path:
        """What somebody has to say of the run."""
        return self.path / "note.txt"

    @property
    def result(self) -> Path:
        """How the run ended, with its final figures."""
        return self.path / "result.json"


def is_own(name: str) -> bool:
    """Whether something in a run's folder is called as what is put there: no report or file of somebody's own."""
    folder = RunFolder(Path())
    own = (getattr(folder, each) for each, kind in vars(RunFolder).items() if isinstance(kind, property))
    return name.startswith((".writing-", "vocabulary")) or name in {each.name for each in own if isinstance(each, Path)}


def create_run(runs: Path, name: str) -> RunFolder:
    """A new folder under `runs`, with the next number that nobody has; raises RunFailed if it cannot be.

    Whoever makes the folder first has the number, so that runs may start at the same moment.
    """
    stem = safe_name(name)
    with disk_errors(runs):
        runs.mkdir(parents=True, exist_ok=True)
        number = max(_numbers(runs, stem), default=0) + 1
        while not _made(runs / f"{stem}-{number}"):
            number += 1
        _try_out(runs / f"{stem}-{number}")
        return RunFolder(runs / f"{stem}-{number}")


def open_run(path: Path) -> RunFolder:
    """The folder of a run that was made before; raises Rejected if it is none.

    A packed run is verified and unpacked into a temporary folder, which lasts as long as what is returned; the run has
    the name that it had, whatever its file is called.
    """
    if is_packed(path):
        return _checked(_unpacked(path))
    return _checked(RunFolder(path))


def _unpacked(file: Path) -> RunFolder:
    with disk_errors(Path(tempfile.gettempdir())):
        unpacked = Unpacked(file)
    content = unpacked.place / "run"
    manifest = importlib.import_module("cnnspec.runs.unpacking").unpack(file, content)
    return RunFolder(content.rename(unpacked.place / safe_name(manifest.run)), unpacked)


def _checked(folder: RunFolder) -> RunFolder:
    """The folder, if it is a run's; raises Rejected."""
    path = folder.path
    if path.is_file() and (within := _run_with(path)):
        raise rejected("no-run", f"{path} is a file of a run", help=f"give the run's folder: {within}", at=NOWHERE)
    if not path.is_dir():
        help = alike(path) or "give the folder that train named"
        raise rejected("no-run", f"there is no run {path}", help=help, at=NOWHERE)
    if what := strange(folder.spec):
        raise rejected("no-run", f"{path} is no run: its spec.yaml is {what}", help=HELP, at=NOWHERE)
    if not folder.spec.is_file():
        lost = "its other files are there: bring back the spec.yaml that train wrote"
        help = lost if folder.environment.is_file() else "give a run's folder"
        raise rejected("no-run", f"{path} is no run: it has no spec.yaml", help=help, at=NOWHERE)
    return folder


def refuse_twice(runs: Iterable[str]) -> None:
    """Raise Rejected where of runs that are to stand beside each other, by what they are called, one is named twice."""
    found: set[Path] = set()
    for run in runs:
        if Path(run).resolve() in found:
            help = "name each run once: two runs or more stand side by side"
            raise rejected("usage", f"{run} is named twice", help=help, at=NOWHERE)
        found.add(Path(run).resolve())


def _run_with(file: Path) -> Path | None:
    """The run that a file belongs to."""
    found = (parent for parent in file.parents[:2] if RunFolder(parent).environment.is_file())
    return next(found, None)


def to_go_on_with(folder: RunFolder) -> RunFolder:
    """The folder, if a training may go on there; raises Rejected of a packed run."""
    help = f"begin with its weights, with --start-from {folder.shown}, or train it once more: cnnspec reproduce"
    return writable(folder, "without the states to go on from", help)


def writable(folder: RunFolder, why: str = "which stays as it is", help: str = "") -> RunFolder:
    """The folder, if what is written there lasts; raises Rejected of a packed run."""
    if folder.packed is not None:
        help = help or f"make a folder of it: cnnspec unpack {folder.shown}"
        raise rejected("no-run", f"{folder.shown} is a packed run, {why}", "a run's folder", help, at=NOWHERE)
    return folder


def earlier_run(path: Path) -> Path | None:
    """The run of the same name with the next smaller number, in the same folder."""
    stem, _, number = path.name.rpartition("-")
    if not number.isdecimal():
        return None
    before = [other for other in _numbers(path.parent, stem) if other < int(number)]
    return path.parent / f"{stem}-{max(before)}" if before else None


def _numbers(runs: Path, stem: str) -> list[int]:
    """The numbers that runs of this name have."""
    pattern = re.compile(re.escape(stem) + r"-([0-9]{1,9})")
    found = (pattern.fullmatch(entry.name) for entry in runs.iterdir())
    return [int(match[1]) for match in found if match]


def _try_out(path: Path) -> None:
    """Put a file into a new folder, and take both away if it takes none."""
    try:
        tempfile.TemporaryFile(dir=path).close()
    except OSError:
        path.rmdir()
        raise


def _made(path: Path) -> bool:
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True
