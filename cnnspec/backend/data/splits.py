"""Examples in memory, and how they are divided and ordered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from cnnspec.backend.data.wrong import rejected

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Split:
    """Some examples: arrays by the names of the model's inputs and outputs, as long as each other.

    `files` say where each array came from, for messages.
    """

    name: str
    inputs: Mapping[str, Array]
    labels: Mapping[str, Array]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many examples."""
        return len(next(iter(self.inputs.values())))

    def take(self, rows: Array, name: str) -> "Split":
        """Some of the examples, in the order of `rows`."""
        inputs = {key: array[rows] for key, array in self.inputs.items()}
        return Split(name, inputs, {key: array[rows] for key, array in self.labels.items()}, self.files)

    def with_labels(self, labels: Mapping[str, Array]) -> "Split":
        """The same examples with their labels in another form."""
        return replace(self, labels=labels)

    def source_of(self, name: str) -> str:
        """The file that an array came from, as the user named it."""
        return self.files.get(name, f"the {self.name} split")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a source gives; `classes` are the names of the labels' classes by output, where there are any."""

    train: Split
    validation: Split | None = None
    test: Split | None = None
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def split(self, name: str) -> Split | None:
        """The split called `name`: train, validation or test."""
        return {"train": self.train, "validation": self.validation, "test": self.test}.get(name)


def with_validation(dataset: Dataset, share: float | None, seed: int) -> Dataset:
    """Set `share` of train aside as validation: stratified by the first output with classes, by seed."""
    if share is None:
        return dataset
    train = dataset.train
    strata = next((labels for labels in train.labels.values() if is_classes(labels)), None)
    _check_share(train, share, strata)
    rest, aside = train_test_split(np.arange(train.count), test_size=share, stratify=strata, random_state=seed)
    return Dataset(train.take(rest, "train"), train.take(aside, "validation"), dataset.test, dataset.classes)


def is_classes(labels: Array) -> bool:
    """Whether labels are one class number an example."""
    return labels.ndim == 1 and labels.dtype.kind in "iub"


def order(count: int, seed: int, epoch: int) -> Array:
    """The order of training examples in an epoch (from 0): a function of seed and epoch alone."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def _check_share(train: Split, share: float, strata: Array | None) -> None:
    aside = int(np.ceil(share * train.count))
    received = f"validation_split {share} of {train.count} examples"
    if not 0 < aside < train.count:
        raise rejected("bad-split", f"{received}, which leaves nothing to learn from", "at least one in each part")
    if strata is None:
        return
    numbers, counts = np.unique(strata, return_counts=True)
    if counts.min() < 2:
        rare = f"validation_split where class {numbers[counts.argmin()]} has a single example"
        raise rejected("bad-split", rare, "at least two of every class")
    if min(aside, train.count - aside) < len(numbers):
        expected = f"at least {len(numbers)} examples in each part, one of every class"
        raise rejected("bad-split", received, expected)
