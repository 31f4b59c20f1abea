"""Puts the weights of a file into a network, as far as they fit, and tells what became of each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.transfer.words import Words, word_tables
from cnnspec.graph.nodes import Graph
from cnnspec.results.marks import Mark
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.runs.recorded import read_classes
from cnnspec.source.file_route import file_at
from cnnspec.weights.mapping import Held, fates, held_for, may_be_new, unused
from cnnspec.weights.matching import match
from cnnspec.weights.preprocessing import doubts
from cnnspec.weights.refusal import check_fits
from cnnspec.weights.source import Source, mark_of
from cnnspec.weights.store import opened
from cnnspec.weights.stored import Stored


def start(
    model: Any,
    graph: Graph,
    source: Source,
    vocabularies: Mapping[str, Vocabulary],
    classes: Mapping[str, tuple[str, ...]],
) -> Transfer:
    """Let a network that was just built begin with the weights of a file; raises Rejected.

    Layers are found as `match` says, their weights by their order, as Keras saves them. `vocabularies` are those of the
    inputs that read texts, `classes` the names of each output's classes. What does not fit keeps its initial values,
    where the source is not strict or it belongs to what may be new.
    """
    tables, words_read = word_tables(graph, vocabularies, source.run)
    by_name = {graph.nodes[position].name: table for position, table in tables.items()}
    with file_at(source.at), opened(source.file, own=source.run is not None) as store:
        new = may_be_new(graph, source)
        matching = match(graph, store, new)
        held = held_for(graph, store, matching)
        weights = tuple(_by_words(moved, by_name, held[moved.layer]) for moved in fates(graph, held, matching))
        marks = {str(source.shown): source.mark(store.mark), **_marks(source, words_read)}
        parts = (weights, unused(store, matching), _frozen(graph), tuple(_other_classes(source, classes)))
        said = tuple(doubts(graph, source, store))
        found = Transfer(str(source.shown), marks, source.strict, *parts, source.new, matching.way, said)
        check_fits(found, source, graph, matching, new)
        for moved in weights:
            _move(model, held, moved, by_name.get(moved.layer))
    refresh(model)
    return found


def _by_words(moved: Moved, tables: Mapping[str, Words | str], held: tuple[Stored, ...]) -> Moved:
    """The fate of a weight whose rows may stand for words that differ from the file's."""
    table = tables.get(moved.layer)
    if table is None or not held or moved.why or moved.found is None:
        return moved
    if isinstance(table, str):
        return replace(moved, fate="mismatched", why=table)
    if moved.number or moved.found[1:] != moved.shape[1:] or len(moved.found) != len(moved.shape):
        return moved
    known = sum(1 for _ in table.pairs(moved.shape[0], moved.found[0]))
    return replace(moved, fate="by word", words=min(len(table.now), moved.shape[0]), known=known)


def _frozen(graph: Graph) -> dict[str, int]:
    """How many numbers of each stage training leaves as they are, that it would change otherwise."""
    frozen: dict[str, int] = {}
    for stage in graph.stages:
        nodes = [graph.nodes[at] for at in stage.all_nodes()]
        held = [node for node in nodes if node.shared is None and node.layer is not None and not node.layer.trainable]
        frozen[stage.title] = sum(weight.size for node in held for weight in node.facts.weights if weight.trainable)
    return frozen


def _other_classes(source: Source, classes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Outputs that learnt as many classes there, but not the same ones in the same order: their shapes do not tell."""
    there = read_classes(source.run, tuple(classes)) if source.run is not None and classes else {}
    for output, names in there.items():
        if len(names) == len(classes[output]) and names != classes[output]:
            known, now = (", ".join(each[:4]) + (", ..." if len(each) > 4 else "") for each in (names, classes[output]))
            yield f"classes  {output} knew {known} there, and learns {now} here"


def _marks(source: Source, words: list[str]) -> dict[str, Mark]:
    if source.run is None or source.run.packed is not None:  # whose one file has all of it
        return {}
    paths: list[Path] = [source.run.path / name for name in words]
    return {str(path): mark for path in paths if (mark := mark_of(path)) is not None}


def _move(model: Any, held: Held, moved: Moved, table: Words | str | None) -> None:
    """Give one weight of the network its value, if the file has it."""
    if moved.fate not in ("loaded", "by word"):
        return
    variable = model.get_layer(moved.layer).weights[moved.number]
    stored = held[moved.layer][moved.number]
    if moved.fate == "by word" and isinstance(table, Words):
        variable.assign(_by_word(variable, stored, table))
    else:
        variable.assign(stored.read())


def _by_word(variable: Any, stored: Stored, words: Words) -> Any:
    """The variable's values, with the rows of known words in their place."""
    values = np.array(variable)
    pairs = np.array(list(words.pairs(values.shape[0], stored.shape[0])), np.int64).reshape(-1, 2)
    values[pairs[:, 0]] = stored.read(len(words.then))[pairs[:, 1]]
    return values
