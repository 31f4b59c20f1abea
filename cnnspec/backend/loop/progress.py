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
class Course:
    """How long the training is, what decides its order, and whether its steps are compiled by XLA."""

    epochs: int
    batch_size: int
    seed: int
    xla: bool = False


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch came to; figures of the validation start with `val_`."""

    number: int
    figures: Mapping[str, float]
    seconds: float
    learning_rate: float
    best: bool
    watched: Watched | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a training stands: at this moment, with the `figures` of the epoch's steps and the seconds spent on it."""

    moment: Moment
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
