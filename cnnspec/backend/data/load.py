"""From the data section to examples in memory, or to files of pictures that are read batch by batch."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cnnspec.backend.data.example_places import numbered
from cnnspec.backend.data.ids import check_ids, check_vocabularies
from cnnspec.backend.data.mistakes import Mistakes
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reader_of
from cnnspec.backend.data.seen import seen_of
from cnnspec.backend.data.skipping import below, without_damaged
from cnnspec.backend.data.splits import Column, Dataset, Fold, Split, each_split, with_fold, with_validation
from cnnspec.backend.data.texts import Texts, length_of
from cnnspec.backend.data.vocabulary import Vocabulary, learn
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.section import DataSection

PICTURE_BUDGET = 2**30
"""Bytes of decoded pictures that are kept in memory; what is more is decoded anew in each epoch."""


def load_dataset(
    section: DataSection,
    graph: Graph,
    folder: DataFolder,
    seed: int,
    fold: Fold | None = None,
    vocabularies: Mapping[str, Vocabulary] | None = None,
    *,
    keep: bool = False,
) -> Dataset:
    """The splits of a spec's data, fitted to the network's inputs and checked; raises Rejected.

    `vocabularies` are those of a run, by input; without them they are learnt here. To `keep` texts and the names of
    files beside what they become takes memory.
    """
    dataset = read_source(section, graph, folder, seed)
    if folder.given is None or not folder.given.alone:
        dataset = with_fold(dataset, fold, seed)
        dataset = with_validation(dataset, section.validation_split, seed)
    read, dataset = dataset, with_ids(dataset, section, graph, vocabularies)
    dataset = with_pictures(replace(dataset, seen=seen_of(dataset, section, graph, read.train)))
    if keep:
        dataset = replace(dataset, unread=read.splits)
    for split in dataset.splits:
        check_ids(split, graph)
    return dataset


def read_source(section: DataSection, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """What the section's source gives, its examples numbered, but for what it says to skip; raises Rejected."""
    dataset = reader_of(section)(section, graph, folder, seed)
    if getattr(section, "on_bad_file", "error") == "skip":
        dataset = without_damaged(dataset)
    return numbered(replace(dataset, skipped=tuple(map(below(folder), dataset.skipped))))


def with_ids(
    dataset: Dataset, section: DataSection, graph: Graph, known: Mapping[str, Vocabulary] | None = None
) -> Dataset:
    """Texts as ids, through the vocabularies that are known, else through those of the training split's texts."""
    texts = {name: column for name, column in dataset.train.inputs.items() if isinstance(column, Texts)}
    options = {name: feature.text for name, feature in section.features(graph.inputs).items() if feature.text}
    vocabularies = known or {
        name: learn(column, options[name], length_of(graph, name), name) for name, column in texts.items()
    }
    check_vocabularies(vocabularies, graph)

    def encoded(name: str, column: Column) -> Column:
        return vocabularies[name].encode(column) if isinstance(column, Texts) else column

    return replace(_each_input(dataset, encoded), vocabularies=vocabularies)


def with_pictures(dataset: Dataset, budget: int = PICTURE_BUDGET) -> Dataset:
    """Pictures as arrays, as long as all those of a split and the splits before it fit the budget."""
    left, mistakes = budget, Mistakes()

    def decoded(_: str, column: Column) -> Column:
        nonlocal left
        if not isinstance(column, Pictures) or column.size_in_memory > left:
            return column
        left -= column.size_in_memory
        with mistakes.gathered():
            return column.read()
        return column

    changed = _each_input(dataset, decoded)
    mistakes.raise_all()
    return changed


def _each_input(dataset: Dataset, change: Callable[[str, Column], Column]) -> Dataset:
    def changed(split: Split) -> Split:
        return split.with_inputs({name: change(name, column) for name, column in split.inputs.items()})

    return each_split(dataset, changed)
