"""What the reports on data are handed: read only, and as the backend's classes of the same names have it."""

from collections.abc import Sequence
from typing import Protocol


class Counted(Protocol):
    """A split, and how many examples it has."""

    name: str
    count: int


class Named(Protocol):
    """What has a name."""

    name: str


class Range(Protocol):
    """Numbers from where to where."""

    name: str
    least: float
    mean: float
    deviation: float
    most: float


class ClassCount(Protocol):
    """A class, and how many examples of each split it has."""

    name: str
    counts: Sequence[int]


class Constant(Protocol):
    """What one answer for every example scores on each split."""

    answer: str
    figure: str
    scores: Sequence[float]


class LabelView(Protocol):
    """What an output learns: `class`, `labels` or `values`."""

    output: str
    form: str
    counted: str
    splits: Sequence[str]
    classes: Sequence[ClassCount]
    ranges: Sequence[Range]
    imbalance: float | None
    constant: Constant


class ArrayView(Protocol):
    """An input that reads numbers."""

    input: str
    dtype: str
    shape: tuple[int, ...]
    splits: Sequence[Range]
    columns: Sequence[Range]


class Scaled(Protocol):
    """Pictures that are made larger, or smaller."""

    count: int
    median: float
    furthest: float


class SplitSizes(Protocol):
    """The pictures of a split; sizes are height and width."""

    name: str
    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]
    enlarged: Scaled
    kept: int
    shrunk: Scaled
    lost: tuple[float, float]


class PictureView(Protocol):
    """An input that reads pictures from files."""

    input: str
    shape: tuple[int, int, int]
    resize: str
    interpolation: str
    formats: Sequence[tuple[str, int]]
    splits: Sequence[SplitSizes]


class Word(Protocol):
    """A word of the vocabulary."""

    word: str
    id: int
    count: int


class SplitLengths(Protocol):
    """The texts of a split, measured in tokens."""

    name: str
    texts: int
    least: int
    median: float
    most_of: int
    most: int
    cut: int
    padded: int
    lost: int
    tokens: int
    unknown: int


class TextView(Protocol):
    """An input that reads texts."""

    input: str
    mode: str
    length: int | None
    vocabulary: int
    special: int
    distinct: int
    singles: int
    splits: Sequence[SplitLengths]
    frequent: Sequence[Word]


class Shared(Protocol):
    """How many examples of a split occur in another, or repeat an earlier one."""

    split: str
    other: str
    count: int
    of: int


class Twin(Protocol):
    """Two examples that are the same."""

    split: str
    place: str
    label: str
    other: str
    other_place: str
    other_label: str
    text: str


class Duplicates(Protocol):
    """Examples that occur more than once."""

    by: str
    shared: Sequence[Shared]
    conflicting: int
    twins: Sequence[Twin]


class Token(Protocol):
    """A token in its place."""

    text: str
    id: int
    known: bool
    count: int


class Entry(Protocol):
    """A number that is not zero."""

    id: int
    word: str
    value: float


class Reader(Protocol):
    """A layer that reads the input."""

    name: str
    kind: str
    reads: tuple[int | None, ...]
    gives: tuple[int | None, ...]
    table: tuple[int, int] | None


class TextWay(Protocol):
    """What becomes of one text on its way to the network."""

    input: str
    place: str
    label: str
    raw: str
    standardize: str
    standardised: str
    split: str
    tokens: Sequence[Token]
    vocabulary: int
    unknown_id: int
    mode: str
    size: int
    ids: Sequence[int]
    cut: int
    padded: int
    entries: Sequence[Entry]
    readers: Sequence[Reader]


class Sheet(Protocol):
    """A contact sheet that was written."""

    path: str
    pictures: int
    draws: int


class DataView(Protocol):
    """What the network will see."""

    spec: str
    source: str
    splits: Sequence[Counted]
    divided: bool
    seed: int
    seeded: bool
    labels: Sequence[LabelView]
    arrays: Sequence[ArrayView]
    pictures: Sequence[PictureView]
    texts: Sequence[TextView]
    duplicates: Duplicates
    ways: Sequence[TextWay]
    augment: Sequence[str]
    shows: Sequence[str]
    sheet: Sheet | None
