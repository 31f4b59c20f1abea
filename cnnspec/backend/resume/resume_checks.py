"""Whether a run may go on, and what its folder is made to say when it does."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnspec.backend.data.changed_data import refuse_changes
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.loop.progress import FROM_THE_START
from cnnspec.backend.prepared import Prepared, sections
from cnnspec.backend.resume.checkpoint_form import ResumePoint
from cnnspec.backend.resume.keeper import row_of
from cnnspec.backend.resume.phase_lengths import (
    all_epochs,
    check_epochs,
    epochs_in,
    keys_of,
    last_phase,
    length_of,
    steps_left,
    trainings,
)
from cnnspec.language.defaults import default_at
from cnnspec.language.schedules import Cosine, OneCycle
from cnnspec.language.spec import Spec
from cnnspec.results.events import EpochEnded, NothingLeft, Resumed
from cnnspec.results.history import Result
from cnnspec.runs.environment import describe as describe_environment
from cnnspec.runs.files import disk_errors, write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.log import read_log
from cnnspec.runs.metrics import write_epochs, write_json
from cnnspec.runs.older_texts import as_read_then
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.result import read_result
from cnnspec.runs.settings import UNSET, Difference, differences, read_settings, settings_in, written_settings
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.values import show

MAY_CHANGE = ("training.distribute", "training.epochs", "training.checkpoint.every", "training.checkpoint.keep")
"""What a user may set when a run goes on, and the epochs of phases that are not over."""
_NOTHING = "nothing"
_LONGEST = 200
"""Characters of a setting in a message."""
_TOLD = ("started", "python", "platform", "packages", "cpus", "ran_on", "command")
_COMPUTING = ("cnnspec", "tensorflow", "keras", "numpy")
_DIGITS = "figures may differ in their last digits"


def nothing_left(folder: RunFolder, point: ResumePoint | None, spec: Spec) -> NothingLeft | None:
    """What a finished run came to, if the training of a spec is over; None where there is something to do.

    Raises Rejected where it would end again as it did, or would have to start anew.
    """
    result = _result(folder)
    if result is None:
        return None
    if result.diverged is not None:
        message = f"{folder.path} failed: {result.reason}; going on would end there again, to the last bit"
        help = f"train a new run, with a lower learning rate for one: cnnspec train {folder.spec} --set ..."
        raise rejected("loss-not-finite", message, help=help, at=NOWHERE)
    if result.status != "finished":
        return None
    begun = FROM_THE_START if point is None else point.begun
    done, stopped = result.epochs or 0, point is not None and point.stopped
    path, epochs = length_of(spec, begun.phase)
    if begun.phase == last_phase(spec) and (done - begun.epoch >= epochs or stopped):
        longer = f"{path}={2 * epochs}" if spec.phases else ""
        return NothingLeft(str(folder.path), done, stopped, result.metrics, longer)
    if point is None:
        received = f"{folder.path} is finished, and its checkpoints are gone"
        raise rejected(
            "bad-checkpoint", received, "one to go on from", f"train a new run: cnnspec train {folder.spec}", at=NOWHERE
        )
    return None


def check_settings(folder: RunFolder, point: ResumePoint | None, spec: Spec) -> None:
    """Raise Rejected, with both values, for each setting that is not as it was when the checkpoint was written."""
    written = read_settings(folder)[0]
    before = as_read_then(point.settings, folder) if point else written
    if point and (strange := list(differences([_fixed(before), _fixed(written)]))):
        raise Rejected(_of_another(difference, point, folder) for difference in strange)
    now = written_settings(resolved_spec(spec, {}))
    if changed := list(differences([_fixed(before), _fixed(now)])):
        raise Rejected(_differs(difference, spec) for difference in changed)
    if point is not None:
        check_epochs(point, spec, before, now)


def check_data(folder: RunFolder, spec: Spec, given: Given | None = None) -> None:
    """Raise Rejected for each data file that is not as it was when the run began."""
    help = "bring back the old data, or train a new run"
    refuse_changes(folder, sections(spec)[1], DataFolder(spec.folder or Path(), given), "the run began", help)


def going_on(folder: RunFolder, job: Prepared, point: ResumePoint | None) -> Resumed:
    """Where and how a run goes on; nothing is written."""
    epochs = all_epochs(job.spec, FROM_THE_START if point is None else point.begun)
    ended = tuple(
        EpochEnded(e.number, epochs, e.figures, e.seconds, e.learning_rate, e.best, e.watched, phase=e.phase)
        for e in (point.epochs if point else ())
    )
    stretched = () if point is None else _stretched(point, job.spec)
    notes = (*_not_as_before(_told(folder), _here(job)), *_lost(folder, point), *stretched)
    event = Resumed(0, 0) if point is None else _resumed(point)
    left = None if point is None else steps_left(job.spec, point, job.dataset.train.count)
    return replace(event, ended=ended, notes=notes, changes=tuple(_changes(folder, job.spec)), left=left)


def _lost(folder: RunFolder, point: ResumePoint | None) -> Iterator[str]:
    """What ended and is in no checkpoint, where there is none at all."""
    epochs = read_log(folder).epochs if point is None else 0
    if epochs:
        yield f"{epochs} epoch{'s' * (epochs != 1)} had ended, and there is no checkpoint: they are trained again"


def go_on(folder: RunFolder, job: Prepared, point: ResumePoint | None) -> Resumed:
    """Take back what the run's folder says beyond its checkpoint, and write down that it goes on; raises RunFailed."""
    event = going_on(folder, job, point)
    rows = [row_of(epoch) for epoch in point.epochs] if point else []
    if event.changes:
        write_text(folder.spec, resolved_spec(job.spec, {}))
    with disk_errors(folder.path):
        for path in (folder.result, *(() if rows else (folder.table, folder.log))):
            path.unlink(missing_ok=True)
    if rows:
        write_epochs(folder, rows)
    _tell(folder, job, event)
    return event


