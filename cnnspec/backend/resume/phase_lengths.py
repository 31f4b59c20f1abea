"""How long the phases of a training are, and which lengths may change when a run goes on."""

from collections.abc import Mapping

from cnnspec.backend.loop.progress import Begun
from cnnspec.backend.prepared import sections
from cnnspec.backend.resume.checkpoint_form import ResumePoint
from cnnspec.language.spec import Spec
from cnnspec.language.training import Training
from cnnspec.runs.settings import section
from cnnspec.source.diagnostic import rejected


def last_phase(spec: Spec) -> int:
    """The number of the last phase, from 0; that of a training without phases."""
    return max(0, len(spec.phases) - 1)


def length_of(spec: Spec, phase: int) -> tuple[str, int]:
    """The setting that says how long a phase is, or the training without phases; and how long."""
    training = sections(spec)[0]
    if not spec.phases:
        return "training.epochs", training.epochs
    written = training.phases is not None and "epochs" in training.phases[phase].model_fields_set
    path = f"training.phases.{phase}.epochs" if written else "training.epochs"
    return path, spec.phases[phase].training.epochs


def check_epochs(point: ResumePoint, spec: Spec, before: Mapping[str, object], now: Mapping[str, object]) -> None:
    """Raise Rejected where a phase that is over, or what is over of one that goes on, is given another length.

    `before` are the settings of the checkpoint, `now` those of the spec.
    """
    for number in range(point.begun.phase):
        path, (was, wanted) = length_of(spec, number)[0], (epochs_in(each, number) for each in (before, now))
        if wanted != was:
            received = f"{path}: {wanted}, where that phase of the training is over"
            help = "leave it as it is; the phases that are not over may be longer, or shorter"
            raise rejected("resume-differs", received, str(was), help, at=keys_of(path))
    path, epochs = length_of(spec, point.begun.phase)
    done = _epochs_begun(point)
    if epochs < done:
        received = f"{path}: {epochs}, where the training is in epoch {done}"
        help = "set more epochs, or leave them as they are"
        raise rejected("resume-differs", received, f"at least {done}", help, at=keys_of(path))


def epochs_in(settings: Mapping[str, object], phase: int) -> object:
    """How long a phase is by the settings of a run, as it is written there: a number, or how it is computed."""
    held = section(settings, "training")
    phases = held.get("phases")
    mine = phases[phase] if isinstance(phases, list) and phase < len(phases) else {}
    return mine.get("epochs", held.get("epochs", 1)) if isinstance(mine, dict) else 1


def keys_of(path: str) -> tuple[str | int, ...]:
    """The keys of a setting in messages: `training.phases.1.epochs`."""
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


def all_epochs(spec: Spec, begun: Begun) -> int:
    """How many epochs a training has, as far as is known in a phase that has begun."""
    return begun.epoch + sum(each.epochs for each in trainings(spec)[begun.phase :])


def steps_left(spec: Spec, point: ResumePoint, count: int) -> int:
    """How many steps are left to a training over so many examples."""
    lengths = [(each.epochs, -(-count // each.batch_size)) for each in trainings(spec)[point.begun.phase :]]
    moment = point.position.moment
    done = (moment.epoch - point.begun.epoch) * lengths[0][1] + moment.step
    return sum(epochs * steps for epochs, steps in lengths) - done


def trainings(spec: Spec) -> tuple[Training, ...]:
    """What holds in each phase; in a training without phases, all along."""
    return tuple(phase.training for phase in spec.phases) or (sections(spec)[0],)


def _epochs_begun(point: ResumePoint) -> int:
    """How many epochs of its phase have begun."""
    moment = point.position.moment
    return moment.epoch - point.begun.epoch + (moment.step > 0)
