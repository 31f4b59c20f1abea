"""A table in a file: texts, pictures and numbers from columns, classes and numbers to learn from others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.csv_rows import read_csv
from cnnspec.backend.data.formats.decode_picture import look
from cnnspec.backend.data.formats.decode_text import read_text
from cnnspec.backend.data.formats.json_rows import read_jsonl
from cnnspec.backend.data.input_arrays import fit_input
from cnnspec.backend.data.labels import Cells, Learnt, read_columns, read_labels, read_numbers, read_several
from cnnspec.backend.data.pictures import Pictures, reading_for, side_by_side, the_first
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.splits import Array, Column, Dataset, Split
from cnnspec.backend.data.texts import check_reads_texts, texts_of
from cnnspec.graph.heads import Head, heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, Label
from cnnspec.language.sources.table import Table
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected

_READERS: Mapping[str, Callable[[str, str], Rows]] = {
    ".csv": lambda text, shown: read_csv(text, shown, ","),
    ".tsv": lambda text, shown: read_csv(text, shown, "\t"),
    ".jsonl": read_jsonl,
}


@reads(Table)
def table(section: Table, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that the section names; raises Rejected where a file, a column or a cell is wrong."""
    features, labels = section.features(graph.inputs), _wanted_labels(section, graph)
    encoding = _encoding(features)
    named = {"train": section.train, "validation": section.validation, "test": section.test}
    read = {name: _rows(file, encoding, folder) for name, file in named.items() if file is not None}
    inputs = {
        name: {key: _input(feature, rows, key, graph, folder) for key, feature in features.items()}
        for name, rows in read.items()
    }
    learnt = {head.name: _learnt(labels[head.name], list(read.values()), head) for head in heads(graph)}
    splits = {
        name: Split(
            name,
            inputs[name],
            {key: each.arrays[number] for key, each in learnt.items()},
            dict.fromkeys((*features, *learnt), rows.file),
        )
        for number, (name, rows) in enumerate(read.items())
    }
    classes = {key: each.classes for key, each in learnt.items() if each.classes is not None}
    return Dataset(splits["train"], splits.get("validation"), splits.get("test"), classes)


def _wanted_labels(section: Table, graph: Graph) -> dict[str, Label]:
    """Which columns each output learns; raises Rejected where the section does not say."""
    if section.labels is not None:
        section.refuse_misnamed("labels", graph.outputs)
        return {name: section.labels[name] for name in graph.outputs}
    if section.label is None or len(graph.outputs) > 1:
        several = len(graph.outputs) > 1
        received = f"a table {'with one label' if section.label else 'without a label'}"
        expected = f"labels, with a column for each of {', '.join(graph.outputs)}" if several else "what to learn"
        raise rejected("bad-source", received, expected, _LABELS if several else "write label: {column: ...}")
    return {next(iter(graph.outputs)): section.label}


_LABELS = "write labels: {kind: kind, price: {column: price}}"


def _encoding(features: Mapping[str, Feature]) -> str:
    encodings = dict.fromkeys(feature.text.encoding for feature in features.values() if feature.text)
    if len(encodings) > 1:
        raise rejected("bad-encoding", f"encodings {', '.join(encodings)} of one table", "one encoding a file")
    return next(iter(encodings), "utf-8")


def _rows(file: str, encoding: str, folder: DataFolder) -> Rows:
    shown = str(folder.path / file)
    _reader(shown)
    return read_rows(folder.find(file), shown, encoding)


def read_rows(path: Path, shown: str, encoding: str = "utf-8") -> Rows:
    """The rows of a file, read by its ending; raises Rejected where it cannot be read."""
    return _reader(shown)(read_text(path, shown, encoding), shown)


