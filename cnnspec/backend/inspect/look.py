"""A spec's data as a whole: read as training reads it, divided by the same seed, and looked at from every side."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnnspec.backend.data.augment import Augmenter
from cnnspec.backend.data.augmentable import change_of, picture_inputs
from cnnspec.backend.data.example_places import place_of
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.ids import check_ids
from cnnspec.backend.data.load import read_source, with_ids
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import not_running
from cnnspec.backend.data.seen import seen_of
from cnnspec.backend.data.splits import Dataset, with_validation
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.inspect.contact import draw_sheet
from cnnspec.backend.inspect.counts import class_of, label_view
from cnnspec.backend.inspect.duplicates import duplicates
from cnnspec.backend.inspect.ranges import array_view
from cnnspec.backend.inspect.samples import samples_of
from cnnspec.backend.inspect.sizes import picture_view
from cnnspec.backend.inspect.text_way import Sentence, text_way
from cnnspec.backend.inspect.words import Words, count_words
from cnnspec.backend.objective.compile import choose_objective
from cnnspec.backend.startup import memory_errors
from cnnspec.checks.subject import Subject
from cnnspec.data_checks import doubts
from cnnspec.graph.heads import learnt_heads
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.section import DataSection
from cnnspec.language.spec import Spec
from cnnspec.layers.shape import write_shape
from cnnspec.results.data import (
    ContactSheet,
    DataView,
    SplitCount,
    TextWay,
)
from cnnspec.results.seen import Seen
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_SEED = 0
"""What divides the data where the spec has no seed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Data on its way: as the source gave it, divided, and what its texts hold."""

    spec: Spec
    graph: Graph
    source: Dataset
    divided: Dataset
    words: dict[str, Words]
    vocabularies: Mapping[str, Vocabulary]
    seen: Seen


def look(
    spec: Spec,
    graph: Graph,
    data_root: Path | None = None,
    *,
    row: int | None = None,
    text: str | None = None,
    sheet: Path | None = None,
    given: Given | None = None,
    samples: bool = False,
) -> DataView:
    """Read and count a spec's data; raises Rejected where something is wrong with it, or cannot be shown.

    The way of a text is that of `text`, else of the training example `row` (from 1, as its source holds them),
    else of the first. `sheet` is where to write a contact sheet; with `samples` the view has some examples itself. Data
    in memory is `given`.
    """
    with memory_errors(), placed(spec, graph):
        return _look(spec, graph, DataFolder(data_root or spec.folder or Path(), given), row, text, sheet, samples)


def _look(
    spec: Spec, graph: Graph, folder: DataFolder, row: int | None, text: str | None, sheet: Path | None, samples: bool
) -> DataView:
    section = _section(spec)
    given = spec.training.seed if spec.training else None
    seed = _SEED if given is None else given
    read = _read(spec, section, graph, folder, seed)
    data = read.divided
    if spec.training is not None and spec.training.loss is not None:
        choose_objective(spec.training, learnt_heads(graph), data.splits)  # raises what training would
    change_of(section.augmentations(), graph, data.train, seed, learnt_heads(graph))  # raises what training would
    named = {name: feature.columns or () for name, feature in section.features(graph.inputs).items()}
    arrays = [name for name, column in data.train.inputs.items() if isinstance(column, np.ndarray)]
    files = [name for name, column in data.train.inputs.items() if isinstance(column, Pictures)]
    return DataView(
        spec=spec.shown,
        source=section.source,
        splits=tuple(SplitCount(split.name, split.count) for split in data.splits),
        divided=section.validation_split is not None,
        seed=seed,
        seeded=given is not None,
        labels=tuple(label_view(head, data) for head in learnt_heads(graph)),
        arrays=tuple(array_view(name, data.splits, named.get(name, ())) for name in arrays),
        pictures=tuple(picture_view(name, data.splits) for name in files),
        texts=tuple(each.view for each in read.words.values()),
        duplicates=duplicates(data),
        ways=_ways(read, _sentences(read, row, text)),
        augment=tuple(each.kind for each in section.augmentations()),
        shows=picture_inputs(graph),
        sheet=None if sheet is None else _sheet(sheet, read, section, seed),
        doubts=doubts(Subject(spec, graph), read.seen),
        samples=samples_of(data) if samples else (),
    )


def _section(spec: Spec) -> DataSection:
    if spec.data is None:
        received, help = f"{spec.file} has no data", "write data: {source: digits}"
        raise rejected("no-section", received, "a data section to look at", help, at=("data",))
    if problems := not_running(spec.data):
        raise Rejected(problems)
    return spec.data


def _read(spec: Spec, section: DataSection, graph: Graph, folder: DataFolder, seed: int) -> _Read:
    source = read_source(section, graph, folder, seed)
    divided = with_validation(source, section.validation_split, seed)
    fitted = with_ids(divided, section, graph)
    for split in fitted.splits:
        check_ids(split, graph)
    texts = [name for name, column in divided.train.inputs.items() if isinstance(column, Texts)]
    words = {name: count_words(name, divided.splits, fitted.vocabularies[name]) for name in texts}
    return _Read(
        spec, graph, source, divided, words, fitted.vocabularies, seen_of(fitted, section, graph, divided.train)
    )


def _ways(read: _Read, sentences: Mapping[str, Sentence]) -> tuple[TextWay, ...]:
    return tuple(
        text_way(name, sentence, read.vocabularies[name], read.words[name].counts, read.graph)
        for name, sentence in sentences.items()
    )


def _sentences(read: _Read, row: int | None, text: str | None) -> dict[str, Sentence]:
    if not read.words:
        if row is not None or text is not None:
            help = "leave --row and --text out"
            raise rejected("nothing-to-show", "data without texts", "texts to follow one on its way", help, at=NOWHERE)
        return {}
    if text is not None:
        return dict.fromkeys(read.words, Sentence(text))
    train, at = read.source.train, (row or 1) - 1
    if at >= train.count:
        received = f"row {row} of training data with {train.count:,} examples"
        raise rejected("nothing-to-show", received, f"a row from 1 to {train.count}", at=NOWHERE)
    return {name: _sentence(read, name, at) for name in read.words}


def _sentence(read: _Read, name: str, at: int) -> Sentence:
    train = read.source.train
    column = train.inputs[name]
    assert isinstance(column, Texts)
    output = next(iter(train.labels))
    label = class_of(train, output, read.source.classes.get(output, ()), at)
    rows = read.divided.train.rows
    taken = rows is not None and at in rows
    place = f"{place_of(train, at)}, in the {'train' if taken else 'validation'} split"
    return Sentence(str(column.items[at]), place, label)


def _sheet(path: Path, read: _Read, section: DataSection, seed: int) -> ContactSheet:
    shown = picture_inputs(read.graph)
    if not shown:
        shapes = ", ".join(write_shape(read.graph.nodes[at].output) for at in read.graph.inputs.values())
        received = f"a contact sheet of inputs of shape {shapes}"
        raise rejected("nothing-to-show", received, "an input of pictures: (height, width, channels)", at=NOWHERE)
    augment = section.augmentations()
    augmenter = Augmenter(augment, seed) if augment else None
    sizes = " x ".join(str(size) for size in read.graph.nodes[read.graph.inputs[shown[0]]].output)
    changes = f"; augmented by {', '.join(each.kind for each in augment)}" if augment else ""
    title = f"{read.spec.shown}: training pictures as the network gets them, {sizes}{changes}"
    return draw_sheet(path, shown[0], read.divided, augmenter, title)
