"""How far a training has come: its course, a moment of it, an epoch that ended, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnspec.results.watched import Watched


@dataclass(frozen=True, slots=True)
class Moment:
    """After so many steps of an epoch, counted from 0."""

    epoch: int
    step: int

    def __str__(self) -> str:
        return f"step {self.step} of epoch {self.epoch + 1}" if self.step else "the start"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a phase of the training began: its number from 0, after so many epochs and steps of the training.

    `taken` are the steps that its optimizer had taken then.
    """

    phase: int = 0
    epoch: int = 0
    step: int = 0
    taken: int = 0


FROM_THE_START = Begun()


@dataclass(frozen=True, slots=True)
class Course:
    """How long the training is, what decides its order, and whether its steps are compiled by XLA.

    It is the whole training or a phase of it, with a name, that has `begun` and ends once `epochs` of the training are
    over; then so many `later` ones are left to other phases.
    """

    epochs: int
    batch_size: int
    seed: int
    xla: bool = False
    begun: Begun = FROM_THE_START
    later: int = 0
    phase: str = ""

    @property
    def all_epochs(self) -> int:
        """Those of the whole training, as far as is known."""
        return self.epochs + self.later

    def done(self, moment: Moment, steps: int) -> int:
        """How many steps of it are over, in epochs of so many."""
        return (moment.epoch - self.begun.epoch) * steps + moment.step


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch came to; figures of the validation start with `val_`."""

    number: int
    figures: Mapping[str, float]
    seconds: float
    learning_rate: float
    best: bool
    watched: Watched | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a training stands: at this moment, with the `figures` of the epoch's steps and the seconds spent on it."""

    moment: Moment
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
