"""Real examples of a run: to compare an exported file with the run's model, and to fit whole numbers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cnnspec.backend.data.given import Given
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Array, Column, Split
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.scores.judging import as_trained, own_data, read_answers
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_data_folder

_CALIBRATED = 300
"""Examples of the training split that whole numbers are fitted to."""
_SPLITS = ("test", "validation", "train")


@dataclass(frozen=True, slots=True)
class Where:
    """Where a run's data is, if not where it was, and whether it may have changed since. Data in memory is `given`."""

    data_root: Path | None = None
    changed_data: bool = False
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """Some examples of a split, their labels by the run's classes, and how outputs are read.

    `calibration` are examples of the training split.
    """

    split: str
    inputs: Mapping[str, Array]
    labels: Mapping[str, Array]
    answers: tuple[Answer, ...]
    calibration: Mapping[str, Array]

    @property
    def count(self) -> int:
        """How many."""
        return len(next(iter(self.inputs.values())))


def read_samples(folder: RunFolder, spec: Spec, graph: Graph, where: Where, most: int) -> Samples:
    """At most so many of the test split, else of the validation split, else of the training split; raises Rejected."""
    beside = replace(spec, folder=where.data_root or read_data_folder(folder))
    known = read_classes(folder, tuple(graph.outputs))
    with placed(beside, graph):
        job = own_data(folder, beside, graph, where.changed_data, where.given)
        split = next(each for each in map(job.dataset.split, _SPLITS) if each is not None)
        rows, now = _spread(split.count, most), job.dataset.classes
        labels = {name: as_trained(array[rows], now.get(name), known.get(name)) for name, array in split.labels.items()}
        train = job.dataset.train
        fitted = _columns(train, graph, _spread(train.count, _CALIBRATED))
        return Samples(split.name, _columns(split, graph, rows), labels, read_answers(job, folder), fitted)


def one_by_one(columns: Mapping[str, Array], graph: Graph) -> Iterator[dict[str, Array]]:
    """A batch of a single example of each input, in the network's own types."""
    dtypes = {name: graph.dtypes.get(name, "float32") for name in columns}
    for row in range(len(next(iter(columns.values())))):
        yield {name: column[row : row + 1].astype(dtypes[name]) for name, column in columns.items()}


def _columns(split: Split, graph: Graph, rows: Array) -> dict[str, Array]:
    return {name: _read(split.inputs[name], rows) for name in graph.inputs}


def _read(column: Column, rows: Array) -> Array:
    found = column.read(rows) if isinstance(column, Pictures) else column[rows]
    return np.asarray(found)


def _spread(count: int, most: int) -> Array:
    """At most so many rows, evenly over all: neighbours are often alike."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
