"""Weights whose rows stand for words: where the words are others than those of the file, a row goes by its word."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnspec.backend.data.vocabulary import Vocabulary, tokens_in
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Layer
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import is_there
from cnnspec.runs.recorded import read_lines

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a table's rows, here (`now`) and in the file (`then`)."""

    now: Tokens
    then: Tokens

    def pairs(self, rows: int, rows_there: int) -> Iterator[tuple[int, int]]:
        """The row here and the row there of each word that has one in tables of so many rows."""
        there = {word: row for row, word in enumerate(self.then[:rows_there])}
        return ((row, there[word]) for row, word in enumerate(self.now[:rows]) if word in there)


Tables = Mapping[int, Words | str]
"""By the position of the layer: its words, or why rows cannot be told by word."""


def word_tables(graph: Graph, now: Mapping[str, Vocabulary], run: RunFolder | None) -> tuple[Tables, list[str]]:
    """The layers whose rows are words that differ from the file's, and the names of the vocabularies that were read.

    `now` are the vocabularies by input, `run` is the run that the file is of. Raises Rejected for a damaged one.
    """
    tables: dict[int, Words | str] = {}
    read: list[str] = []
    for name, vocabulary in now.items():
        path = _vocabulary_of(run, name)
        lines = None if path is None else read_lines(path)
        if path is not None and lines is not None:
            read.append(path.name)
        then = None if lines is None else tokens_in(lines)
        if then == vocabulary.tokens:
            continue
        words = Words(vocabulary.tokens, then) if then is not None else _UNKNOWN
        for position, is_table in _readers(graph, graph.inputs[name], vocabulary.options.output_mode == "int"):
            found = words if is_table else _OTHERWISE
            tables[position] = found if tables.get(position, found) == found else _TWO
    return tables, read


_UNKNOWN = "the words that it was trained with are unknown: start from its run's folder, which has its vocabulary"
_OTHERWISE = "it depends on the numbers of words, which are others there"
_TWO = "it reads texts of several vocabularies"


def _vocabulary_of(run: RunFolder | None, name: str) -> Path | None:
    """The run's words for an input of this name; of a run with one input, its only ones."""
    if run is None:
        return None
    return next((path for path in (run.vocabulary(name), run.vocabulary()) if is_there(path)), None)


def _readers(graph: Graph, start: int, ids: bool) -> Iterator[tuple[int, bool]]:
    """The layers with weights that read an input's words first, each with whether its rows are words."""
    passing, exact = {start}, {start}
    for position, node in enumerate(graph.nodes):
        if not passing.intersection(node.inputs):
            continue
        plain = exact.issuperset(node.inputs)
        if node.facts.weights:
            yield (position if node.shared is None else node.shared), plain and _is_table(node, ids)
            continue
        passing.add(position)
        if plain and _passes_words(node.layer, ids):
            exact.add(position)


def _is_table(node: Node, ids: bool) -> bool:
    return node.layer is not None and node.layer.row_for == ("id" if ids else "number")


def _passes_words(layer: Layer | None, ids: bool) -> bool:
    """Whether what it gives are ids of words again, or a number for each word in the words' order."""
    return layer is not None and (layer.moves if ids else layer.keeps_places)
