"""For every layer of a graph, what it asks of Keras."""

from collections.abc import Callable, Iterator
from typing import Any

from cnnspec.graph.nodes import Graph, Node
from cnnspec.reports.code.keras_calls import KerasCalls, Tensor, read_tensor
from cnnspec.reports.code.syntax import Expression
from cnnspec.source.frozen import frozen


@frozen
class At(Expression):
    """What a node of the graph gives."""

    position: int


@frozen
class Asked:
    """What one node asks of Keras: operations one after the other, the last of which gives what it gives."""

    steps: tuple[Tensor, ...]


Calls = tuple[Asked | None, ...]
"""By node; None for an input."""


def asked(graph: Graph, before: tuple[Graph, Calls] | None = None) -> Calls:
    """What each node asks for; what it asked for `before`, where it is as it was in that graph of as many nodes."""
    masked: set[int] = set()
    builds: list[Callable[..., Any] | None] = []
    found: list[Asked | None] = []
    for position, node in enumerate(graph.nodes):
        if node.layer is None:
            builds.append(None)
            found.append(None)
            continue
        if before is not None and _is_as_before(position, graph, before[0]):
            builds.append(None)
            found.append(before[1][position])
            continue
        shapes = [graph.nodes[each].output for each in node.inputs]
        reads = [read_tensor(At(each), shape, each in masked) for each, shape in zip(node.inputs, shapes, strict=True)]
        again = node.shared if node.facts.weights else None
        if again is not None and builds[again] is None:
            builds[again] = _build(graph, again)
        build = _build(graph, position) if again is None else builds[again]
        builds.append(build)
        assert build is not None
        given = build(reads if node.layer.merges or len(reads) > 1 else reads[0])
        found.append(Asked(tuple(_steps(given))))
        if _hands_mask_on(node, masked, graph):
            masked.add(position)
    return tuple(found)


def _build(graph: Graph, position: int) -> Callable[..., Any]:
    node = graph.nodes[position]
    assert node.layer is not None
    return node.layer.build(KerasCalls(node.layer), node.name, *(graph.nodes[each].output for each in node.inputs))


def _is_as_before(position: int, graph: Graph, before: Graph) -> bool:
    """Whether a node has the layer and reads the shapes that it had; what is used again is asked anew."""
    node, was = graph.nodes[position], before.nodes[position]
    reads = all(graph.nodes[each].output == before.nodes[each].output for each in node.inputs)
    return node.layer == was.layer and node.inputs == was.inputs and reads and node.shared is None


def _hands_mask_on(node: Node, masked: set[int], graph: Graph) -> bool:
    layer = node.layer
    if layer is None or layer.masks:
        return layer is not None
    read = [position for position in node.inputs if position in masked]
    shape = graph.nodes[node.inputs[0]].output
    return bool(read) and layer.knows_masks(shape) and not layer.spends_masks(shape)


def _steps(given: Tensor) -> Iterator[Tensor]:
    """All operations, each after those that it needs."""
    seen: set[int] = set()

    def follow(expression: Expression) -> Iterator[Tensor]:
        if id(expression) in seen:
            return
        seen.add(id(expression))
        for each in expression.inner():
            yield from follow(each)
        if isinstance(expression, Tensor) and not isinstance(expression.made, At):
            yield expression

    yield from follow(given)