def _changes(folder: RunFolder, spec: Spec) -> Iterator[str]:
    """The settings that are not what the run's spec says."""
    both = settings_in(folder)[0], written_settings(resolved_spec(spec, {}))
    for difference in differences(both):
        was, now = (_value(value, difference, spec) for value in difference.values)
        yield f"{difference.path} is {now}, and was {was}"


def _resumed(point: ResumePoint) -> Resumed:
    moment = point.position.moment
    return Resumed(moment.epoch, moment.step, str(point.path), damaged=point.damaged)


def _stretched(point: ResumePoint, spec: Spec) -> tuple[str, ...]:
    """What more epochs do to a learning rate that falls over all of them."""
    training, epochs = trainings(spec)[point.begun.phase], epochs_in(point.settings, point.begun.phase)
    rate = training.optimizer.learning_rate
    over_all = isinstance(rate, OneCycle) or (isinstance(rate, Cosine) and rate.epochs is None)
    if not isinstance(epochs, int) or epochs == training.epochs or not over_all:
        return ()
    said = f"the learning rate was to fall over {epochs} epochs, and from here on does over {training.epochs}"
    return (f"{said}: the run becomes another one than {training.epochs} epochs from the start would give",)


def _tell(folder: RunFolder, job: Prepared, event: Resumed) -> None:
    """Add the resumption to environment.json; its data may lie elsewhere now."""
    held, now = _told(folder), _here(job)
    earlier = held.get("resumed")
    entry = {key: now[key] for key in _TOLD} | {"epoch": event.epoch, "step": event.step}
    listed = [*(earlier if isinstance(earlier, list) else []), entry]
    write_json(folder.environment, {**(held or now), "data_folder": now["data_folder"], "resumed": listed})


def _told(folder: RunFolder) -> dict[str, Any]:
    """What environment.json says; nothing where it is damaged."""
    try:
        return dict(read_facts(folder.environment) or {})
    except Unreadable:
        return {}


def _here(job: Prepared) -> dict[str, Any]:
    """What it would say of a run that begins here and now."""
    ran_on = job.layout.facts(job.training.precision)
    return describe_environment(job.seed, job.objective.auto, job.folder.path, job.fold, ran_on)


def _not_as_before(held: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What computes otherwise than when the run began."""
    packages = held.get("packages")
    was = packages if isinstance(packages, dict) else {}
    for name in (name for name in _COMPUTING if name in was and was[name] != now["packages"][name]):
        yield f"{name} is {now['packages'][name]}, and was {was[name]} when the run began: {_DIGITS}"
    if held.get("cpus", now["cpus"]) != now["cpus"]:
        yield f"{now['cpus']} processors, and {held['cpus']} when the run began: {_DIGITS}"


def _result(folder: RunFolder) -> Result | None:
    """What result.json says; nothing where it is damaged, as where there is none."""
    try:
        return read_result(folder)
    except Unreadable:
        return None


def _fixed(settings: dict[str, object]) -> dict[str, object]:
    """The settings without what may change."""
    fixed = dict(settings)
    for path in MAY_CHANGE:
        *sections, key = path.split(".")
        _drop(fixed, sections, key)
    training = fixed.get("training")
    if isinstance(training, dict) and isinstance(training.get("phases"), list):
        phases = [_without_epochs(phase) for phase in training["phases"]]
        fixed["training"] = {**training, "phases": phases}
    return fixed


def _without_epochs(phase: object) -> object:
    return {key: value for key, value in phase.items() if key != "epochs"} if isinstance(phase, dict) else phase


def _drop(settings: dict[str, object], sections: list[str], key: str) -> None:
    """Take a key out of a section, and the section out where nothing is left; others keep theirs."""
    if not sections:
        settings.pop(key, None)
        return
    section = settings.get(sections[0])
    if isinstance(section, dict):
        settings[sections[0]] = inner = dict(section)
        _drop(inner, sections[1:], key)
        if not inner:
            del settings[sections[0]]


def _differs(difference: Difference, spec: Spec) -> Diagnostic:
    was, now = (_value(value, difference, spec) for value in difference.values)
    trained = "since the run was trained without" if was == _NOTHING else "which the run was trained with"
    message = f"{difference.path} is {now}; expected {was}, {trained}"
    allowed = f"only {', '.join(MAY_CHANGE)} may change when a run goes on, and --devices or --workers"
    help = f"{allowed}; to change more, train a new one"
    return Diagnostic("resume-differs", message, help=help, at=keys_of(difference.path))


def _of_another(difference: Difference, point: ResumePoint, folder: RunFolder) -> Diagnostic:
    there, here = (_value(value, difference) for value in difference.values)
    message = f"{point.path} is of another training: {difference.path} is {there} in it, and {here} in {folder.spec}"
    return Diagnostic(
        "bad-checkpoint",
        message,
        help="undo what was changed in spec.yaml, or bring back the run's own checkpoints",
        at=NOWHERE,
    )


def _value(value: object, difference: Difference, spec: Spec | None = None) -> str:
    """A setting in words; where it is not set, what it is by default."""
    if value is not UNSET:
        return value if isinstance(value, str) else show(value, _LONGEST)
    default = None if spec is None else default_at(spec, difference.path.split("."))
    return _NOTHING if default is None else f"{default}, the default"
