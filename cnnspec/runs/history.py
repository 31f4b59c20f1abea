"""Runs read back: how each ended, its figures, where and with what it was made. Nothing here raises for a damaged run.

Epochs count from 0, times are in seconds.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from cnnspec.results.history import DEVICES, Environment, Machine, Result, Resumption, Run, SavesFailed, Status, Stretch
from cnnspec.results.marks import describe, is_mark
from cnnspec.runs import reading
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.labels import labels_of
from cnnspec.runs.log import Log, read_log
from cnnspec.runs.opening import is_file, strange
from cnnspec.runs.reading import Unreadable, read_bytes
from cnnspec.runs.result import read_result
from cnnspec.source.text import MAX_BYTES

_NAME = re.compile(rb"""^name: *(["']?)([A-Za-z][A-Za-z0-9_.-]*)\1 *\r?$""", re.MULTILINE)
_REASONS = 3
_NO_RESULT = Result("interrupted", None, None, None, {})
"""Stands for the result of a run that has none, or a damaged one; nobody looks at its status."""


def find_runs(runs: Path) -> list[RunFolder]:
    """The folders of a folder that are runs; raises OSError if it cannot be listed."""
    folders = (RunFolder(entry) for entry in sorted(runs.iterdir()))
    return [folder for folder in folders if _is_run(folder)]


def _is_run(folder: RunFolder) -> bool:
    try:
        return any(path.exists() for path in (folder.spec, folder.environment, folder.log))
    except OSError:
        return False


def read_run(folder: RunFolder) -> Run:
    """What a run's folder tells of it."""
    problems: list[str] = []
    status, result = _result(folder, problems)
    environment = _facts(folder.environment, problems)
    if environment is None and not problems:
        problems.append("there is no environment.json")
    if what := strange(folder.spec):
        problems.append(f"spec.yaml is {what}")
    elif not is_file(folder.spec):
        problems.append("there is no spec.yaml")
    made = _environment(environment or {}, _facts(folder.data, problems) or {})
    log = Log() if status == "finished" else read_log(folder)
    tags, note = labels_of(folder, problems)
    return Run(
        path=str(folder.path),
        status=status,
        reason=result.reason,
        epochs=log.epochs if result.epochs is None else result.epochs,
        best=result.best,
        scores=result.metrics or log.at(result.best.epoch if result.best else log.epochs - 1),
        seconds=result.seconds,
        started=_moment(environment or {}) or _changed(folder.spec),
        written=max(map(_changed, (folder.spec, folder.log, folder.result))),
        environment=made,
        problems=(*problems, *log.problems, *map(_not_saved, result.not_saved[:_REASONS])),
        diverged=result.diverged is not None,
        tags=tags,
        note=note,
        examples=result.examples,
        spec=_spec_name(folder),
        packed="" if folder.packed is None else folder.shown,
    )


def _spec_name(folder: RunFolder) -> str:
    """The name that its spec.yaml says, which is written on a line of its own; empty where there is none."""
    with contextlib.suppress(Unreadable):
        match = _NAME.search(read_bytes(folder.spec, MAX_BYTES) or b"")
        return match[2].decode("ascii") if match else ""
    return ""


def _result(folder: RunFolder, problems: list[str]) -> tuple[Status, Result]:
    """How it ended, and what there is of its result."""
    try:
        result = read_result(folder)
    except Unreadable as problem:
        problems.append(str(problem))
        return "damaged", _NO_RESULT
    return ("unfinished", _NO_RESULT) if result is None else (result.status, result)


def _facts(path: Path, problems: list[str]) -> Mapping[str, object] | None:
    try:
        return reading.read_facts(path)
    except Unreadable as problem:
        problems.append(str(problem))
        return None


def _not_saved(saves: SavesFailed) -> str:
    """How often, and why, the state of the training could not be written."""
    return f"the state was not saved {saves.times:,} {'time' if saves.times == 1 else 'times'}: {saves.reason}"


def _environment(held: Mapping[str, object], data: Mapping[str, object]) -> Environment:
    resumed = held.get("resumed")
    machine = _machine(held)
    return Environment(
        versions=machine.versions,
        platform=machine.platform,
        cpus=machine.cpus,
        command=machine.command,
        resumed=tuple(map(_resumption, resumed[-reading.MOST :])) if isinstance(resumed, list) else (),
        auto=reading.texts(held.get("auto")),
        data_folder=reading.text(held.get("data_folder")),
        fold=reading.text(held.get("fold")),
        ran_on=stretches(held),
        data={name: _mark(mark) for name, mark in reading.entries(data).items()},
    )


def stretches(environment: Mapping[str, object]) -> tuple[Stretch, ...]:
    """What a run computed on, from what environment.json says; where it stayed the same, one stretch."""
    first = _stretch(environment.get("ran_on"))
    found = [first] if first else []
    for entry in _entries(environment.get("resumed")):
        later = _stretch(entry.get("ran_on"), reading.whole(entry.get("epoch")), reading.whole(entry.get("step")))
        if later is not None:
            found = [*(each for each in found if (each.epoch, each.step) < (later.epoch, later.step)), later]
    return tuple(_merged(found))


def _merged(found: Iterable[Stretch]) -> Iterator[Stretch]:
    before: Stretch | None = None
    for each in found:
        if before is None or not before.goes_on(each):
            yield each
        before = each


def _entries(held: object) -> list[Mapping[str, object]]:
    listed = held[: reading.MOST] if isinstance(held, list) else []
    return [each for each in listed if isinstance(each, dict)]


def _stretch(held: object, epoch: int | None = 0, step: int | None = 0) -> Stretch | None:
    facts = reading.entries(held)
    workers, devices, threads = (reading.whole(facts.get(name)) for name in ("workers", "devices", "threads"))
    kind, precision = (reading.text(facts.get(name)) for name in ("kind", "precision"))
    if not workers or not devices or not threads or kind not in DEVICES or not precision:
        return None
    return Stretch(workers, devices, kind, precision, threads, epoch or 0, step or 0)


def _machine(held: Mapping[str, object]) -> Machine:
    command = held.get("command")
    python = reading.text(held.get("python"))
    return Machine(
        versions={**({"python": python} if python else {}), **reading.texts(held.get("packages"))},
        platform=reading.text(held.get("platform")),
        cpus=reading.whole(held.get("cpus")),
        command=tuple(map(reading.text, command[: reading.MOST])) if isinstance(command, list) else (),
    )


def _resumption(written: object) -> Resumption:
    held = reading.entries(written)
    epoch, step = (reading.whole(held.get(key)) or 0 for key in ("epoch", "step"))
    return Resumption(_moment(held), epoch, step, _machine(held))


def _mark(held: object) -> str:
    return describe(held) if is_mark(held) else "damaged"


def _moment(held: Mapping[str, object]) -> float:
    """When it began, as written; 0 where nothing can be read."""
    try:
        return datetime.fromisoformat(reading.text(held.get("started"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def newest_first(runs: Iterable[Run]) -> list[Run]:
    """The runs in the order in which people look for them."""
    return sorted(runs, key=lambda run: (run.started, run.number), reverse=True)


def file_sizes(folder: RunFolder) -> dict[str, int]:
    """The files of a run's folder with their sizes in bytes, the first ones by name."""
    try:
        files = sorted(path for path in folder.path.iterdir() if is_file(path))
        return {path.name: path.lstat().st_size for path in files[: reading.MOST]}
    except OSError:
        return {}
