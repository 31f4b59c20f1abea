"""Whether a run may go on, and what its folder is made to say when it does."""

from dataclasses import replace
from pathlib import Path

from cnnspec.backend.data.fingerprint import changes, fingerprint
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.wrong import rejected
from cnnspec.backend.job import Job, sections
from cnnspec.backend.keeping import place_of, recorded, settings_of
from cnnspec.language.check import follow
from cnnspec.language.spec import Spec
from cnnspec.runs.checkpoint import Found
from cnnspec.runs.environment import describe as describe_environment
from cnnspec.runs.events import EpochEnded, Resumed
from cnnspec.runs.files import disk_errors, write_text
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.marks import describe
from cnnspec.runs.metrics import write_epochs, write_json
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.runs.recorded import read_marks
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.settings import UNSET, Difference, differences, read_settings, written_settings
from cnnspec.source.diagnostic import Diagnostic, Rejected

MAY_CHANGE = ("training.epochs", "training.checkpoint.every", "training.checkpoint.keep")
"""What a user may set when a run goes on."""
_TOLD = ("started", "python", "platform", "packages", "cpus", "command")


def check_resumable(folder: RunFolder, found: Found | None, spec: Spec) -> None:
    """Raise Rejected, with both values, for whatever is not as it was when the run's checkpoint was written."""
    before = settings_of(found) if found else read_settings(folder)[0]
    now = written_settings(resolved_spec(spec, {}))
    if found_different := list(differences([_fixed(before), _fixed(now)])):
        raise Rejected(_differs(difference, spec) for difference in found_different)
    epochs, done = sections(spec)[0].epochs, _epochs_begun(found)
    if epochs < done:
        received = f"training.epochs: {epochs}, where the training is in epoch {done}"
        raise rejected("resume-differs", received, f"at least {done}", "set more epochs, or leave them as they are")
    _check_data(folder, DataFolder(spec.folder or Path()), spec)


def go_on(folder: RunFolder, job: Job, found: Found | None) -> Resumed:
    """Take back what the run's folder says beyond its checkpoint, and write down that it goes on; raises RunFailed."""
    record = recorded(found)
    text = resolved_spec(job.spec, {})
    if written_settings(text) != read_settings(folder)[0]:
        write_text(folder.spec, text)
    with disk_errors(folder.path):
        for path in (folder.result, *(() if record.rows else (folder.table, folder.log))):
            path.unlink(missing_ok=True)
    if record.rows:
        write_epochs(folder, record.rows)
    epochs = job.training.epochs
    ended = tuple(EpochEnded(e.number, epochs, e.figures, e.seconds, e.learning_rate, e.best) for e in record.epochs)
    event = Resumed(0, 0) if found is None else _resumed(found)
    _tell(folder, job, event)
    return replace(event, ended=ended)


def _resumed(found: Found) -> Resumed:
    moment = place_of(found).moment
    return Resumed(moment.epoch, moment.step, str(found.path), damaged=found.damaged)


def _tell(folder: RunFolder, job: Job, event: Resumed) -> None:
    """Add the resumption to environment.json."""
    try:
        held = dict(read_facts(folder.environment) or {})
    except Unreadable:
        held = {}
    now = describe_environment(job.seed, job.objective.auto, job.folder.path, job.fold)
    earlier = held.get("resumed")
    entry = {key: now[key] for key in _TOLD} | {"epoch": event.epoch, "step": event.step}
    listed = [*(earlier if isinstance(earlier, list) else []), entry]
    write_json(folder.environment, {**(held or now), "resumed": listed})


def _epochs_begun(found: Found | None) -> int:
    if found is None:
        return 0
    moment = place_of(found).moment
    return moment.epoch + (moment.step > 0)


def _fixed(settings: dict[str, object]) -> dict[str, object]:
    """The settings without what may change."""
    fixed = dict(settings)
    for path in MAY_CHANGE:
        *sections, key = path.split(".")
        _drop(fixed, sections, key)
    return fixed


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
    was, now = ("nothing" if value is UNSET else str(value) for value in difference.values)
    message = f"{difference.path} is {now}; expected {was}, which the run was trained with"
    help = f"a run goes on with {', '.join(MAY_CHANGE)} changed and nothing else; to change more, train a new one"
    keys = tuple(difference.path.split("."))
    return Diagnostic("resume-differs", message, follow(spec.root, keys).span, help=help)


def _check_data(folder: RunFolder, place: DataFolder, spec: Spec) -> None:
    before = read_marks(folder)
    try:
        found = changes(before, fingerprint(sections(spec)[1], place)) if before else []
    except OSError as error:
        raise rejected("no-file", f"{error.filename} cannot be read ({error.strerror})", "the run's data") from error
    if found:
        raise Rejected(
            Diagnostic(
                "changed-data",
                f"{place.path / change.name} has changed since the run began: now {describe(change.now)};"
                f" expected {describe(change.was)}",
                help="bring back the old data, or train a new run",
            )
            for change in found
        )
