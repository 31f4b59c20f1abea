"""What a report on runs reads; epochs count from 0, times are in seconds, points in time since 1970."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Best(Protocol):
    """The epoch whose weights were kept as the best, and the figure that says so."""

    @property
    def epoch(self) -> int:
        """Which epoch."""

    @property
    def monitor(self) -> str:
        """The figure's name."""

    @property
    def value(self) -> float:
        """Its value there."""


class Stretch(Protocol):
    """What a run computed on from a step of an epoch on."""

    @property
    def epoch(self) -> int:
        """Which epoch."""

    @property
    def step(self) -> int:
        """How many steps of it were done."""

    @property
    def place(self) -> str:
        """`2 workers`."""

    @property
    def words(self) -> str:
        """The same, with precision and threads."""

    @property
    def shares(self) -> bool:
        """Whether several devices shared every batch."""

    @property
    def facts(self) -> Mapping[str, object]:
        """All of it for scripts."""


class Machine(Protocol):
    """Where and with what a run was begun or gone on with."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of Python and of each package."""

    @property
    def platform(self) -> str:
        """The operating system."""

    @property
    def cpus(self) -> int | None:
        """How many processors there were."""

    @property
    def command(self) -> Sequence[str]:
        """The command line."""


class Resumption(Protocol):
    """A process that went on with a run."""

    @property
    def started(self) -> float:
        """When it began."""

    @property
    def epoch(self) -> int:
        """The epoch in which, from 0."""

    @property
    def step(self) -> int:
        """The steps of it that were done."""

    @property
    def machine(self) -> Machine:
        """Where and with what."""


class Environment(Machine, Protocol):
    """Where, with what and from what a run was made."""

    @property
    def resumed(self) -> Sequence[Resumption]:
        """Those that went on with it, in order."""

    @property
    def auto(self) -> Mapping[str, str]:
        """What was chosen by itself."""

    @property
    def ran_on(self) -> Sequence[Stretch]:
        """What it computed on, in the order of its epochs."""

    @property
    def data_folder(self) -> str:
        """Where the paths of its data start."""


class Run(Protocol):
    """How a run ended and what it came to."""

    @property
    def name(self) -> str:
        """`digits-3`."""

    @property
    def path(self) -> str:
        """Its folder."""

    @property
    def status(self) -> str:
        """`finished`, `interrupted`, `failed`, `unfinished` or `damaged`."""

    @property
    def reason(self) -> str:
        """Why it failed."""

    @property
    def epochs(self) -> int:
        """How many ended."""

    @property
    def best(self) -> Best | None:
        """Its best epoch."""

    @property
    def scores(self) -> Mapping[str, float]:
        """The figures of the best epoch, or of the last."""

    @property
    def seconds(self) -> float | None:
        """How long it took."""

    @property
    def started(self) -> float:
        """When it began."""

    @property
    def written(self) -> float:
        """When something was written last."""

    @property
    def environment(self) -> Environment:
        """Where, with what and from what it was made."""

    @property
    def problems(self) -> Sequence[str]:
        """What its folder should hold and does not."""


class Difference(Protocol):
    """A setting in which runs differ."""

    @property
    def path(self) -> str:
        """Its path in the spec."""

    @property
    def values(self) -> Sequence[object]:
        """What each run has."""


Settings = Mapping[str, object]
"""The sections of a run's spec as plain values."""


@dataclass(frozen=True, slots=True)
class Known:
    """A run with its settings, and why there are none where they cannot be read; `name` tells it from others."""

    run: Run
    settings: Settings
    problem: str = ""
    name: str = ""
