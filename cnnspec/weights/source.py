"""Which file `start_from` means: a run's best model, its last, or a file that is named itself."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from cnnspec.language.location import real_path
from cnnspec.language.paths import read_path
from cnnspec.language.pretrained import SETS
from cnnspec.language.spec import Spec
from cnnspec.results.marks import Mark, describe
from cnnspec.results.transfer import Start
from cnnspec.runs.finding import alike
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.runs.opening import HELP, is_file, strange
from cnnspec.runs.places import is_packed
from cnnspec.runs.transfer import read_origin
from cnnspec.runs.weights import weights_file
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE, Route
from cnnspec.weights.fetched import fetched, unknown_name
from cnnspec.weights.store import KINDS

_PIECE = 2**20
_OUTSIDE = "to take weights from elsewhere, name them to the command: cnnspec train --start-from"
_EXPECTED = f"a run's folder, a packed run, or a file that ends in {', '.join(KINDS[:-1])} or {KINDS[-1]}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of weights. `run` is the run that it is of.

    `written` is the path as somebody wrote it, `at` where that is in a spec; `strict` and `new` as in the language.
    """

    file: Path
    strict: bool
    new: tuple[str, ...] = ()
    run: RunFolder | None = None
    written: str = ""
    at: Route = NOWHERE

    @property
    def shown(self) -> Path:
        """What lasts, and what a person calls it: the file, or the packed run that it was unpacked from for now."""
        return self.run.packed.file if self.run is not None and self.run.packed is not None else self.file

    def mark(self, found: Mark) -> Mark:
        """The mark of that, where the file's own was `found`."""
        return found if self.shown == self.file else mark_of(self.shown) or found


def source_of(spec: Spec, given: Start | None = None) -> Source | None:
    """The weights that a training begins with: those `given` to the command, else the spec's; None where it draws all.

    What the spec names lies below its own folder, or below the current one where that has it; raises Rejected.
    """
    at: Route = ("training", "start_from")
    if given is not None:
        return named(completed(spec, given), spec)
    try:
        return _of_spec(spec, at)
    except OSError as error:
        raise _unreadable(error, at) from error


def completed(spec: Spec, given: Start) -> Start:
    """What the command gives, with what the spec says may be new where the command says nothing of it."""
    written = spec.training.start_from if spec.training is not None else None
    return given if given.new or written is None else replace(given, new=written.new)


def named(start: Start, spec: Spec | None = None) -> Source:
    """The weights that a command names: a path, or what the spec declares under `pretrained`; raises Rejected."""
    if spec is not None and (file := fetched(spec, str(start.path), NOWHERE)):
        return Source(file, start.strict, start.new, written=str(start.path))
    if str(start.path) in SETS and not start.path.exists():
        raise unknown_name(spec, str(start.path), NOWHERE)
    try:
        return _source(start)
    except OSError as error:
        raise _unreadable(error, NOWHERE) from error


def _unreadable(error: OSError, at: Route) -> Rejected:
    return rejected("no-file", f"{error.filename} cannot be read ({error.strerror})", _EXPECTED, at=at)


def _of_spec(spec: Spec, at: Route) -> Source | None:
    written = spec.training.start_from if spec.training is not None else None
    if written is None:
        _refuse_frozen(spec)
        return None
    if written.weights is None:
        received, help = "start_from names no weights", f"cnnspec train {_as_given(spec)} --start-from FILE"
        raise rejected("no-file", received, _EXPECTED, f"give them to the command: {help}", at=at)
    if file := fetched(spec, written.weights, at):
        return Source(file, written.strict, written.new, written=written.weights, at=at)
    folders = [spec.folder or Path(), Path()]
    if written.weights in SETS and not any((folder / written.weights).exists() for folder in folders):
        raise unknown_name(spec, written.weights, at)
    path = _below(folders, written.weights, at)
    source = _source(Start(path, written.strict, written.new), at, written.weights)
    _check_inside(folders, source.shown, at)
    return source


def _as_given(spec: Spec) -> str:
    """How a command names a spec: a bundled one by its name."""
    return spec.shown if spec.file.startswith("<") else spec.file


def _refuse_frozen(spec: Spec) -> None:
    """Raise Rejected where weights are frozen that would be drawn."""
    first = spec.each_phase()[0].training
    if spec.training is None or first is None or not first.freeze:
        return
    help = "write start_from, or add --start-from RUN; to keep drawn weights, write trainable: false on their layers"
    received = "freeze without anything to start from: what it names would stay as drawn, and never learn"
    own = spec.training.phases is not None and "freeze" in spec.training.phases[0].model_fields_set
    at = ("training", "phases", 0, "freeze") if own else ("training", "freeze")
    raise rejected("frozen-as-drawn", received, "weights to keep", help, at=at)


