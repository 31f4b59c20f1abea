"""In which order PyTorch has the numbers that a layer reads one by one: it flattens pictures channels first.

A dense layer, or a normalisation of single numbers, has a row for each number that it reads. Where these are a
flattened picture the rows of PyTorch's stand in another order; a layer whose numbers become a picture has its columns
in another order. What became of sequences of vectors, as in a transformer, lies the same in both.
"""

from collections.abc import Sequence
from math import prod

from cnnspec.graph.nodes import Graph, Node


class Untold(Exception):
    """Nobody can say in which order the numbers are."""


def flattened(graph: Graph, position: int) -> tuple[int, ...] | None:
    """The shape, channels last, that PyTorch flattened channels first into what a layer reads.

    None where nothing was, or the order is the same; raises Untold.
    """
    node = graph.nodes[position]
    if not _reads_one_by_one(graph, node):
        return None
    if _becomes_a_picture(graph, position):
        raise Untold
    found = _flattening(graph, node)
    if found is None:
        return None
    shape = _known(graph.nodes[found.inputs[0]].output)
    return shape if shape is not None and _has_channels_first(graph, graph.nodes[found.inputs[0]], shape) else None


def _reads_one_by_one(graph: Graph, node: Node) -> bool:
    """Whether a layer reads numbers in a row, and has weights for each of them."""
    if node.layer is None or node.layer.row_for == "id" or not node.inputs:
        return False
    read = graph.nodes[node.inputs[0]].output
    rows = (weight.shape[:1] for weight in node.facts.weights if weight.name != "bias")
    return len(read) == 1 and any(each == read for each in rows)


def _flattening(graph: Graph, node: Node) -> Node | None:
    """What flattened the numbers that a layer reads; raises Untold where they are among others."""
    passing, joined = [*node.inputs], len(node.inputs) > 1
    found: list[Node] = []
    while passing:
        before = graph.nodes[passing.pop()]
        if before.layer is None or before.layer.weighs or before.layer.pools_globally:
            continue
        if before.layer.reshapes and len(before.output) == 1:
            found += [before] if _known(graph.nodes[before.inputs[0]].output) else []
            continue
        joined = joined or len(before.inputs) > 1 or not before.layer.keeps_places
        passing += before.inputs
    if found and joined:
        raise Untold
    return found[0] if found else None


def _has_channels_first(graph: Graph, node: Node, shape: Sequence[int]) -> bool:
    """Whether PyTorch has what is flattened channels first: what comes of windows or is a picture has; else Untold."""
    while node.layer is not None:
        if node.layer.slides or node.layer.pools_globally:
            return True
        if node.layer.weighs or node.layer.row_for:
            return False
        if len(node.inputs) != 1 or not node.layer.keeps_places:
            raise Untold
        node = graph.nodes[node.inputs[0]]
    if len(shape) == 2:
        raise Untold
    return True


def _becomes_a_picture(graph: Graph, position: int) -> bool:
    """Whether what a layer gives is reshaped from numbers in a row into places with channels."""
    if len(graph.nodes[position].output) != 1:
        return False
    reached = {position}
    for at, node in enumerate(graph.nodes[position + 1 :], position + 1):
        if node.layer is None or not reached.intersection(node.inputs):
            continue
        if node.layer.reshapes and len(node.output) > 1 and _known(node.output):
            return True
        if node.layer.keeps_places:
            reached.add(at)
    return False


def _known(shape: Sequence[object]) -> tuple[int, ...] | None:
    """A shape with several places and several channels, which alone can be flattened in two ways."""
    sizes = tuple(size for size in shape if isinstance(size, int))
    if len(sizes) < len(shape):
        raise Untold
    return sizes if len(sizes) > 1 and prod(sizes[:-1]) > 1 and sizes[-1] > 1 else None
