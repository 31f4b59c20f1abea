"""What explanations ask of a network again and again: its spec, its graph, its sums and receptive fields."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from cnnspec.graph.facts import Totals, View, totals, views
from cnnspec.graph.nodes import Graph, Node, Stage, Step
from cnnspec.language.spec import Spec
from cnnspec.layers.shape import Shape


class Network:
    """A spec and its graph; `runs` is a folder where runs of it may lie."""

    def __init__(self, spec: Spec, graph: Graph, runs: Path | None = None) -> None:
        self.spec, self.graph, self.runs = spec, graph, runs

    @cached_property
    def totals(self) -> Totals:
        """Of all layers."""
        return totals(self.graph.nodes)

    @cached_property
    def views(self) -> tuple[View | None, ...]:
        """Each node's receptive field."""
        return views(self.graph)

    @cached_property
    def steps(self) -> tuple[tuple[Stage, Step], ...]:
        """Every step, those inside others after these, with the stage that it is in."""
        return tuple((stage, step) for stage in self.graph.stages for first in stage.steps for step in _within(first))

    def read(self, node: Node) -> tuple[Shape, ...]:
        """The shapes that a node reads."""
        return tuple(self.graph.nodes[position].output for position in node.inputs)

    def shapes(self, positions: tuple[int, ...]) -> tuple[Shape, ...]:
        """The shapes at these positions."""
        return tuple(self.graph.nodes[position].output for position in positions)


def _within(step: Step) -> Iterator[Step]:
    yield step
    for branch in step.branches:
        for inner in branch.steps:
            yield from _within(inner)
