"""What a Python program has in memory to predict: arrays, frames, texts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cnnspec.backend.data.frames import is_frame, rows_of
from cnnspec.backend.data.given import by_name
from cnnspec.backend.data.ids import check_ids
from cnnspec.backend.data.input_arrays import checked_input
from cnnspec.backend.data.rows import Rows
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.data.values import column_of
from cnnspec.backend.predict_inputs.example import Example, Piece
from cnnspec.backend.predict_inputs.numbers import several
from cnnspec.backend.predict_inputs.tables import columns_of, examples_of
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Feature, Image
from cnnspec.source.diagnostic import rejected
from cnnspec.source.file_route import file_at
from cnnspec.source.route import NOWHERE


def given_examples(
    inputs: Any, graph: Graph, features: Mapping[str, Feature], image: Image | None
) -> Iterator[Example]:
    """An example for each row, or a single one of an input's own shape; raises Rejected."""
    if is_frame(inputs) and all(name in features and columns_of(features[name]) for name in graph.inputs):
        rows = rows_of(inputs, "the frame")
        return examples_of(rows, [f"index {row}" for row in range(len(rows))], features, graph, Path("frame"))
    found = {
        name: _column([value] if isinstance(value, str) else value, name, graph, features.get(name), image)
        for name, value in by_name(inputs, graph.inputs, "predict", "x", "input").items()
    }
    counts = {name: len(column) for name, column in found.items()}
    if len(set(counts.values())) > 1:
        received = ", ".join(f"{count:,} examples in {name}" for name, count in counts.items())
        raise rejected("count-mismatch", received, "as many of each input", at=NOWHERE)
    return (_example(found, row) for row in range(next(iter(counts.values()))))


def _column(value: Any, name: str, graph: Graph, feature: Feature | None, image: Image | None) -> Array | list[str]:
    """The examples of one input as the network reads them, or texts."""
    if is_frame(value):
        value = _matrix(rows_of(value, name), value)
    column = column_of(value, name)
    if isinstance(column, list):
        if feature is None or feature.text is None:
            received = f"texts for input {name}, which reads none"
            help = "for files write predict(files=...)"
            raise rejected("bad-input", received, "arrays, or a frame of numbers", help, at=NOWHERE)
        return column
    with file_at(NOWHERE):
        array = checked_input(several(column, name, graph, image), name, name, graph, image)
    check_ids(Split("given", {name: array}, {}, {name: name}), graph)
    return array


def _matrix(rows: Rows, frame: Any) -> Any:
    """The numbers of a frame, row by row; raises Rejected naming the column that holds none."""
    for name, kind in zip(rows.columns, map(str, frame.dtypes), strict=True):
        if not kind.lower().startswith(("int", "uint", "float", "bool")):
            raise rejected("not-numbers", f"column {name} of the frame is {kind}", "numbers", at=NOWHERE)
    return frame.to_numpy()


def _example(found: Mapping[str, Array | list[str]], row: int) -> Example:
    pieces: dict[str, Piece] = {name: column[row] for name, column in found.items()}
    texts = [piece for piece in pieces.values() if isinstance(piece, str)]
    return Example(f"index {row}", pieces, " | ".join(texts) if texts else None)
