"""What a checkpoint says, checked once. A stranger's is read like any other, so it counts only in this form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnspec.backend.data.splits import Array
from cnnspec.backend.loop.progress import FROM_THE_START, Begun, Epoch, Moment, Position
from cnnspec.backend.resume.state import State, unpacked
from cnnspec.results.watched import Watched
from cnnspec.runs.checkpoint import Found, read_newest
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

Count = Annotated[int, Field(ge=0)]
Figures = dict[str, float]
Known = dict[str, float | int | None]
"""What a callback knows, by the name of its attribute."""
BEST = "best"
"""The name under which a checkpoint holds the weights of the best epoch."""


EpochForm = tuple[Figures, float, float, bool, Watched | None] | tuple[Figures, float, float, bool, Watched | None, str]
"""With the name of its phase, where the training has some."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BestSoFar(_Form):
    """The epoch that is the best so far, and its value."""

    epoch: Count
    value: float


class TrainingForm(_Form):
    """Whether the training was stopped, the best epoch, and what each callback knows, by the name of its class."""

    stopped: bool
    best: BestSoFar
    callbacks: dict[str, Known]


class RunForm(_Form):
    """The epochs that ended, and the seconds of the whole run.

    Of each epoch figures, seconds, learning rate, whether it was the best, what was watched, and the name of its phase.
    """

    epochs: tuple[EpochForm, ...]
    seconds: float


class CheckpointForm(_Form):
    """All that is no array; `place` is epoch, step, figures and seconds of the epoch that goes on.

    `phase` says which phase of the training it is in, and after how many epochs, steps and steps of its optimizer that
    began; older checkpoints are of trainings without phases.
    """

    place: tuple[Count, Count, Figures, float]
    training: TrainingForm
    run: RunForm
    settings: dict[str, Any]
    phase: tuple[Count, Count, Count, Count] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """From where a training goes on: the newest whole checkpoint of its run, its form checked.

    `step` counts from the start of the training; `epochs` and `seconds` are those of the whole run until then.
    `damaged` are newer checkpoints, in words.
    """

    path: Path
    damaged: tuple[str, ...]
    step: int
    position: Position
    state: State
    stopped: bool
    epochs: tuple[Epoch, ...]
    seconds: float
    best_weights: tuple[Array, ...]
    settings: dict[str, Any]
    begun: Begun = FROM_THE_START
    """Where the phase of the training began that it is in."""


def read_resume_point(folder: RunFolder) -> ResumePoint | None:
    """From where a run goes on; None where it has no checkpoint at all.

    Raises Rejected where none is whole, and where the newest has another form or speaks of an epoch that never was.
    """
    found = read_newest(folder)
    return None if found is None else _point(found, _checked(found))


def _checked(found: Found) -> CheckpointForm:
    try:
        form = CheckpointForm.model_validate(found.checkpoint.facts)
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(found, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    epoch, ended, best = form.place[0], len(form.run.epochs), form.training.best.epoch
    if ended != epoch or best >= max(ended, 1):
        raise _unusable(found, f"{ended} epochs ended before epoch {epoch}, the best of them number {best}")
    if form.phase[1] > epoch or form.phase[2] > found.checkpoint.step:
        raise _unusable(found, f"a phase that began after epoch {form.phase[1]}, in epoch {epoch}")
    return form


def _point(found: Found, form: CheckpointForm) -> ResumePoint:
    epoch, step, figures, seconds = form.place
    return ResumePoint(
        path=found.path,
        damaged=found.damaged,
        step=found.checkpoint.step,
        position=Position(Moment(epoch, step), figures, seconds),
        state=State(form.training.model_dump(), found.checkpoint.pieces),
        stopped=form.training.stopped,
        epochs=tuple(Epoch(number, *row) for number, row in enumerate(form.run.epochs)),
        seconds=form.run.seconds,
        best_weights=tuple(unpacked(found.checkpoint.pieces, BEST)),
        settings=form.settings,
        begun=Begun(*form.phase),
    )


def _unusable(found: Found, why: str) -> Rejected:
    """The error for a checkpoint that is whole, and yet no training's."""
    help = "resume another run, or train anew; take no runs from people you do not trust"
    message = f"{found.path} is no checkpoint of a training ({why}); expected one that cnnspec wrote"
    return rejected("bad-checkpoint", message, help=help, at=NOWHERE)
