"""Inputs, stages and outputs in levels: each stands below all that it reads; beside each other stands what does not."""

from collections.abc import Sequence

from cnnspec.graph.nodes import Graph, Stage
from cnnspec.reports.diagram.parts import Positions
from cnnspec.source.frozen import frozen

Reads = tuple[tuple[int, int], ...]
"""Pairs of a card and the position of what is read of it."""


@frozen
class Places:
    """Cards by number, inputs first, then stages, then outputs: what each reads, its level, the cards of every level.

    `firsts` are what the first entry of each reads, `results` what each gives as a whole. A card is `free` where
    nothing stands to its left.
    """

    reads: tuple[Reads, ...]
    firsts: tuple[Positions, ...]
    results: Positions
    level: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]

    def free(self, card: int) -> bool:
        """Whether nothing stands to the left of a card."""
        return self.rows[self.level[card]][0] == card

    def last(self, card: int) -> bool:
        """Whether nothing stands to the right of a card."""
        return self.rows[self.level[card]][-1] == card

    def above(self, card: int) -> Reads:
        """What comes to a card by a wire from those right above it: of their results, what its first entry reads."""
        return tuple(
            (source, at)
            for source, at in self.reads[card]
            if at in self.firsts[card] and self.level[source] == self.level[card] - 1 and self.results[source] == at
        )

    def entry(self, card: int) -> Positions:
        """The positions of what comes from right above."""
        return tuple(at for _, at in self.above(card))


def places_of(graph: Graph) -> Places:
    """The levels of a network."""
    inputs, outputs = tuple(graph.inputs.values()), tuple(graph.outputs.values())
    owner = {at: number for number, at in enumerate(inputs)}
    reads: list[Reads] = [() for _ in inputs]
    for number, stage in enumerate(graph.stages, len(inputs)):
        reads.append(tuple((owner[at], at) for at in sources_of(graph, stage) if at in owner))
        owner |= dict.fromkeys((at for at in stage.all_nodes() if at not in owner), number)
        owner.setdefault(stage.output, number)
    results = (*inputs, *(stage.output for stage in graph.stages), *outputs)
    firsts = (*(() for _ in inputs), *map(_first, graph.stages), *((at,) for at in outputs))
    reads += [((_giver(results, len(inputs) + len(graph.stages), at, owner[at]), at),) for at in outputs]
    level: list[int] = []
    for each in reads:
        level.append(1 + max((level[card] for card, _ in each), default=-1))
    return Places(tuple(reads), firsts, results, tuple(level), _rows(reads, level))


def _first(stage: Stage) -> Positions:
    return stage.steps[0].reads if stage.steps else (stage.output,)


def axes_of(places: Places, before: Sequence[float], after: Sequence[float], apart: float) -> list[float]:
    """Where the axis of each card is across the levels: in line with those that it reads, as far as there is room.

    `before` and `after` are what each card takes on both sides of it.
    """
    axes = [0.0] * len(before)
    for row in places.rows:
        edge: float | None = None
        for card in row:
            above = [axes[source] for source, _ in places.above(card)]
            wanted = sum(above) / len(above) if above else 0.0
            axes[card] = wanted if edge is None else max(wanted, edge + apart + before[card])
            edge = axes[card] + after[card]
    return axes


def sources_of(graph: Graph, stage: Stage) -> Positions:
    """What a stage reads of others, in the order in which it reads it; of an empty one, what it hands on."""
    own = frozenset(stage.all_nodes())
    found = tuple(dict.fromkeys(read for at in own_order(stage) for read in graph.nodes[at].inputs if read not in own))
    return found or (stage.output,)


def own_order(stage: Stage) -> Positions:
    """The positions of a stage's nodes in the order in which they run."""
    return tuple(sorted(set(stage.all_nodes())))


def _giver(results: Positions, end: int, at: int, owner: int) -> int:
    """The last card that has a position as its result."""
    return max((card for card in range(end) if results[card] == at), default=owner)


def _rows(reads: list[Reads], level: list[int]) -> tuple[tuple[int, ...], ...]:
    """The cards of each level, from left to right: as those that they read stand, the way to the end first."""
    ahead = [0] * len(reads)
    for card in reversed(range(len(reads))):
        for source, _ in reads[card]:
            ahead[source] = max(ahead[source], ahead[card] + 1)
    rows: list[list[int]] = [[] for _ in range(1 + max(level, default=-1))]
    for card, at in enumerate(level):
        rows[at].append(card)
    order: dict[int, int] = {}
    for row in rows:
        row.sort(key=lambda card: (min((order[source] for source, _ in reads[card]), default=card), -ahead[card], card))
        order |= {card: at for at, card in enumerate(row)}
    return tuple(map(tuple, rows))
