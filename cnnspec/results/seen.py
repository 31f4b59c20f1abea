"""What was seen of the training data while it was read: statistics of examples that were evenly taken from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnspec.results.spread import Spread


@dataclass(frozen=True, slots=True)
class NumbersSeen:
    """What an input reads that is an array of numbers, or will be: of pictures in files it is known beforehand.

    `columns` are the places of an example with a single axis, each for itself. `white` is the largest number that
    may occur where the numbers are plainly pixels; None where nobody can tell.
    """

    input: str
    shape: tuple[int, ...]
    all: Spread
    columns: tuple[Spread, ...] = ()
    white: float | None = None


@dataclass(frozen=True, slots=True)
class DeepPictures:
    """Pictures of 16 bits: how many were looked at, the largest of their numbers, and which number is white."""

    input: str
    count: int
    most: int
    white: int


@dataclass(frozen=True, slots=True)
class TextsSeen:
    """The texts of an input as tokens: the most that a text has.

    `unspaced` holds, of each text that was looked at and is written without spaces between words, one such token.
    """

    input: str
    most: int
    looked_at: int = 0
    unspaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoldersSeen:
    """What lies in class folders: for each class the folders in it, nothing where files lie in it themselves."""

    place: str
    inside: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the training split holds; `counts` are its examples by class, by output, and `targets` numbers to learn."""

    numbers: tuple[NumbersSeen, ...] = ()
    pictures: tuple[DeepPictures, ...] = ()
    texts: tuple[TextsSeen, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    folders: FoldersSeen | None = None
    targets: Mapping[str, Spread] = field(default_factory=dict)
