"""Whom a training is shared with: the replicas of this process, and the other processes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cnnspec.backend.data.share import WHOLE, Share
from cnnspec.backend.link import Link
from cnnspec.backend.replicas import Replicas
from cnnspec.backend.sharded import ShardedStepper
from cnnspec.backend.steps import Stepper
from cnnspec.backend.watch import Watch

T = TypeVar("T")
Asked = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Team:
    """Who takes part in a training; by default one device of one process."""

    replicas: Replicas | None = None
    link: Link | None = None

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run and speaks to the user."""
        return self.link is None or self.link.is_chief

    @property
    def share(self) -> Share:
        """What this process reads of every batch."""
        return self.replicas.share if self.replicas else WHOLE

    def stepper(self, learner: Any, batch_size: int, xla: bool = False, watch: Watch | None = None) -> Stepper:
        """What runs the steps of a training."""
        pace = self.link.pace if self.link else lambda steps: steps
        if self.replicas is None:
            return Stepper(learner, xla, watch=watch, pace=pace)
        return ShardedStepper(learner, self.replicas, batch_size, watch, pace)

    def agreed(self, decide: Callable[[], T]) -> T:
        """What the chief decides, told to every process; the others do not decide. It must be what JSON can hold."""
        if self.link is None:
            return decide()
        found: T = self.link.told(decide() if self.is_chief else None)
        return found

    def heeding(self, asked: Asked) -> Asked:
        """Whether any process was asked to stop, as all know it since the last pause; `asked` speaks of this one."""
        link = self.link
        if link is None:
            return asked
        link.wishes = asked
        return lambda: link.asked


SOLO = Team()
