"""Puts the weights of a file into a network, as far as they fit, and tells what became of each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.transfer.refusal import check_fits
from cnnspec.backend.transfer.source import Source, mark_of
from cnnspec.backend.transfer.words import Tables, Words, word_tables
from cnnspec.graph.named_parts import known_parts, layers_named
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Weight
from cnnspec.results.marks import Mark
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.runs.recorded import read_classes
from cnnspec.source.diagnostic import Rejected, misspelt
from cnnspec.source.file_route import file_at
from cnnspec.weights.matching import Matching, match
from cnnspec.weights.store import opened
from cnnspec.weights.stored import Store, Stored


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
    with file_at(source.at), opened(source.file, own=source.run is not None) as store:
        new = _new(graph, source)
        matching = match(graph, store, new)
        held = _held(graph, store, matching)
        weights = tuple(_matched(graph, held, matching, tables))
        marks = {str(source.file): store.mark, **_marks(source, words_read)}
        parts = (weights, _unused(store, matching), _frozen(graph), tuple(_other_classes(source, classes)))
        found = Transfer(str(source.file), marks, source.strict, *parts, source.new, matching.way)
        check_fits(found, source, graph, matching, new)
        by_name = {graph.nodes[position].name: table for position, table in tables.items()}
        for moved in weights:
            _move(model, held, moved, by_name.get(moved.layer))
    return found


def _new(graph: Graph, source: Source) -> frozenset[int]:
    """The layers that need not be in the file; raises Rejected where one is named that the network has not."""
    found: set[int] = set()
    for name in source.new:
        named = layers_named(graph, name)
        if not named:
            message = f"new names {name}, which is no stage or entry"
            raise Rejected([replace(misspelt("unknown-name", message, name, known_parts(graph), None), at=source.at)])
        found |= named
    return frozenset(found)


Held = Mapping[str, tuple[Stored, ...]]
"""The weights in the file for a layer here, by its name."""


def _held(graph: Graph, store: Store, matching: Matching) -> Held:
    return {node.name: matching.held(graph, at, store) for at, node in enumerate(graph.nodes) if node.shared is None}


def _matched(graph: Graph, held: Held, matching: Matching, tables: Tables) -> Iterator[Moved]:
    stages = {at: stage.title for stage in graph.stages for at in stage.all_nodes()}
    for position, node in enumerate(graph.nodes):
        if node.layer is None or node.shared is not None:
            continue
        for number, weight in enumerate(node.facts.weights):
            table = tables.get(position) if number == 0 or isinstance(tables.get(position), str) else None
            moved = _fate(stages.get(position, node.name), node, number, weight, held[node.name], table)
            yield replace(moved, there=matching.layers.get(node.name, ""))


def _fate(
    stage: str, node: Node, number: int, weight: Weight, held: tuple[Stored, ...], table: Words | str | None
) -> Moved:
    mine = (stage, node.name, weight.name, number, weight.shape, weight.size)
    if not held:
        return Moved(*mine, "new")
    if len(held) != len(node.facts.weights):
        why = f"the layer has {len(held)} weights there, {len(node.facts.weights)} here"
        return Moved(*mine, "mismatched", why=why)
    found = held[number].shape
    if isinstance(table, Words) and found[1:] == weight.shape[1:] and len(found) == len(weight.shape):
        known = sum(1 for _ in table.pairs(weight.shape[0], found[0]))
        return Moved(*mine, "by word", found, min(len(table.now), weight.shape[0]), known)
    if found != weight.shape or isinstance(table, str):
        return Moved(*mine, "mismatched", found, why=table if isinstance(table, str) else "")
    return Moved(*mine, "loaded", found)


def _unused(store: Store, matching: Matching) -> tuple[tuple[str, tuple[int, ...]], ...]:
    known = set(matching.layers.values())
    left = ((name, held) for name, held in store.layers.items() if name not in known)
    return tuple((f"{name}/{each.name}", each.shape) for name, held in left for each in held)


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
    if source.run is None:
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
