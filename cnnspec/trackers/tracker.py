"""What every tracker is: a store that is told a run's figures epoch by epoch, and again after an interruption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cnnspec.results.history import Ended


class Unavailable(Exception):
    """A tracker that cannot be written to now; its text says why. Nothing of the training depends on it."""


@dataclass(frozen=True, slots=True)
class Point:
    """Figures by name at an epoch (from 0), `when` in seconds since 1970."""

    epoch: int
    figures: Mapping[str, float]
    when: float


@dataclass(frozen=True, slots=True)
class Tracked:
    """A run as trackers know it.

    `started` tells runs of one name apart: when it began, as its environment.json says. `settings` are those of its
    spec by path, `spec` is the text, empty where it cannot be read.
    """

    name: str
    path: str
    spec_name: str
    started: str
    settings: Mapping[str, str]
    tags: Mapping[str, str]
    spec: str


class Tracker(Protocol):
    """One store. Whatever it cannot do is Unavailable, and then it is begun again with all points."""

    @property
    def name(self) -> str:
        """What a message calls it: `TensorBoard in events`, `MLflow at http://localhost:5000`."""

    def begin(self, run: Tracked, points: Sequence[Point]) -> None:
        """Let the store hold these points of the run and no others, whatever it held of it; raises Unavailable."""

    def add(self, point: Point) -> None:
        """One more point; raises Unavailable."""

    def end(self, status: Ended) -> None:
        """The training is over; raises Unavailable."""
