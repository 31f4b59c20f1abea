"""What a loop is made of: the network that it trains, and whom it calls on its way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.loop.listeners import Listeners
from cnnspec.backend.loop.progress import Epoch, Position
from cnnspec.backend.objective.callbacks import Best
from cnnspec.backend.objective.yardstick import UNKNOWN, Yardstick
from cnnspec.backend.steps.watch import Watch
from cnnspec.results.events import Event


@dataclass(frozen=True, slots=True)
class Trainee:
    """A compiled model with the batches that it learns from and is validated on, and which of its epochs is the best.

    A `watch` sees every step; the `yardstick` is what its losses are held against.
    """

    learner: Any
    train: Batches
    best: Best
    validation: Batches | None = None
    watch: Watch | None = None
    yardstick: Yardstick = UNKNOWN

    @property
    def watched(self) -> tuple[Any, ...]:
        """The variables in which the watch adds up what it sees."""
        return tuple(self.watch.variables) if self.watch else ()


class StateKeeper(Protocol):
    """What keeps the state of a training, and decides when."""

    @property
    def every(self) -> int:
        """Steps between two times that the state is kept."""

    def begin(self, callbacks: list[Any]) -> Position:
        """Put an earlier state back, if there is one, and say where it stands."""

    def keep(self, position: Position, last: bool = False) -> None:
        """Keep the state; `last` waits until it is on the disk, and raises RunFailed where it cannot be."""

    def tell(self) -> None:
        """Tell what could not be kept."""

    def asked(self) -> bool:
        """Whether the training is to stop as soon as it can."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Whom a loop calls; by default nobody hears of anything, and the state is not kept.

    `after_epoch` is called when an epoch is over, before the `listeners` hear of it and early stopping acts on it.
    """

    after_epoch: Callable[[Epoch], None] = lambda epoch: None
    on_event: Callable[[Event], None] = lambda event: None
    keeper: StateKeeper | None = None
    listeners: Listeners = field(default_factory=Listeners)
