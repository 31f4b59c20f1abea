"""What the numbers of an input have become where they reach the first weights."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.nodes import Node
from cnnspec.source.frozen import frozen

Ends = tuple[float, float]


@frozen
class Arrival:
    """A layer with weights that reads an input's numbers, from `least` to `most` by then.

    `by` is the last layer that scaled them; None where nothing did.
    """

    node: Node
    least: float
    most: float
    by: Node | None = None


def arrivals(subject: Subject, name: str, least: float, most: float) -> Iterator[Arrival]:
    """Every first layer with weights that numbers from `least` to `most` of an input reach.

    What brings numbers into a range of its own, whatever they are, is passed over with all that follows.
    """
    readers, nodes = subject.readers(), subject.graph.nodes
    start = subject.graph.inputs[name]
    waiting: list[tuple[int, Ends, Node | None]] = [(each, (least, most), None) for each in readers.get(start, ())]
    seen: set[int] = set()
    while waiting:
        position, ends, by = waiting.pop()
        node = nodes[position]
        reached = None if node.layer is None else node.layer.ranged(*ends)
        if position in seen or reached is None:
            continue
        seen.add(position)
        if node.facts.weights:
            yield Arrival(node, *ends, by)
        else:
            scaled = node if reached != ends else by
            waiting += [(each, reached, scaled) for each in readers.get(position, ())]
