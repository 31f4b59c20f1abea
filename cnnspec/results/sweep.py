"""A sweep: what is tried, and what each trial came to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cnnspec.results.series import Estimate, Member, estimate

TrialState = Literal["finished", "pruned", "failed", "running"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A combination of values by path, as --set takes them, with its trainings, one a seed.

    `value` is the mean of the figure that the sweep watches; `epochs` are that figure of the first seed by epoch.
    Numbers count from 0.
    """

    number: int
    values: Mapping[str, str]
    state: TrialState
    value: float | None = None
    members: tuple[Member, ...] = ()
    epochs: Mapping[int, float] | None = None
    reason: str = ""

    def estimate(self, monitor: str) -> Estimate | None:
        """The watched figure over the seeds."""
        values = [each.figures[monitor] for each in self.members if monitor in each.figures]
        return estimate(monitor, values) if values else None


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A training of a trial begins, or goes on: the `member` of its series, of so many trials in all."""

    number: int
    wanted: int
    values: Mapping[str, str]
    member: str


@dataclass(frozen=True, slots=True)
class TrialEpoch:
    """An epoch of it, from 0 and of so many, is over."""

    number: int
    member: str
    epoch: int
    epochs: int
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A trial is over; `best` is the best of all so far."""

    trial: Trial
    best: Trial | None


SweepEvent = TrialStarted | TrialEpoch | TrialEnded


@dataclass(frozen=True, slots=True)
class Sweep:
    """A study as it stands: `wanted` trials of a spec, which commands name by the `argument`.

    They are judged by `monitor`, of which small values are better, or large ones, as `direction` says.

    `space` says by path what is tried, as people write it. `importances` say how much of what differs between trials
    each path explains by itself, from 0 to 1, of those that differ; there are none before a few trials are finished.
    """

    spec: str
    argument: str
    study: str
    space: Mapping[str, str]
    logarithmic: frozenset[str]
    wanted: int
    seeds: tuple[int, ...]
    sampler: str
    pruner: str
    monitor: str
    direction: Literal["min", "max"]
    trials: tuple[Trial, ...]
    importances: Mapping[str, float]
    settings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """What `train` must be told beside these: where runs and data lie."""

    @property
    def finished(self) -> tuple[Trial, ...]:
        """The trials that came to their end, the best first; of equal ones the earlier."""
        ended = [each for each in self.trials if each.state == "finished" and each.value is not None]
        sign = 1 if self.direction == "min" else -1
        return tuple(sorted(ended, key=lambda each: (sign * _finite(each.value), each.number)))

    @property
    def best(self) -> Trial | None:
        """The best trial, if one is finished."""
        return next(iter(self.finished), None)


def _finite(value: float | None) -> float:
    return math.inf if value is None else value
