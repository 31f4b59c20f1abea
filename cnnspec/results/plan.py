"""What a training is going to do, known before its first step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cnnspec.results.skipped import Skipped
from cnnspec.results.transfer import Transfer
from cnnspec.source.diagnostic import Diagnostic

_FOLD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What one output learns in one split: how many labels of each class, or where labels are numbers, their range.

    `span` is the least, the mean and the largest of the numbers; `shared` says that an example may be of several
    classes, or hold many labels, so that the counts do not add up to the examples.
    """

    counts: Mapping[str, int]
    span: tuple[float, float, float] | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """The examples of one split, and what the outputs learn in it by their names."""

    name: str
    count: int
    labels: Mapping[str, LabelFacts]


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """A phase of a training; `changes` are how many of the network's parameters it changes."""

    name: str
    epochs: int
    steps_per_epoch: int
    batch_size: int
    changes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done with what. `auto` is what the program chose by itself, a drawn seed aside.

    `seed` is None where it is drawn when the training runs, `params` are the network's parameters, `precision` is
    what layers compute with, `held` the bytes of data that stay in memory, `fold` the part of a cross-validation
    and how many parts there are, `over` the devices that share out every batch, in words, where they are several,
    `transfer` the weights that it begins with, `notes` what the user may not expect, `doubts` what is said of the data,
    `skipped` the examples that could not be read.
    """

    epochs: int
    steps_per_epoch: int
    batch_size: int
    seed: int | None
    seed_drawn: bool
    auto: Mapping[str, str]
    params: int
    splits: tuple[SplitFacts, ...]
    precision: str = "float32"
    held: int = 0
    fold: tuple[int, int] | None = None
    transfer: Transfer | None = None
    over: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    phases: tuple[PhaseFacts, ...] = ()
    """Where the training is in phases: `epochs` are those of all, and the rest that of the first."""

    @property
    def steps(self) -> int:
        """Those of the whole training."""
        each = self.phases or (PhaseFacts("", self.epochs, self.steps_per_epoch, self.batch_size, 0),)
        return sum(phase.epochs * phase.steps_per_epoch for phase in each)

    @property
    def counts(self) -> Mapping[str, int]:
        """Examples by split."""
        return {split.name: split.count for split in self.splits}


def written_fold(fold: tuple[int, int]) -> str:
    """A part of a cross-validation as it is given to train: `3/10`, the third of ten."""
    return f"{fold[0]}/{fold[1]}"


def fold_numbers(text: str) -> tuple[int, int] | None:
    """The two numbers of `3/10`, which may be no part of a whole; None for anything else."""
    match = _FOLD.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def is_part(number: int, of: int) -> bool:
    """Whether there is such a part, of two or more."""
    return 1 <= number <= of and of > 1
