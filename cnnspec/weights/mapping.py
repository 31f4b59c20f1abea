"""What would go where: the fate of every weight of a network that starts from a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cnnspec.graph.named_parts import known_parts, layers_named
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Weight
from cnnspec.results.transfer import Moved, Transfer
from cnnspec.results.weights import Contents, Tensor
from cnnspec.source.diagnostic import Diagnostic, Rejected, misspelt
from cnnspec.source.file_route import file_at
from cnnspec.weights.by_order import by_number
from cnnspec.weights.matching import Matching, match
from cnnspec.weights.refusal import refusal
from cnnspec.weights.skeleton import classes
from cnnspec.weights.source import Source
from cnnspec.weights.store import opened
from cnnspec.weights.stored import Store, Stored

Held = Mapping[str, tuple[Stored, ...]]
"""The weights in the file for a layer here, by its name."""


def contents(source: Source) -> Contents:
    """What is in a file; raises Rejected."""
    with file_at(source.at), opened(source.file, own=source.run is not None) as store:
        kinds = classes(store.config) if store.config is not None else {}
        tensors = (
            Tensor(layer, each.name, each.shape, each.dtype, each.size, each.size * each.width)
            for layer in _in_order(store, list(kinds))
            for each in store.layers[layer]
        )
        member = "" if source.shown == source.file else source.file.name
        size, checksum = store.mark["size"], store.mark["sha256"]
        return Contents(str(source.shown), size, checksum, tuple(tensors), kinds, member)


def _in_order(store: Store, known: Sequence[str]) -> list[str]:
    """The layers as the model has them where it is known, else as the file has them, or by their numbers."""
    if store.ordered:
        return list(store.layers)
    places = {name: place for place, name in enumerate(known)}
    return sorted(store.layers, key=lambda name: (places.get(name, len(places)), by_number(name)))


def mapped(source: Source, graph: Graph) -> tuple[Transfer, Mapping[str, tuple[str, ...]], Diagnostic | None]:
    """What would become of every weight, layers that could be several of the file, and why a training would refuse it.

    Raises Rejected where the file cannot be read.
    """
    with file_at(source.at), opened(source.file, own=source.run is not None) as store:
        may = may_be_new(graph, source)
        matching = match(graph, store, may)
        weights = tuple(fates(graph, held_for(graph, store, matching), matching))
        file, marks = str(source.shown), {str(source.shown): source.mark(store.mark)}
        left = unused(store, matching)
        found = Transfer(file, marks, source.strict, weights, left, new=source.new, way=matching.way)
        return found, matching.unclear, refusal(_by_word(found, source, graph), source, graph, matching, may)


def _by_word(transfer: Transfer, source: Source, graph: Graph) -> Transfer:
    """With data the rows of a run's embedding go by their words, however many these are."""
    tables = {node.name for node in graph.nodes if node.layer is not None and node.layer.row_for == "id"}
    rows = {moved for moved in transfer.weights if moved.layer in tables and (moved.found or ())[1:] == moved.shape[1:]}
    weights = (replace(moved, fate="by word") if moved in rows else moved for moved in transfer.weights)
    return replace(transfer, weights=tuple(weights)) if source.run is not None else transfer


def may_be_new(graph: Graph, source: Source) -> frozenset[int]:
    """The layers that need not be in the file; raises Rejected where one is named that the network has not."""
    found: set[int] = set()
    for name in source.new:
        named = layers_named(graph, name)
        if not named:
            message = f"new names {name}, which is no stage or entry"
            raise Rejected([replace(misspelt("unknown-name", message, name, known_parts(graph), None), at=source.at)])
        found |= named
    return frozenset(found)


def held_for(graph: Graph, store: Store, matching: Matching) -> Held:
    """The weights in the file for each layer that has weights of its own."""
    return {node.name: matching.held(graph, at, store) for at, node in enumerate(graph.nodes) if node.shared is None}


def fates(graph: Graph, held: Held, matching: Matching) -> Iterator[Moved]:
    """What becomes of each weight, in the network's order."""
    stages = {at: stage.title for stage in graph.stages for at in stage.all_nodes()}
    for position, node in enumerate(graph.nodes):
        if node.layer is None or node.shared is not None:
            continue
        for number, weight in enumerate(node.facts.weights):
            fate = _fate(stages.get(position, node.name), node, number, weight, held[node.name])
            yield replace(fate, there=matching.layers.get(node.name, ""))


def _fate(stage: str, node: Node, number: int, weight: Weight, held: tuple[Stored, ...]) -> Moved:
    mine = (stage, node.name, weight.name, number, weight.shape, weight.size)
    if not held:
        return Moved(*mine, "new")
    if len(held) != len(node.facts.weights):
        why = f"the layer has {len(held)} weights there, {len(node.facts.weights)} here"
        return Moved(*mine, "mismatched", why=why)
    found = held[number].shape
    return Moved(*mine, "loaded" if found == weight.shape else "mismatched", found)


def unused(store: Store, matching: Matching) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """What the file has beyond, with its shapes."""
    known = set(matching.layers.values())
    left: Iterable[tuple[str, tuple[Stored, ...]]] = (
        (name, held) for name, held in store.layers.items() if name not in known
    )
    return tuple((f"{name}/{each.name}", each.shape) for name, held in left for each in held)
