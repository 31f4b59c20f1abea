"""What a network will see of its data: labels, numbers, pictures, texts, duplicates, and one text on its way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cnnspec.results.evaluation import Form
from cnnspec.results.samples import Samples
from cnnspec.results.spread import Spread
from cnnspec.source.diagnostic import Diagnostic

FOR_WORDS: Mapping[str, bool] = MappingProxyType({"for words": True})
"""Marks a field that only decides how something is told: the view as JSON is without it."""


@dataclass(frozen=True, slots=True)
class ArrayView:
    """An input that reads numbers: `shape` is an example's; a range for each split, and for each named column."""

    input: str
    dtype: str
    shape: tuple[int, ...]
    splits: tuple[Spread, ...]
    columns: tuple[Spread, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassCount:
    """A class, and how many examples of each split it has."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """What one answer for every example, the best of training, scores on each split."""

    answer: str
    figure: str
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LabelView:
    """What an output learns: one `class` an example, several `labels`, or `values`.

    `splits` name the columns of counts; `counted` is what is counted, examples or the places of maps. Classes are
    all that the output knows, with or without examples; values have ranges, one a split, instead.
    `imbalance` is the largest class of training over its smallest that has any.
    """

    output: str
    form: Form
    counted: str
    splits: tuple[str, ...]
    classes: tuple[ClassCount, ...]
    ranges: tuple[Spread, ...]
    imbalance: float | None
    constant: Constant


@dataclass(frozen=True, slots=True)
class Scaled:
    """Pictures that are made larger, or smaller: how many, and the factor on a side, its median and its furthest."""

    count: int
    median: float
    furthest: float


@dataclass(frozen=True, slots=True)
class SplitSizes:
    """The pictures of a split: height and width, as stored, of the smallest, the median and the largest by area.

    `lost` is the share of a picture that `crop` cuts off, of the result that `pad` fills up, or, for `stretch`, how
    much longer a side becomes in proportion to the other (0: not at all): median and most.
    """

    name: str
    smallest: tuple[int, int]
    median: tuple[int, int]
    largest: tuple[int, int]
    enlarged: Scaled
    kept: int
    shrunk: Scaled
    lost: tuple[float, float]


@dataclass(frozen=True, slots=True)
class PictureView:
    """An input that reads pictures from files; `formats` are what the files hold, such as `JPEG, colour`."""

    input: str
    shape: tuple[int, int, int]
    resize: str
    interpolation: str
    formats: tuple[tuple[str, int], ...]
    splits: tuple[SplitSizes, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the vocabulary: its id, and how often it occurs in the training split."""

    word: str
    id: int
    count: int


@dataclass(frozen=True, slots=True)
class SplitLengths:
    """The texts of a split, measured in tokens: `most_of` is the length that 95 % of them do not pass.

    `cut` texts are longer than the network reads, `padded` ones shorter; `lost` tokens are those cut off.
    Of the `tokens`, so many are `unknown` to the vocabulary.
    """

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


@dataclass(frozen=True, slots=True)
class TextView:
    """An input that reads texts. `length` is how many ids the network reads, None for as many as there are.

    `vocabulary` counts its entries, `special` those of them that are no words; `distinct` are the words that
    the training split holds, `singles` those of them that occur once.
    """

    input: str
    mode: str
    length: int | None
    vocabulary: int
    special: int
    distinct: int
    singles: int
    splits: tuple[SplitLengths, ...]
    frequent: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """How many examples of `split` also occur in `other`; where both are one, how many repeat an earlier one."""

    split: str
    other: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Twin:
    """An example, with its label, and an earlier one that is the same; `text` is what both say, if they are texts."""

    split: str
    place: str
    label: str
    other: str
    other_place: str
    other_label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """`by` is what is compared; `conflicting` examples have a twin with another label."""

    by: str
    shared: tuple[Shared, ...]
    conflicting: int
    twins: tuple[Twin, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A token in its place: its entry in the vocabulary, and how often training has it."""

    text: str
    id: int
    known: bool
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A number of the network's input that is not zero, where it has one for each entry of the vocabulary."""

    id: int
    word: str
    value: float


@dataclass(frozen=True, slots=True)
class Reader:
    """A layer that reads the input; sizes are None where an unknown length decides them.

    `ids` is how many ids it knows, if it reads ids; `table` is (rows, numbers in a row) of an embedding.
    """

    name: str
    kind: str
    reads: tuple[int | None, ...]
    gives: tuple[int | None, ...]
    ids: int | None = field(default=None, metadata=FOR_WORDS)
    table: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class TextWay:
    """What becomes of one text on its way to the network.

    `ids` are what the network reads in mode `int`; the other modes have `entries` instead. `cut` tokens at the
    end are lost, `padded` zeros stand after the last.
    """

    input: str
    place: str
    label: str
    raw: str
    standardize: str
    standardised: str
    split: str
    tokens: tuple[Token, ...]
    vocabulary: int
    unknown_id: int
    mode: str
    size: int
    ids: tuple[int, ...]
    cut: int
    padded: int
    entries: tuple[Entry, ...]
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """A sheet that was written: where, of how many pictures, and how many augmented draws of each.

    `legend` are names that could not be drawn, or not whole: what the sheet has for each, and the name.
    """

    path: str
    pictures: int
    draws: int
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SplitCount:
    """A split, and how many examples it has."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DataView:
    """What the network will see. `seed` divided the data; `seeded` is whether the spec says it.

    `augment` names the changes of training batches; `pictures` are the inputs that a contact sheet can show.
    `doubts` are what is said of the data once it was compared with the network; as JSON they are `warnings`.
    """

    spec: str
    source: str
    splits: tuple[SplitCount, ...]
    divided: bool
    seed: int
    seeded: bool
    labels: tuple[LabelView, ...]
    arrays: tuple[ArrayView, ...]
    pictures: tuple[PictureView, ...]
    texts: tuple[TextView, ...]
    duplicates: Duplicates
    ways: tuple[TextWay, ...]
    augment: tuple[str, ...]
    shows: tuple[str, ...]
    sheet: ContactSheet | None = None
    doubts: tuple[Diagnostic, ...] = field(default=(), metadata=FOR_WORDS)
    samples: tuple[Samples, ...] = field(default=(), metadata=FOR_WORDS)
    """Some training examples, where they were asked for."""
