"""What happens while a run goes on, for whoever shows it. Times are in seconds, epochs count from 0."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnspec.results.plan import Plan
from cnnspec.results.watched import Watched
from cnnspec.source.diagnostic import Diagnostic

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Everything is ready, and the run's folder is there."""

    run: str
    path: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class EpochStarted:
    """An epoch begins, of a `phase` where the training has some; `epochs` are those of all phases."""

    epoch: int
    epochs: int
    phase: str = ""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody asked the training to stop, `by` Ctrl-C or SIGTERM; by nothing where it was another process's.

    It does once its state is saved. This alone may come from another thread than the other events.
    """

    by: str = ""


@dataclass(frozen=True, slots=True)
class StepsDone:
    """Some steps of an epoch are done; `figures` are means since it began.

    `rate` is examples a second lately; `left` an estimate of the seconds to the end of all epochs. There are none
    after the first call of a process, which TensorFlow compiles.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    figures: Figures
    rate: float | None
    left: float | None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is over, validation included. `best` says whether its weights are the best so far.

    `watched` are the sizes of gradients and activations, where `training.watch` asks for them; `left` is an estimate of
    the seconds that all others take.
    """

    epoch: int
    epochs: int
    figures: Figures
    seconds: float
    learning_rate: float
    best: bool
    watched: Watched | None = None
    left: float | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The training goes on after `step` steps of `epoch`, from `checkpoint`; from the start where there is none.

    `ended` are the epochs that are over; `damaged` says of each newer checkpoint why it cannot be used, `notes` what
    may make the rest differ from that of a run that was never interrupted, `changes` which settings are others now;
    `left` are the steps that are left, where epochs are of different lengths.
    """

    epoch: int
    step: int
    checkpoint: str = ""
    ended: tuple[EpochEnded, ...] = ()
    damaged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    left: int | None = None


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """The run is finished: `epochs` are done, `figures` its result. Where early stopping ended it, it is `stopped`.

    Of a training in phases `longer` is the setting that gives it more: the epochs of the last, twice as many as now.
    """

    path: str
    epochs: int
    stopped: bool
    figures: Figures
    longer: str = ""


@dataclass(frozen=True, slots=True)
class StoppedEarly:
    """Early stopping ended the training, or a `phase` of it, after this epoch.

    `restored` is the epoch whose weights are back.
    """

    epoch: int
    monitor: str
    restored: int | None = None
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """The weights of `epoch` were evaluated on a split."""

    split: str
    count: int
    epoch: int
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The state could not be saved at these `places`, each so many steps after so many epochs; the training goes on.

    `reason` is the system's and `help` what to do about it. Where it fails again for the same reason only the first
    time is told at once, the rest together: it is over once the state was `saved_again` at a place.
    """

    places: tuple[tuple[int, int], ...]
    reason: str
    help: str = ""
    repeated: bool = False
    saved_again: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Doubted:
    """Something is amiss with the training, which goes on: a warning with its place in the spec. Each comes once."""

    diagnostic: Diagnostic


Event = (
    RunStarted
    | EpochStarted
    | StopAsked
    | StepsDone
    | EpochEnded
    | Resumed
    | NothingLeft
    | StoppedEarly
    | Scored
    | NotSaved
    | Doubted
)
