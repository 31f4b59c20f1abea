"""What a prepared training is going to do: its examples counted, its steps, what it keeps in memory."""

from collections.abc import Sequence

import numpy as np

from cnnspec.backend.data.splits import Array, Column, Split
from cnnspec.backend.job import Job
from cnnspec.graph.facts import totals
from cnnspec.runs.plan import LabelFacts, Plan, SplitFacts

_COPIES = 2
"""Data stands in memory as NumPy's array and as TensorFlow's tensor."""


def plan_of(job: Job) -> Plan:
    """The plan of a job; its steps in an epoch count a last, smaller batch."""
    training, dataset = job.training, job.dataset
    return Plan(
        epochs=training.epochs,
        steps_per_epoch=-(-dataset.train.count // training.batch_size),
        batch_size=training.batch_size,
        seed=job.seed,
        seed_drawn=training.seed is None,
        auto=job.objective.auto,
        params=totals(job.graph.nodes).params,
        splits=tuple(_facts(split, job) for split in dataset.splits),
        precision=training.precision,
        held=_COPIES * sum(_size(column) for split in dataset.splits for column in _columns(split)),
        fold=job.fold,
        transfer=job.transfer,
        over=job.layout.words(training.batch_size),
        notes=job.layout.notes,
    )


def _columns(split: Split) -> Sequence[Column]:
    return (*split.inputs.values(), *split.labels.values())


def _size(column: Column) -> int:
    """The bytes of what is held as an array; pictures that stay in their files take none."""
    return column.nbytes if isinstance(column, np.ndarray) else 0


def _facts(split: Split, job: Job) -> SplitFacts:
    labels = {name: label_facts(array, job.classes.get(name, ())) for name, array in split.labels.items()}
    return SplitFacts(split.name, split.count, labels)


def label_facts(labels: Array, names: Sequence[str]) -> LabelFacts:
    """Labels counted by class, whose names may be given; numbers by their range.

    Class numbers, one or many an example, are counted each; of rows of zeros and ones, a column is a class.
    """
    numbers = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    yes_or_no = bool(np.isin(numbers, (0, 1)).all())
    if numbers.ndim == 2 and yes_or_no and len(names) in (0, numbers.shape[1]):
        return _columns_counted(numbers, names)
    if (names and numbers.dtype.kind in "iub") or (numbers.ndim == 1 and yes_or_no):
        return LabelFacts(_counted(numbers, names), shared=numbers.ndim > 1)
    return LabelFacts({}, (float(numbers.min()), float(numbers.mean()), float(numbers.max())))


def _columns_counted(rows: Array, names: Sequence[str]) -> LabelFacts:
    titles = names or [str(column) for column in range(rows.shape[1])]
    counts = {title: int(number) for title, number in zip(titles, rows.sum(axis=0), strict=True)}
    return LabelFacts(counts, shared=bool((rows.sum(axis=1) != 1).any()))


def _counted(numbers: Array, names: Sequence[str]) -> dict[str, int]:
    """Each class with its labels, those without any too; what is no class (as an `ignore_class`) is left out."""
    present = numbers[numbers >= 0].astype(np.int64).ravel()
    counts = np.bincount(present, minlength=len(names) or 2)
    titles = [*names, *(str(number) for number in range(len(names), len(counts)))]
    return {title: int(number) for title, number in zip(titles, counts, strict=True)}
