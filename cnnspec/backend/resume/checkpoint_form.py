"""What a checkpoint says beside its arrays. A stranger's is read like any other, so it counts only in this form."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnspec.results.watched import Watched
from cnnspec.runs.checkpoint import Found
from cnnspec.source.diagnostic import Diagnostic, Rejected

Count = Annotated[int, Field(ge=0)]
Figures = dict[str, float]
Known = dict[str, float | int | None]
"""What a callback knows, by the name of its attribute."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BestSoFar(_Form):
    """The epoch that is the best so far, and its value."""

    epoch: Count
    value: float


class Training(_Form):
    """Whether the training was stopped, the best epoch, and what each callback knows, by the name of its class."""

    stopped: bool
    best: BestSoFar
    callbacks: dict[str, Known]


class Ran(_Form):
    """The epochs that ended, and the seconds of the whole run.

    Of each epoch figures, seconds, learning rate, whether it was the best, and what was watched.
    """

    epochs: tuple[tuple[Figures, float, float, bool, Watched | None], ...]
    seconds: float


class Kept(_Form):
    """All of it; `place` is epoch, step, figures and seconds of the epoch that goes on."""

    place: tuple[Count, Count, Figures, float]
    training: Training
    run: Ran
    settings: dict[str, Any]


def read_kept(found: Found) -> Kept:
    """What a checkpoint says; raises Rejected where it has another form, or speaks of an epoch that never was."""
    try:
        kept = Kept.model_validate(found.checkpoint.facts)
    except ValidationError as error:
        first = error.errors()[0]
        raise unusable(found, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    epoch, ended, best = kept.place[0], len(kept.run.epochs), kept.training.best.epoch
    if ended != epoch or best >= max(ended, 1):
        raise unusable(found, f"{ended} epochs ended before epoch {epoch}, the best of them number {best}")
    return kept


def unusable(found: Found, why: str) -> Rejected:
    """The error for a checkpoint that is whole, and yet no training's."""
    help = "resume another run, or train anew; take no runs from people you do not trust"
    message = f"{found.path} is no checkpoint of a training ({why}); expected one that cnnspec wrote"
    return Rejected([Diagnostic("bad-checkpoint", message, help=help)])
