"""Examples of a run's own data by where they stand, as evaluations name them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnnspec.backend.data.example_places import place_of, text_of
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.splits import Split
from cnnspec.backend.data.texts import Texts
from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.predict_inputs.example import Example, Piece
from cnnspec.backend.prepared import prepare, sections
from cnnspec.graph.locate import placed
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_data_folder, read_fold
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def examples_of_split(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    split: str,
    places: Sequence[str],
    data_root: Path | None = None,
    given: Given | None = None,
) -> list[Example]:
    """The examples of a split that stand at these places, in their order; raises Rejected where one is not there.

    The data is looked for where it was during training, or under `data_root`, and read and divided as it was then.
    """
    beside = replace(spec, folder=data_root or read_data_folder(folder))
    with placed(beside, graph):
        words = read_vocabularies(folder, sections(spec)[1], graph)
        known = read_classes(folder, tuple(graph.outputs))
        job = prepare(
            beside, graph, fold=read_fold(folder), vocabularies=words or None, keep=True, given=given, known=known
        )
        unread = next((each for each in job.dataset.unread if each.name == split), None)
        rows = {} if unread is None else _rows(unread, f"{job.folder.path}/")
        if unread is None or (missing := [place for place in places if place not in rows]):
            received = f"the data of {folder.name} has no {split} split" if unread is None else f"no {missing[0]} in it"
            raise rejected("no-split", received, "the examples that were evaluated", at=NOWHERE)
        return [_example(unread, rows[place], place) for place in places]


def _rows(split: Split, below: str) -> dict[str, int]:
    """The rows of a split by where its examples stand, as an evaluation has it."""
    return {place_of(split, row).removeprefix(below): row for row in range(split.count)}


def _example(split: Split, row: int, place: str) -> Example:
    pieces: dict[str, Piece] = {}
    for name, column in split.inputs.items():
        if isinstance(column, Texts):
            pieces[name] = str(column.items[row])
        else:
            pieces[name] = column.read(np.array([row]))[0] if isinstance(column, Pictures) else np.asarray(column)[row]
    return Example(place, pieces, text_of(split, row))