def _reader(shown: str) -> Callable[[str, str], Rows]:
    ending = PurePosixPath(shown).suffix.lower()
    reader = _READERS.get(ending)
    if ending == ".parquet":
        help = "save it as .csv or .jsonl to train with what there is"
        raise rejected("not-running", f"{shown} is parquet, which does not run yet", "csv, tsv or jsonl", help)
    if reader is None:
        raise rejected("bad-table", f"{shown} ends in {ending or 'nothing'}", ".csv, .tsv or .jsonl", "rename the file")
    return reader


def _input(feature: Feature, rows: Rows, name: str, graph: Graph, folder: DataFolder) -> Column:
    if feature.text is not None:
        check_reads_texts(graph, name, feature.text)
        cells = rows.column(_column_of(feature.text.column, "text"))
        return texts_of(cells.values, cells.origins)
    if feature.columns is not None:
        return _numbers(feature.columns, rows, name, graph)
    assert feature.image is not None
    cells = rows.column(_column_of(feature.image.column, "image"))
    return _read_pictures(cells, reading_for(feature.image, graph.nodes[graph.inputs[name]].output, name), folder)


def _column_of(column: str | None, what: str) -> str:
    if column is None:
        raise rejected(
            "bad-source", f"{what} without a column", "the column that holds it", f"write {what}: {{column: ...}}"
        )
    return column


def _numbers(columns: Sequence[str], rows: Rows, name: str, graph: Graph) -> Array:
    """(n, columns) of float32, or integers where the input is of integers."""
    array = np.stack([read_numbers(rows.column(column)) for column in columns], axis=1)
    fitted = (graph.nodes[graph.inputs[name]].output, f"columns of {rows.file}")
    if "float" not in graph.dtypes.get(name, "float32"):
        broken = np.argwhere(array != np.floor(array))
        if broken.size:
            row, column = (int(number) for number in broken[0])
            received = f"{rows.origins.at(row)}: column {columns[column]} is {array[row, column]}"
            raise rejected("input-type", received, f"a whole number, as input {name} is {graph.dtypes[name]}")
        return fit_input(array.astype(np.int64), *fitted)
    return fit_input(array.astype(np.float32), *fitted)


def _learnt(label: Label, splits: Sequence[Rows], head: Head) -> Learnt:
    if label.columns is not None:
        return read_columns([[rows.column(column) for column in label.columns] for rows in splits], head)
    assert label.column is not None
    if label.separator is not None:
        return read_several([rows.column(label.column, empty=True) for rows in splits], label.separator, head)
    return read_labels([rows.column(label.column) for rows in splits], head)


def _read_pictures(cells: Cells, reading: Reading, folder: DataFolder) -> Pictures:
    """The files that the cells name, relative to the data's folder and never outside it.

    Raises Rejected naming all rows whose file is missing, outside or no picture.
    """
    found = [_find(value, folder) for value in cells.values]
    files = [path for path in found if isinstance(path, Path)]
    looked = iter(side_by_side(look, files))
    problems = [path if isinstance(path, Diagnostic) else _problem(path, next(looked)) for path in found]
    if any(problems):
        raise Rejected(the_first(_by_row(cells, problems)))
    paths = np.array([str(path) for path in files], object)
    return Pictures(paths, np.array([str(folder.path / value) for value in cells.values], object), reading)


def _find(value: str, folder: DataFolder) -> Path | Diagnostic:
    try:
        return folder.find(value)
    except Rejected as rejected:
        return rejected.diagnostics[0]
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "its links lead in a circle"
        return Diagnostic("no-file", f"{folder.path / value} cannot be read ({reason})")


def _problem(path: Path, header: object) -> Diagnostic | None:
    return Diagnostic("bad-picture", f"{path} {header}") if isinstance(header, BadPicture) else None


def _by_row(cells: Cells, problems: list[Diagnostic | None]) -> Iterator[Diagnostic]:
    for row, problem in enumerate(problems):
        if problem is not None:
            yield Diagnostic(problem.code, f"{cells.origins.at(row)}: {problem.message}", help=problem.help)
