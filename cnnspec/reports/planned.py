"""What a report reads of a training that is about to begin."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cnnspec.reports.transfer import Transfer


class LabelFacts(Protocol):
    """What one output learns in one split."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Labels by class; empty where they are numbers."""

    @property
    def span(self) -> tuple[float, float, float] | None:
        """The least, the mean and the largest, where labels are numbers."""

    @property
    def shared(self) -> bool:
        """Whether an example may count for several classes."""


class SplitFacts(Protocol):
    """The examples of one split."""

    @property
    def name(self) -> str:
        """Train, validation or test."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def labels(self) -> Mapping[str, LabelFacts]:
        """What each output learns."""


class Plan(Protocol):
    """What will be done with what."""

    @property
    def epochs(self) -> int:
        """How many there will be at most."""

    @property
    def steps_per_epoch(self) -> int:
        """The last one may have a smaller batch."""

    @property
    def batch_size(self) -> int:
        """Examples a step."""

    @property
    def seed(self) -> int | None:
        """What makes the training repeatable; None where it is drawn when the training runs."""

    @property
    def seed_drawn(self) -> bool:
        """Whether the spec names none."""

    @property
    def auto(self) -> Mapping[str, str]:
        """What the program chose by itself, the seed aside."""

    @property
    def params(self) -> int:
        """The network's parameters."""

    @property
    def splits(self) -> Sequence[SplitFacts]:
        """The splits that there are."""

    @property
    def held(self) -> int:
        """Bytes of data that stay in memory."""

    @property
    def transfer(self) -> Transfer | None:
        """The weights that it begins with, where not all are drawn."""

    @property
    def fold(self) -> tuple[int, int] | None:
        """Which part of how many a cross-validation tests on."""

    @property
    def over(self) -> str:
        """The devices that share out every batch; empty for one."""

    @property
    def notes(self) -> Sequence[str]:
        """What the user may not expect."""
