"""Inputs and labels made of the rows of a table: texts, pictures and numbers from columns, classes from others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnnspec.backend.data.beside import Beside
from cnnspec.backend.data.cells import Cells, read_numbers, single_numbers
from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import look
from cnnspec.backend.data.input_arrays import fit_input
from cnnspec.backend.data.labels import Learnt, names_classes, read_columns, read_labels, read_several
from cnnspec.backend.data.mistakes import Mistakes
from cnnspec.backend.data.pictures import LEAVE_OUT, Pictures, reading_for, side_by_side, the_first
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.skipping import without_bad_rows
from cnnspec.backend.data.splits import Array, Column, Dataset, Split
from cnnspec.backend.data.texts import check_reads_texts, texts_of
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, Label
from cnnspec.language.paths import with_slashes
from cnnspec.language.sources.columns import Columns
from cnnspec.results.skipped import Skipped
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import FILE, FeatureAt, LabelAt, ValueAt


def dataset_of(
    read: Mapping[str, Rows],
    features: Mapping[str, Feature],
    labels: Mapping[str, Label],
    graph: Graph,
    folder: DataFolder,
) -> Dataset:
    """The rows of each split as inputs and labels; raises Rejected where a column or a cell is wrong.

    Classes are those of the first split, which is the training split, where the data `folder` knows of no others.
    """
    mistakes = Mistakes()
    inputs: dict[str, dict[str, Column]] = {name: {} for name in read}
    for name, rows in read.items():
        for key, feature in features.items():
            with mistakes.gathered():
                inputs[name][key] = input_of(feature, rows, key, graph, folder)
    learnt: dict[str, Learnt] = {}
    for head in learnt_heads(graph):
        with mistakes.gathered():
            learnt[head.name] = learnt_of(labels[head.name], list(read.values()), head, folder.classes.get(head.name))
    mistakes.raise_all()
    splits = {
        name: Split(
            name,
            inputs[name],
            {key: each.arrays[number] for key, each in learnt.items()},
            dict.fromkeys((*features, *learnt), rows.file),
            origins=rows.origins,
            beside=_beside(rows, folder.beside),
        )
        for number, (name, rows) in enumerate(read.items())
    }
    classes = {key: each.classes for key, each in learnt.items() if each.classes is not None}
    skipped = tuple(
        Skipped(name, f"{rows.file}, row {number}", reason)
        for name, rows in read.items()
        for number, reason in rows.skipped.items()
    )
    return Dataset(next(iter(splits.values())), splits.get("validation"), splits.get("test"), classes, skipped=skipped)


def _beside(rows: Rows, wanted: Sequence[str]) -> Beside:
    """The cells of columns that are there once; who wants another says so."""
    there = [name for name in dict.fromkeys(wanted) if rows.columns.count(name) == 1]
    held = {name: np.array(rows.column(name, rows.at, empty=True).values, object) for name in there}
    return Beside(rows.columns, held)


def without_skipped(
    section: Columns,
    read: Mapping[str, Rows],
    features: Mapping[str, Feature],
    labels: Mapping[str, Label],
    graph: Graph,
    folder: DataFolder,
) -> dict[str, Rows]:
    """The rows of each split that can be read, where the section says to skip others."""
    kept = dict(read)
    if getattr(section, "on_bad_row", "error") == "skip":
        numbers, others = _needed(features, labels, read["train"], graph)
        kept = {name: without_bad_rows(rows, numbers, others) for name, rows in kept.items()}
    if getattr(section, "on_bad_file", "error") == "skip":
        columns = [feature.image.column for feature in features.values() if feature.image and feature.image.column]
        for column in columns:
            kept = {name: _with_pictures(rows, column, folder) for name, rows in kept.items()}
    return kept


def _needed(
    features: Mapping[str, Feature], labels: Mapping[str, Label], train: Rows, graph: Graph
) -> tuple[list[str], list[str]]:
    """The columns whose cells have to be numbers, and those whose cells only have to be there."""
    numbers = [column for feature in features.values() for column in feature.columns or ()]
    others = [part.column for each in features.values() if (part := each.text or each.image) and part.column]
    for head in learnt_heads(graph):
        label = labels[head.name]
        numbers += label.columns or ()
        if label.column is not None and label.separator is None:
            learns = train.columns.count(label.column) == 1 and _learns_numbers(label.column, train, head)
            (numbers if learns else others).append(label.column)
    return numbers, others


def _learns_numbers(column: str, train: Rows, head: Head) -> bool:
    there = train.column(column, train.at, empty=True).there
    return head.units == 1 and len(head.shape) == 1 and not names_classes(there, head)


def _with_pictures(rows: Rows, column: str, folder: DataFolder) -> Rows:
    """The rows whose file is there and a picture by its header."""
    if rows.columns.count(column) != 1:
        return rows
    cells = rows.column(column, rows.at, empty=True)
    problems = _picture_problems(cells, folder)[1]
    bad = {row: each.message for row, each in enumerate(problems) if each is not None}
    return rows.without({row: reason for row, reason in bad.items() if cells.values[row].strip()})


def labels_of(section: Columns, graph: Graph) -> dict[str, Label]:
    """Which columns each output learns; raises Rejected where the section does not say."""
    if section.labels is not None:
        section.refuse_misnamed("labels", graph.outputs, graph.learnt)
        return {name: section.labels[name] for name in graph.learnt}
    if section.label is None or len(graph.learnt) > 1:
        several = len(graph.learnt) > 1
        received = f"a table {'with one label' if section.label else 'without a label'}"
        expected = f"labels, with a column for each of {', '.join(graph.learnt)}" if several else "what to learn"
        help = _LABELS if several else "write label: {column: ...}"
        raise rejected("bad-source", received, expected, help, at=("data", "labels" if several else "label"))
    return {next(iter(graph.learnt)): section.label}


_LABELS = "write labels: {kind: kind, price: {column: price}}"


def input_of(feature: Feature, rows: Rows, name: str, graph: Graph, folder: DataFolder) -> Column:
    """What an input is made from, read of some rows; raises Rejected where a column or a cell is wrong."""
    if feature.text is not None:
        check_reads_texts(graph, name, feature.text)
        cells = _cells(rows, feature.text.column, name, "text")
        return texts_of(cells.values, cells.origins)
    if feature.columns is not None:
        return _numbers(feature.columns, rows, name, graph)
    assert feature.image is not None
    cells = _cells(rows, feature.image.column, name, "image")
    return _read_pictures(cells, reading_for(feature.image, graph.nodes[graph.inputs[name]].output, name), folder)


def _cells(rows: Rows, column: str | None, name: str, key: str) -> Cells:
    """The column that holds the text or image of an input."""
    if column is None:
        received, help = f"{key} without a column", f"write {key}: {{column: ...}}"
        raise rejected("bad-source", received, "the column that holds it", help, at=FeatureAt(name, (key,)))
    return rows.column(column, ValueAt(FeatureAt(name, (key, "column"))))


def _numbers(columns: Sequence[str], rows: Rows, name: str, graph: Graph) -> Array:
    """(n, columns) of float32, or integers where the input is of integers."""
    places = [ValueAt(FeatureAt(name, ("columns", number))) for number in range(len(columns))]
    mistakes = Mistakes()
    whole = "float" not in graph.dtypes.get(name, "float32")
    number_of, read = read_numbers if whole else single_numbers, list[Array]()
    for title, at in zip(columns, places, strict=True):
        with mistakes.gathered():
            rows.column(title, at)
        with mistakes.gathered():
            read.append(number_of(rows.column(title, at, empty=True).there, True))
    mistakes.raise_all()
    array = np.stack(read, axis=1)
    broken = np.argwhere(array != np.floor(array)) if whole else np.empty(0)
    if broken.size:
        row, column = (int(number) for number in broken[0])
        received = f"{rows.origins.at(row)}: column {columns[column]} is {array[row, column]}"
        raise rejected("input-type", received, f"a whole number, as input {name} is {graph.dtypes[name]}", at=rows.at)
    with file_at(rows.at):
        shape, shown = graph.nodes[graph.inputs[name]].output, f"columns of {rows.file}"
        return fit_input(array.astype(np.int64) if whole else array, shape, shown)


def learnt_of(label: Label, splits: Sequence[Rows], head: Head, known: tuple[str, ...] | None = None) -> Learnt:
    """What an output learns of the rows of each split; its classes are the `known` ones where there are such."""
    if label.columns is not None:
        places = [ValueAt(LabelAt(head.name, ("columns", number))) for number in range(len(label.columns))]
        named = tuple(zip(label.columns, places, strict=True))
        return read_columns([[rows.column(column, at) for column, at in named] for rows in splits], head)
    assert label.column is not None
    at = ValueAt(LabelAt(head.name, ("column",)))
    if label.separator is not None:
        cells = [rows.column(label.column, at, empty=True) for rows in splits]
        return read_several(cells, label.separator, head, label.case_sensitive, known)
    return read_labels([rows.column(label.column, at) for rows in splits], head, label.case_sensitive, known)


def _read_pictures(cells: Cells, reading: Reading, folder: DataFolder) -> Pictures:
    """The files that the cells name, relative to the data's folder and never outside it.

    Raises Rejected naming all rows whose file is missing, outside or no picture.
    """
    files, problems = _picture_problems(cells, folder)
    if any(problems):
        raise Rejected(the_first(_by_row(cells, problems)))
    paths = np.array([str(path) for path in files], object)
    shown = np.array([str(folder.path / value) for value in cells.values], object)
    return Pictures(paths, shown, reading, cells.origins.route())


def _picture_problems(cells: Cells, folder: DataFolder) -> tuple[list[Path], list[Diagnostic | None]]:
    """The files that cells name, and for each cell what is wrong with its own."""
    found = [_find(value, folder) for value in cells.values]
    files = [path for path in found if isinstance(path, Path)]
    looked = iter(side_by_side(look, files))
    return files, [path if isinstance(path, Diagnostic) else _problem(path, next(looked)) for path in found]


def _find(value: str, folder: DataFolder) -> Path | Diagnostic:
    try:
        return folder.find(value)
    except Rejected as rejected:
        (problem,) = rejected.diagnostics
        return replace(problem, help=f"write {with_slashes(value)}") if "\\" in value else problem


def _problem(path: Path, header: object) -> Diagnostic | None:
    if not isinstance(header, BadPicture):
        return None
    return Diagnostic("bad-picture", f"{path} {header}", help=LEAVE_OUT, at=FILE)


def _by_row(cells: Cells, problems: list[Diagnostic | None]) -> Iterator[Diagnostic]:
    for row, problem in enumerate(problems):
        if problem is not None:
            message = f"{cells.origins.at(row)}: {problem.message}"
            yield replace(problem, message=message, at=cells.origins.route(row))
