"""Examples in memory, and how they are divided and ordered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from cnnspec.backend.data.beside import Beside
from cnnspec.backend.data.origins import Origins
from cnnspec.results.seen import Seen
from cnnspec.results.skipped import Skipped
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

if TYPE_CHECKING:
    from cnnspec.backend.data.vocabulary import Vocabulary

Array = NDArray[Any]
_AT = ("data", "validation_split")
_MOST_NAMED = 5


class Unread(Protocol):
    """An input's examples before they are numbers, as texts or files of pictures: to be counted and divided."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, rows: Array, /) -> Self:
        """Some of them, in the order of `rows`."""


Column = Array | Unread
"""The examples of one input."""


@dataclass(frozen=True, slots=True)
class Split:
    """Some examples: columns by the names of the model's inputs and outputs, as long as each other.

    `files` say where each column came from, for messages. `rows`, where they are counted, are the examples' places
    (n) among those that the split was read with, from 0: they stay known while examples are divided and shuffled.
    """

    name: str
    inputs: Mapping[str, Column]
    labels: Mapping[str, Array]
    files: Mapping[str, str] = field(default_factory=dict)
    rows: Array | None = None
    origins: Origins | None = None
    """Where each example stands in a table."""
    beside: Beside | None = None
    """Further columns that were asked for, where the source has such."""

    @property
    def count(self) -> int:
        """How many examples."""
        return len(next(iter(self.inputs.values())))

    def take(self, rows: Array, name: str) -> "Split":
        """Some of the examples, in the order of `rows`."""
        inputs = {key: column[rows] for key, column in self.inputs.items()}
        labels = {key: array[rows] for key, array in self.labels.items()}
        numbers = None if self.rows is None else self.rows[rows]
        origins = None if self.origins is None else self.origins[rows]
        beside = None if self.beside is None else self.beside[rows]
        return Split(name, inputs, labels, self.files, numbers, origins, beside)

    def with_inputs(self, inputs: Mapping[str, Column]) -> "Split":
        """The same examples with their inputs in another form."""
        return replace(self, inputs=inputs)

    def with_labels(self, labels: Mapping[str, Array]) -> "Split":
        """The same examples with their labels in another form."""
        return replace(self, labels=labels)

    def source_of(self, name: str) -> str:
        """The file that an array came from, as the user named it."""
        return self.files.get(name, f"the {self.name} split")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a source gives; `classes` are the names of the labels' classes by output, where there are any.

    `vocabularies` are those of the inputs that were texts.
    """

    train: Split
    validation: Split | None = None
    test: Split | None = None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vocabularies: Mapping[str, "Vocabulary"] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    """Examples that were left out, since they could not be read."""
    seen: Seen = field(default_factory=Seen)
    """What the training split holds, as far as it was looked at."""
    unread: tuple[Split, ...] = ()
    """The splits with texts and files as they were before they became numbers, where somebody asked for them."""

    @property
    def splits(self) -> tuple[Split, ...]:
        """Those that there are: train, validation, test."""
        return tuple(split for split in (self.train, self.validation, self.test) if split is not None)

    def split(self, name: str) -> Split | None:
        """The split called `name`: train, validation or test."""
        return {"train": self.train, "validation": self.validation, "test": self.test}.get(name)


def each_split(dataset: Dataset, change: Callable[[Split], Split]) -> Dataset:
    """The dataset with each split that there is changed."""
    validation, test = (split and change(split) for split in (dataset.validation, dataset.test))
    return replace(dataset, train=change(dataset.train), validation=validation, test=test)


def with_validation(dataset: Dataset, share: float | None, seed: int) -> Dataset:
    """Set `share` of train aside as validation: stratified by the first output with classes, by seed."""
    if share is None:
        return dataset
    train = dataset.train
    strata = _strata(train)
    _check_share(train, share, strata, _names_of(dataset))
    rest, aside = train_test_split(np.arange(train.count), test_size=share, stratify=strata, random_state=seed)
    return replace(dataset, train=train.take(rest, "train"), validation=train.take(aside, "validation"))


@dataclass(frozen=True, slots=True)
class Fold:
    """Part `number` (from 1) of `of` equal parts of train, which is the test split of one cross-validation run."""

    number: int
    of: int


def with_fold(dataset: Dataset, fold: Fold | None, seed: int) -> Dataset:
    """Set one of train's parts aside as test: stratified as validation is, the parts the same for every number."""
    if fold is None:
        return dataset
    train = dataset.train
    strata = _strata(train)
    _check_fold(dataset, fold, strata)
    parts = StratifiedKFold(fold.of, shuffle=True, random_state=seed)
    labels = np.zeros(train.count) if strata is None else strata
    rest, aside = list(parts.split(np.zeros(train.count), labels))[fold.number - 1]
    return replace(dataset, train=train.take(rest, "train"), test=train.take(aside, "test"))


def _strata(split: Split) -> Array | None:
    return next((labels for labels in split.labels.values() if is_classes(labels)), None)


def _check_fold(dataset: Dataset, fold: Fold, strata: Array | None) -> None:
    if dataset.test is not None:
        received = f"fold {fold.number}/{fold.of} of data that has a test split"
        help = "name no data.test; where the source brings a test split, train several --seeds instead"
        raise rejected("bad-fold", received, "data whose train split alone is divided", help, at=NOWHERE)
    rarest = dataset.train.count if strata is None else int(np.unique(strata, return_counts=True)[1].min())
    if rarest < fold.of:
        received = f"{fold.of} folds, where {'the rarest class has' if strata is not None else 'there are'} {rarest}"
        help = f"take at most {rarest} folds"
        raise rejected("bad-fold", received, f"at least {fold.of} examples, one for each fold", help, at=NOWHERE)


def is_classes(labels: Array) -> bool:
    """Whether labels are one class number an example."""
    return labels.ndim == 1 and labels.dtype.kind in "iub"


def order(count: int, seed: int, epoch: int) -> Array:
    """The order of training examples in an epoch (from 0): a function of seed and epoch alone."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def _names_of(dataset: Dataset) -> tuple[str, ...]:
    """What the classes are called by which a split is stratified; nothing where they have but numbers."""
    labels = dataset.train.labels
    output = next((name for name, each in labels.items() if is_classes(each)), "")
    return dataset.classes.get(output, ())


def _check_share(train: Split, share: float, strata: Array | None, names: tuple[str, ...] = ()) -> None:
    aside = int(np.ceil(share * train.count))
    received = f"validation_split {share} of {train.count} examples"
    if not 0 < aside < train.count:
        raise rejected(
            "bad-split", f"{received}, which leaves nothing to learn from", "at least one in each part", at=_AT
        )
    if strata is None:
        return
    numbers, counts = np.unique(strata, return_counts=True)
    if counts.min() < 2:
        single = [_called(int(number), names) for number in numbers[counts == 1]]
        more = f" and {len(single) - _MOST_NAMED} more" if len(single) > _MOST_NAMED else ""
        classes = (
            f"class {single[0]} has" if len(single) == 1 else f"classes {', '.join(single[:_MOST_NAMED])}{more} have"
        )
        rare, help = f"validation_split where {classes} a single example", "add examples, or take the class out"
        raise rejected("bad-split", rare, "at least two of every class", help, at=_AT)
    if min(aside, train.count - aside) < len(numbers):
        expected = f"at least {len(numbers)} examples in each part, one of every class"
        raise rejected("bad-split", received, expected, at=_AT)


def _called(number: int, names: tuple[str, ...]) -> str:
    return names[number] if 0 <= number < len(names) else str(number)
