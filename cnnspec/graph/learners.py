"""Layers that learn statistics from the training data before the first step, and in which order they can."""

from cnnspec.graph.nodes import Graph


def learners(graph: Graph) -> dict[int, tuple[int, ...]]:
    """Each layer that learns such statistics, by its position, with all places where it is applied."""
    uses: dict[int, list[int]] = {}
    for position, node in enumerate(graph.nodes):
        if node.layer is not None and node.layer.learnt_axes(node.output) is not None:
            uses.setdefault(position if node.shared is None else node.shared, []).append(position)
    return {owner: tuple(places) for owner, places in uses.items()}


def turns(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """The layers that learn in the same pass over the data: what one reads, those of earlier passes have made.

    Layers that would have to know their own statistics first have no turn.
    """
    before, done, found = _before(graph), set[int](), list[tuple[int, ...]]()
    while ready := tuple(owner for owner, needed in before.items() if owner not in done and needed <= done):
        found.append(ready)
        done.update(ready)
    return tuple(found)


def _before(graph: Graph) -> dict[int, set[int]]:
    """For each layer that learns, those through which comes what it reads, wherever it is applied."""
    owners = {place: owner for owner, places in learners(graph).items() for place in places}
    before: dict[int, set[int]] = {owner: set() for owner in owners.values()}
    through: list[frozenset[int]] = []
    for position, node in enumerate(graph.nodes):
        read = frozenset[int]().union(*(through[source] for source in node.inputs))
        if position in owners:
            before[owners[position]] |= read
            read |= {owners[position]}
        through.append(read)
    return before
