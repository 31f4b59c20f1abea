"""Rows of a table to predict: the columns that the spec reads, without those that it learns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from cnnspec.backend.data.cells import shown
from cnnspec.backend.data.input_arrays import fit_input
from cnnspec.backend.data.numerals import number_in, trouble_with
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.rows import Rows, Written
from cnnspec.backend.data.sources.table import read_rows
from cnnspec.backend.data.splits import Array
from cnnspec.backend.predict_inputs.example import Example, Piece
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

Cell = Mapping[str, str]
"""The cells of a row that the network reads, by column."""


def rows_in(path: Path, features: Mapping[str, Feature], graph: Graph, written: Written) -> Iterator[Example]:
    """An example for each row, one with a missing or wrong cell saying so; raises Rejected for the table as a whole.

    Pictures are looked for from the table's own folder, which they never leave.
    """
    rows = read_rows(path, str(path), written)
    yield from examples_of(rows, [f"{path}:{int(line)}" for line in rows.lines], features, graph, path)


def examples_of(
    rows: Rows, names: Sequence[str], features: Mapping[str, Feature], graph: Graph, path: Path
) -> Iterator[Example]:
    """An example by its name for each of some rows; pictures are looked for beside the `path`."""
    columns = dict.fromkeys(column for feature in features.values() for column in columns_of(feature))
    cells = {column: rows.column(column, NOWHERE, empty=True).values for column in columns}
    text = next((feature.text.column for feature in features.values() if feature.text), None)
    for row in range(len(rows)):
        read = {column: values[row] for column, values in cells.items()}
        name = names[row]
        try:
            pieces = {key: _piece(key, features[key], read, graph, (rows, row), path) for key in graph.inputs}
        except Rejected as refusal:
            yield Example(name, problems=refusal.diagnostics)
        else:
            yield Example(name, pieces, read[text] if text else None)


def columns_of(feature: Feature) -> tuple[str, ...]:
    """The columns that an input is made from."""
    if feature.columns is not None:
        return feature.columns
    column = feature.text.column if feature.text else feature.image.column if feature.image else None
    return (column,) if column else ()


def _piece(name: str, feature: Feature, read: Cell, graph: Graph, place: tuple[Rows, int], path: Path) -> Piece:
    columns = columns_of(feature)
    rows, row = place
    for column in columns:
        if not read[column].strip():
            received = f"{rows.origins.at(row)}: column {column} is empty"
            raise rejected("missing-cell", received, "a value in every row", at=NOWHERE)
    if feature.text is not None:
        return read[columns[0]]
    if feature.image is not None:
        return _beside(path, read[columns[0]], rows.origins.at(row))
    cells = [(column, read[column]) for column in columns]
    return _numbers(name, cells, graph, rows.origins.at(row), rows.written.decimal)


def _beside(table: Path, cell: str, place: str) -> Path:
    """The file that a cell names; raises Rejected if it lies outside the table's folder, links followed."""
    folder = DataFolder(table.parent)
    try:
        if folder.holds(table.parent / cell):
            return table.parent / cell
    except (OSError, RuntimeError):
        raise rejected("no-file", f"{place}: {cell} cannot be followed", "a file with a picture", at=NOWHERE) from None
    help = "put the table into a folder that holds the pictures too"
    raise rejected("outside", f"{place}: {cell} lies outside {table.parent}", "a file below it", help, at=NOWHERE)


def _numbers(name: str, cells: list[tuple[str, str]], graph: Graph, place: str, decimal: str) -> Array:
    """As training reads them: single precision, or integers where the input is of integers."""
    whole = "float" not in graph.dtypes.get(name, "float32")
    expected = "a whole number" if whole else "a number"
    numbers = []
    for column, cell in cells:
        number = number_in(cell, decimal)
        if number is None or (whole and not number.is_integer()):
            why = f", {trouble_with(cell, decimal).words}" if number is None else ""
            raise rejected("not-numbers", f"{place}: column {column} is {shown(cell)}{why}", expected, at=NOWHERE)
        numbers.append(number)
    array = np.array([numbers], np.float32)
    fitted = fit_input(array.astype(np.int64) if whole else array, graph.nodes[graph.inputs[name]].output, place)
    return np.asarray(fitted[0])
