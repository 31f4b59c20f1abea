"""A run trained once more: what was as it was, and whether it came to the same. Epochs count from 0."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a training depends on, as it was and as it is now; `bears` says whether figures hang on it."""

    what: str
    was: str
    now: str
    bears: bool = True

    @property
    def same(self) -> bool:
        """Whether it is as it was."""
        return self.was == self.now


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that differs: of an epoch, or of the test split, whose `epoch` is None; one that is lacking is None."""

    epoch: int | None
    name: str
    was: float | None
    now: float | None

    @property
    def by(self) -> float | None:
        """By how much; None where one of them has none."""
        return None if self.was is None or self.now is None else abs(self.was - self.now)


@dataclass(frozen=True, slots=True)
class Weights:
    """What became of the weights in a file of this name: so many of how many differ, and by how much at most.

    `first` is the first of those that differ; `largest` is None where one is there on one side alone, or of another
    shape.
    """

    file: str
    count: int
    differing: int = 0
    first: str = ""
    largest: float | None = None


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A `run` and what it came to `again`, in a folder of its own, over so many epochs and figures of each.

    `figure` is the first one that differs, `texts` are files of words or classes that do.
    """

    run: str
    again: str
    checks: tuple[Check, ...]
    epochs: int
    figures: int
    figure: Figure | None
    weights: tuple[Weights, ...]
    texts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether all figures and all weights are the same to the last bit."""
        return self.figure is None and not self.texts and all(not each.differing for each in self.weights)
