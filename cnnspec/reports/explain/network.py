"""What explanations ask of a network again and again: its spec, its graph, its sums and receptive fields."""

from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path

from cnnspec.graph.facts import Totals, View, totals, views
from cnnspec.graph.nodes import Graph, Node, Stage, Step
from cnnspec.language.composites import APART
from cnnspec.language.spec import Spec
from cnnspec.layers.shape import Shape


class Network:
    """A spec and its graph; `runs` is a folder where runs of it may lie."""

    def __init__(self, spec: Spec, graph: Graph, runs: Path | None = None) -> None:
        self.spec, self.graph, self.runs = spec, graph, runs

    @property
    def argument(self) -> str:
        """What stands for the spec on a command line."""
        spec = self.spec
        named = spec.name if spec.folder is None or spec.file.startswith("<") else spec.file
        return f"{named}@{spec.variant}" if spec.variant is not None and spec.variant != spec.default_variant else named

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

    @cached_property
    def ends(self) -> dict[str, tuple[str, ...]]:
        """By name of a step that is repeated: whether it is the `first` or the `last` of the repeats, or both."""
        found: dict[str, tuple[str, ...]] = {}
        for steps in _lists(self.graph):
            for _, same in groupby(steps, lambda step: step.span):
                row = list(same)
                for step, end in ((row[0], "first"), (row[-1], "last")):
                    found[step.name] = (*found.get(step.name, ()), end)
        return found

    def name_of(self, position: int) -> str:
        """What people call a result: the stage or the entry that ends there, or an input."""
        return self._names.get(position) or self.graph.nodes[position].name

    @cached_property
    def _names(self) -> dict[int, str]:
        entries = {step.output: step.name for _, step in reversed(self.steps) if step.merge != APART}
        return {**entries, **{stage.output: stage.title for stage in self.graph.stages}}

    def before(self, stage: Stage) -> int | None:
        """What a stage reads unless it says otherwise: the one before it, at first the only input."""
        number = self.graph.stages.index(stage)
        if number:
            return self.graph.stages[number - 1].output
        return next(iter(self.graph.inputs.values())) if len(self.graph.inputs) == 1 else None

    def read(self, node: Node) -> tuple[Shape, ...]:
        """The shapes that a node reads."""
        return tuple(self.graph.nodes[position].output for position in node.inputs)

    def shapes(self, positions: tuple[int, ...]) -> tuple[Shape, ...]:
        """The shapes at these positions."""
        return tuple(self.graph.nodes[position].output for position in positions)


def _lists(graph: Graph) -> Iterator[tuple[Step, ...]]:
    """The steps that follow each other: those of each stage, and of each branch."""
    for stage in graph.stages:
        yield stage.steps
        for step in stage.steps:
            for inner in _within(step):
                yield from (branch.steps for branch in inner.branches)


def _within(step: Step) -> Iterator[Step]:
    yield step
    for branch in step.branches:
        for inner in branch.steps:
            yield from _within(inner)
