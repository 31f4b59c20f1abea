"""For every layer of a graph, what it asks of Keras."""

from collections.abc import Iterator

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


def asked(graph: Graph) -> tuple[Asked | None, ...]:
    """By node; None for an input."""
    masked: set[int] = set()
    builds: list[object] = []
    found: list[Asked | None] = []
    for position, node in enumerate(graph.nodes):
        if node.layer is None:
            builds.append(None)
            found.append(None)
            continue
        shapes = [graph.nodes[each].output for each in node.inputs]
        reads = [read_tensor(At(each), shape, each in masked) for each, shape in zip(node.inputs, shapes, strict=True)]
        again = node.shared is not None and node.facts.weights
        build = builds[node.shared] if again else node.layer.build(KerasCalls(node.layer), node.name, *shapes)  # type: ignore[index]
        builds.append(build)
        given = build(reads if node.layer.merges or len(reads) > 1 else reads[0])  # type: ignore[operator]
        found.append(Asked(tuple(_steps(given))))
        if _hands_mask_on(node, masked, graph):
            masked.add(position)
    return tuple(found)


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