def origin_again(folder: RunFolder) -> Source | None:
    """The same weights for a run that begins once more, None where it drew all; raises Rejected where they changed."""
    origin = read_origin(folder)
    if origin is None:
        return None
    for path, was in origin.files.items():
        if (now := mark_of(path)) != was:
            found = "is not there any more" if now is None else f"has changed: now {describe(now)}"
            received = f"{path}, which the run started from, {found}"
            help = "bring the old file back, or train anew; the run has no checkpoint yet that could do without it"
            raise rejected("changed-weights", received, describe(was), help, at=NOWHERE)
    if is_packed(origin.file):
        return _source(Start(origin.file, origin.strict, origin.new))
    return Source(origin.file, origin.strict, origin.new, _run_of(origin.file), str(origin.file))


def as_in_a_spec(given: Start) -> dict[str, object] | None:
    """What the spec of a run says of weights that were given to the command: None where no spec may name their path."""
    path = path_below(given.path, Path())
    if path is None:
        return None
    return {"weights": path, "strict": given.strict, **({"new": list(given.new)} if given.new else {})}


def path_below(path: Path, folder: Path) -> str | None:
    """A file as a spec in a folder writes it; None where no spec there may name it."""
    file, above = real_path(path), real_path(folder)
    try:
        return read_path(file.relative_to(above).as_posix()) if file.is_relative_to(above) else None
    except PydanticCustomError:
        return None


def mark_of(path: Path) -> Mark | None:
    """The size and SHA-256 of a file; None where there is none that can be read."""
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError:
        return None
    return {"size": size, "sha256": digest.hexdigest()}


def _below(folders: list[Path], written: str, at: Route) -> Path:
    found = next((folder / written for folder in folders if (folder / written).exists()), None)
    if found is None:
        places = " or ".join(dict.fromkeys(str(real_path(folder)) for folder in folders))
        help = "; ".join([*filter(None, [alike(Path(written), folders, KINDS)]), _OUTSIDE])
        raise rejected("no-file", f"there is no {written} in {places}", _EXPECTED, help, at=at)
    _check_inside(folders, found, at)
    return found


def _check_inside(folders: list[Path], path: Path, at: Route) -> None:
    """Raise Rejected where a path, its links followed, leads out of the folders."""
    if not any(real_path(path).is_relative_to(real_path(folder)) for folder in folders):
        raise rejected("outside", f"{path} lies outside the spec's folder", "a path below it", _OUTSIDE, at=at)


def _source(start: Start, at: Route = NOWHERE, written: str = "") -> Source:
    path = start.path
    if path.is_dir():
        return _of_run(RunFolder(path), start, at, written)
    if is_packed(path):
        return _of_run(_opened(path, at), start, at, written)
    if not path.exists():
        raise rejected("no-file", f"there is no {path}", _EXPECTED, alike(path, kinds=KINDS), at=at)
    if not path.name.endswith(KINDS) or not path.is_file():
        raise rejected("bad-model", f"{path} is no file of weights", _EXPECTED, _converted(path), at=at)
    return Source(path, start.strict, start.new, _run_of(path), written, at)


def _opened(path: Path, at: Route) -> RunFolder:
    """A packed run, verified and unpacked for as long as it is used."""
    try:
        return open_run(path)
    except Rejected as problem:
        raise Rejected(replace(each, at=at) for each in problem.diagnostics) from None


def _of_run(folder: RunFolder, start: Start, at: Route, written: str) -> Source:
    if what := strange(folder.spec):
        raise rejected("no-run", f"{folder.path} is no run: its spec.yaml is {what}", _EXPECTED, HELP, at=at)
    if not is_file(folder.spec):
        raise rejected("no-run", f"{folder.path} is no run: it has no spec.yaml", _EXPECTED, at=at)
    try:
        file = weights_file(folder)
    except Rejected as problem:
        raise Rejected(replace(each, at=at) for each in problem.diagnostics) from None
    return Source(file, start.strict, start.new, folder, written, at)


def _run_of(file: Path) -> RunFolder | None:
    """The run in whose folder a model lies."""
    folder = RunFolder(file.parent)
    return folder if is_file(folder.spec) and file in (folder.best, folder.last) else None


_PICKLES = (".pt", ".pth", ".pkl", ".bin", ".ckpt", ".pickle", ".joblib")


def _converted(path: Path) -> str:
    """What makes a file that can be read of one that is a pickle: reading that one may run whatever it says."""
    if path.suffix not in _PICKLES:
        return ""
    load = f"torch.load({str(path)!r}, map_location='cpu', weights_only=True)"
    save = f"from safetensors.torch import save_file; save_file({load}, {str(path.with_suffix('.safetensors'))!r})"
    return f'it is a pickle, which may run code; turn it into safetensors: python -c "import torch; {save}"'
