"""Weights that a training begins with: which came from a file, and which did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cnnspec.results.marks import Mark
from cnnspec.source.diagnostic import Diagnostic

Fate = Literal["loaded", "by word", "new", "mismatched"]
Way = Literal["name", "structure"]


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one weight of the network: `name` of the layer `layer`, its weight `number`.

    `found` is the shape in the file, None where there is none; of one that is loaded `by word` so many of the `words`
    were `known` there, and the rows of the others are new. `why` says what is wrong where it is not the shape. `there`
    is the layer in the file that was taken for this one.
    """

    stage: str
    layer: str
    name: str
    number: int
    shape: tuple[int, ...]
    size: int
    fate: Fate
    found: tuple[int, ...] | None = None
    words: int = 0
    known: int = 0
    why: str = ""
    there: str = ""

    @property
    def taken(self) -> int:
        """How many of its numbers come from the file."""
        if self.fate == "by word":
            return self.known * (self.size // self.shape[0])
        return self.size if self.fate == "loaded" else 0


@dataclass(frozen=True, slots=True)
class Tally:
    """So many weights, with so many numbers in all."""

    tensors: int
    numbers: int


@dataclass(frozen=True, slots=True)
class StageMoved:
    """The weights of a stage by their fate; `frozen` are numbers that training leaves as they are.

    A table that is loaded by word counts as loaded; the numbers of its new words are among the new ones.
    """

    stage: str
    loaded: Tally
    new: Tally
    mismatched: Tally
    frozen: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Weights that a training begins with.

    `file` is the one they were read from, `files` are the marks of it and of the vocabularies beside it by their paths.
    `unused` are weights in the file, with their shapes, for which the network has no place; `remarks` say what else
    there is to know. `new` are the parts that may keep drawn weights; `way` is how layers were found in the file.
    """

    file: str
    files: Mapping[str, Mark]
    strict: bool
    weights: tuple[Moved, ...]
    unused: tuple[tuple[str, tuple[int, ...]], ...] = ()
    frozen: Mapping[str, int] | None = None
    remarks: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    way: Way = "name"
    doubts: tuple[Diagnostic, ...] = ()
    """What is doubtful of them."""

    def count(self, *fates: Fate) -> int:
        """How many weights have one of these fates."""
        return sum(moved.fate in fates for moved in self.weights)

    @property
    def stages(self) -> tuple[StageMoved, ...]:
        """The weights by stage, in the network's order."""
        titles = dict.fromkeys(moved.stage for moved in self.weights)
        return tuple(self._stage(title) for title in titles)

    def _stage(self, title: str) -> StageMoved:
        mine = [moved for moved in self.weights if moved.stage == title]
        loaded = [moved for moved in mine if moved.fate in ("loaded", "by word")]
        new, other = ([moved for moved in mine if moved.fate == fate] for fate in ("new", "mismatched"))
        left = sum(moved.size - moved.taken for moved in loaded)
        return StageMoved(
            title,
            Tally(len(loaded), sum(moved.taken for moved in loaded)),
            Tally(len(new), left + sum(moved.size for moved in new)),
            Tally(len(other), sum(moved.size for moved in other)),
            (self.frozen or {}).get(title, 0),
        )


@dataclass(frozen=True, slots=True)
class Start:
    """What a command was told to start from: a run's folder or a file of weights, and whether all must fit.

    `new` are stages, entries or layers that need not be there.
    """

    path: Path
    strict: bool = True
    new: tuple[str, ...] = ()


def loaded_layers(transfer: Transfer | None) -> frozenset[str]:
    """The layers that have weights of the file."""
    return frozenset(moved.layer for moved in (transfer.weights if transfer else ()) if moved.fate == "loaded")
