"""Whom a training is shared with: the replicas of this process, and the other processes."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import tensorflow as tf

from cnnspec.backend.data.share import WHOLE, Share
from cnnspec.backend.parallel.control_channel import ControlChannel
from cnnspec.backend.steps.replicas import Replicas
from cnnspec.backend.steps.sharded import ShardedStepper
from cnnspec.backend.steps.stepper import Stepper
from cnnspec.backend.steps.watch import Watch
from cnnspec.results.failure import RunFailed
from cnnspec.runs.settings import UNSET, differences

T = TypeVar("T")
Asked = Callable[[], bool]
_OF_OTHERS = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
_ABORTED = "Collective ops is aborted"
_MOST, _LONGEST = 3, 60
"""Differences from the chief that are told, and characters of a value."""
_NOTICED = 22.0
"""Seconds after which a process that fell silent is known to be lost."""


@dataclass(frozen=True, slots=True)
class Participants:
    """Who takes part in a training; by default one device of one process."""

    replicas: Replicas | None = None
    channel: ControlChannel | None = None

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run and speaks to the user."""
        return self.channel is None or self.channel.is_chief

    @property
    def share(self) -> Share:
        """What this process reads of every batch."""
        return self.replicas.share if self.replicas else WHOLE

    def stepper(self, learner: Any, batch_size: int, xla: bool = False, watch: Watch | None = None) -> Stepper:
        """What runs the steps of a training."""
        pace = self.channel.pace if self.channel else lambda steps: steps
        if self.replicas is None:
            return Stepper(learner, xla, watch=watch, pace=pace)
        return ShardedStepper(learner, self.replicas, batch_size, watch, pace)

    def agreed(self, decide: Callable[[], T]) -> T:
        """What the chief decides, told to every process; the others do not decide. It must be what JSON can hold."""
        if self.channel is None:
            return decide()
        found: T = self.channel.told(decide() if self.is_chief else None)
        return found

    def alike(self, variables: Sequence[Any]) -> None:
        """Let every process begin with the chief's values: another kind of processor may draw others."""
        if self.channel is not None and self.replicas is not None:
            self.replicas.spread(variables)

    def must_agree(self, facts: Mapping[str, Any], needed: str) -> None:
        """Raise RunFailed unless all facts are the chief's: on a process that has others, with both, and on the chief.

        They must be what JSON can hold; `needed` says what every process must have.
        """
        if self.channel is None:
            return
        there = self.agreed(lambda: facts)
        if json.dumps(there) == json.dumps(facts):
            self.channel.settle()
            return
        found = list(differences([there, facts]))
        who = f"on worker {self.channel.cluster.index}"
        said = [f"{each.path} is {_cut(each.values[1])} {who}; expected {_cut(each.values[0])}" for each in found]
        more = f", and {len(said) - _MOST} differences more" if len(said) > _MOST else ""
        message = f"{'; '.join(said[:_MOST])}, as the chief has it{more}"
        raise RunFailed("worker-differs", message, f"see that there are {needed}")

    def heeding(self, asked: Asked) -> Asked:
        """Whether any process was asked to stop, as all know it since the last pause; `asked` speaks of this one."""
        channel = self.channel
        if channel is None:
            return asked
        channel.wishes = asked
        return lambda: channel.asked

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Turn what TensorFlow says when another process is gone into RunFailed naming it."""
        try:
            yield
        except tf.errors.OpError as error:
            if self.channel is None or not (isinstance(error, _OF_OTHERS) or _ABORTED in str(error)):
                raise
            self.channel.refuse_lost(_NOTICED)
            raise self.channel.failure() from error

    def resumed_by(self, command: str) -> None:
        """Let whoever loses another process name the command that goes on with the run."""
        if self.channel is not None:
            self.channel.resumption = command


SOLO = Participants()


def _cut(value: object) -> str:
    text = "nothing" if value is UNSET else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
