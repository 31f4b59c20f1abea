"""From the data section to examples in memory, or to files of pictures that are read batch by batch."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cnnspec.backend.data.ids import check_ids, check_vocabularies
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.arrays import arrays
from cnnspec.backend.data.sources.digits import digits
from cnnspec.backend.data.sources.image_folder import image_folder
from cnnspec.backend.data.sources.synthetic import synthetic
from cnnspec.backend.data.sources.table import table
from cnnspec.backend.data.sources.text_lines import text_lines
from cnnspec.backend.data.splits import Column, Dataset, Fold, Split, each_split, with_fold, with_validation
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.data.vocabulary import Vocabulary, learn
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import DataSection
from cnnspec.language.features import TextOptions

Source = Callable[[Any, Graph, DataFolder, int], Dataset]
"""Reads what its kind of data section names: (section, graph, folder, seed) -> columns as they are written.

A source raises Rejected, and the seed is for what it draws itself; folds and validation are set aside here.
"""


def _nothing_drawn(read: Callable[[Any, Graph, DataFolder], Dataset]) -> Source:
    """A source that draws nothing, and so needs no seed."""
    return lambda section, graph, folder, seed: read(section, graph, folder)


SOURCES: Mapping[str, Source] = {
    "digits": _nothing_drawn(digits),
    "image_folder": _nothing_drawn(image_folder),
    "arrays": _nothing_drawn(arrays),
    "table": _nothing_drawn(table),
    "text_lines": _nothing_drawn(text_lines),
    "synthetic": lambda section, graph, folder, seed: synthetic(section, graph, seed),
}

PICTURE_BUDGET = 2**30
"""Bytes of decoded pictures that are kept in memory; what is more is decoded anew in each epoch."""


def load_dataset(
    section: DataSection,
    graph: Graph,
    folder: DataFolder,
    seed: int,
    fold: Fold | None = None,
    vocabularies: Mapping[str, Vocabulary] | None = None,
) -> Dataset:
    """The splits of a spec's data, fitted to the network's inputs and checked; raises Rejected.

    `vocabularies` are those of a run, by input; without them they are learnt here.
    """
    dataset = SOURCES[section.source](section, graph, folder, seed)
    dataset = with_fold(dataset, fold, seed)
    dataset = with_validation(dataset, section.validation_split, seed)
    dataset = with_pictures(with_ids(dataset, section, graph, vocabularies))
    for split in dataset.splits:
        check_ids(split, graph)
    return dataset


def with_ids(
    dataset: Dataset, section: DataSection, graph: Graph, known: Mapping[str, Vocabulary] | None = None
) -> Dataset:
    """Texts as ids, through the vocabularies that are known, else through those of the training split's texts."""
    texts = {name: column for name, column in dataset.train.inputs.items() if isinstance(column, Texts)}
    vocabularies = known or {
        name: learn(column, text_options(section, name), length_of(graph, name)) for name, column in texts.items()
    }
    check_vocabularies(vocabularies, graph)

    def encoded(name: str, column: Column) -> Column:
        return vocabularies[name].encode(column) if isinstance(column, Texts) else column

    return replace(_each_input(dataset, encoded), vocabularies=vocabularies)


def text_options(section: DataSection, name: str) -> TextOptions:
    """How the text of an input becomes ids."""
    inputs = getattr(section, "inputs", None)
    return (inputs[name].text if inputs else getattr(section, "text", None)) or TextOptions()


def length_of(graph: Graph, name: str) -> int | None:
    """How many ids an input reads; None if any number."""
    length = graph.nodes[graph.inputs[name]].output[0]
    return length if isinstance(length, int) else None


def with_pictures(dataset: Dataset, budget: int = PICTURE_BUDGET) -> Dataset:
    """Pictures as arrays, as long as all those of a split and the splits before it fit the budget."""
    left = budget

    def decoded(_: str, column: Column) -> Column:
        nonlocal left
        if not isinstance(column, Pictures) or column.size_in_memory > left:
            return column
        left -= column.size_in_memory
        return column.read()

    return _each_input(dataset, decoded)


def _each_input(dataset: Dataset, change: Callable[[str, Column], Column]) -> Dataset:
    def changed(split: Split) -> Split:
        return split.with_inputs({name: change(name, column) for name, column in split.inputs.items()})

    return each_split(dataset, changed)
