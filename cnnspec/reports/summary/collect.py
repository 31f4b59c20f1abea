"""What a summary tells, collected from a graph: values only, no layout."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnnspec.graph.facts import Field, Totals, View, learnt, output_shape, totals, views
from cnnspec.graph.nodes import Graph, Node, Stage, Step
from cnnspec.layers.shape import Shape
from cnnspec.reports.notation import Pieces
from cnnspec.reports.summary.structure import structure_of
from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.language.training import Training

FLOAT32 = 4
"""Bytes of a number."""


@frozen
class Cost:
    """What nodes cost for one example. `learnt` are the parameters that gradients change unless frozen."""

    totals: Totals
    learnt: int

    @property
    def frozen(self) -> int:
        """Parameters that gradients would change, but that are not trained."""
        return self.learnt - self.totals.trainable_params

    @property
    def statistics(self) -> int:
        """Parameters that are averages over what was seen, as those of a batch normalisation."""
        return self.totals.params - self.learnt


@frozen
class StageRow:
    """A stage: a row of the table. `pooled` is the number of spatial axes that a global pool ended on."""

    title: str
    output: Shape
    pooled: int
    blocks: Pieces
    cost: Cost
    field: Field | None


@frozen
class LayerRow:
    """A layer: a row of the long table. `short` is its name within the stage, `reads` are rows before it."""

    stage: str
    name: str
    short: str
    kind: str
    output: Shape
    cost: Cost
    field: Field | None
    reads: tuple[int, ...]


@frozen
class Auto:
    """Something that the program chose by itself, how often, and in which stages."""

    choice: str
    times: int
    stages: tuple[str, ...]


@frozen
class Summary:
    """A network in figures, for one example."""

    name: str
    reference: str
    inputs: tuple[tuple[str, Shape], ...]
    output: Shape | dict[str, Shape]
    stages: tuple[StageRow, ...]
    layers: tuple[LayerRow, ...]
    cost: Cost
    field: Field | None
    weight_layers: int
    autos: tuple[Auto, ...]
    unsettled: tuple[str, ...] = ()
    """What of the training is left to a trial when it begins."""
    usual: tuple[str, ...] = ()
    """What goes without saying in the blocks: norm, activation."""

    def __repr__(self) -> str:
        return f"<Summary {self.name}: {len(self.stages)} stages, {self.cost.totals.params:,} parameters>"

    @property
    def weight_memory(self) -> int:
        """Bytes of all parameters as float32."""
        return self.cost.totals.params * FLOAT32

    @property
    def activation_memory(self) -> int | None:
        """Bytes of all layers' outputs for one example as float32; None over an unknown length."""
        numbers = self.cost.totals.activations
        return None if numbers is None else numbers * FLOAT32


def collect(
    name: str, reference: str, graph: Graph, training: "Training | None" = None, *, expand: bool = False
) -> Summary:
    """The summary of a graph under the name by which a person knows it (`resnet@50`), and of what it trains with.

    Blocks of many lines stand in one, unless told to `expand`.
    """
    seen, structure = views(graph), structure_of(graph, expand)
    costs = tuple(_cost(node) for node in graph.nodes)
    outputs = tuple(graph.outputs.values())
    return Summary(
        name=name,
        reference=reference,
        inputs=tuple((title, graph.nodes[at].output) for title, at in graph.inputs.items()),
        output=output_shape(graph),
        stages=tuple(
            _stage(graph, stage, seen, costs, blocks)
            for stage, blocks in zip(graph.stages, structure.stages, strict=True)
        ),
        layers=_layers(graph, seen, costs),
        cost=_together(costs),
        field=_window(seen[outputs[0]]) if len(outputs) == 1 else None,
        weight_layers=weight_layers(graph),
        autos=_autos(graph.stages),
        unsettled=tuple(key for key in ("precision", "xla") if getattr(training, key, None) == "auto"),
        usual=structure.usual.in_words(),
    )


def _cost(node: Node) -> Cost:
    return Cost(totals((node,)), learnt((node,)))


def _together(costs: Iterable[Cost]) -> Cost:
    each = tuple(costs)
    totals = [cost.totals for cost in each]
    return Cost(
        Totals(
            sum(of.params for of in totals),
            sum(of.trainable_params for of in totals),
            _sum(of.macs for of in totals),
            _sum(of.activations for of in totals),
        ),
        sum(cost.learnt for cost in each),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum; None where one of them is unknown."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _window(view: View | None) -> Field | None:
    return view.window if view else None


def _stage(
    graph: Graph, stage: Stage, seen: tuple[View | None, ...], costs: tuple[Cost, ...], blocks: Pieces
) -> StageRow:
    return StageRow(
        title=stage.title,
        output=graph.nodes[stage.output].output,
        pooled=_pooled(graph, stage),
        blocks=blocks,
        cost=_together(costs[at] for at in stage.all_nodes()),
        field=_window(seen[stage.output]),
    )


def _pooled(graph: Graph, stage: Stage) -> int:
    node = graph.nodes[stage.output]
    read = graph.nodes[node.inputs[0]].output if node.inputs else ()
    pools = node.layer is not None and node.layer.pools_globally
    return max(0, len(read) - len(node.output)) if pools else 0


def _layers(graph: Graph, seen: tuple[View | None, ...], costs: tuple[Cost, ...]) -> tuple[LayerRow, ...]:
    stages = {} if _is_plain(graph) else {at: stage for stage in graph.stages for at in stage.all_nodes()}
    return tuple(
        LayerRow(
            stage=stages[at].title if at in stages else "",
            name=node.name,
            short=node.name.removeprefix(f"{stages[at].slug}.") if at in stages else node.name,
            kind=node.kind,
            output=node.output,
            cost=costs[at],
            field=_window(seen[at]),
            reads=node.inputs,
        )
        for at, node in enumerate(graph.nodes)
    )


def _is_plain(graph: Graph) -> bool:
    """Whether the model was written as one list, each entry a row of its own."""
    return all(len(stage.steps) == 1 and stage.title == stage.steps[0].name for stage in graph.stages)


def _autos(stages: tuple[Stage, ...]) -> tuple[Auto, ...]:
    found: dict[str, Counter[str]] = {}
    for stage in stages:
        for step in stage.steps:
            for choice in _choices(step):
                found.setdefault(choice, Counter())[stage.title] += 1
    return tuple(Auto(choice, titles.total(), tuple(titles)) for choice, titles in found.items())


def _choices(step: Step) -> Iterator[str]:
    yield from step.auto
    for branch in step.branches:
        for inner in branch.steps:
            yield from _choices(inner)


def weight_layers(graph: Graph) -> int:
    """How deep a network is, which gives ResNet-18 its name: layers with a kernel on the longest path.

    The projections of shortcuts do not count, nor do gates: what a result is multiplied by that is made of itself.
    """
    aside = {at for stage in graph.stages for at in _projections(stage.steps)}
    depth: list[int] = []
    for at, node in enumerate(graph.nodes):
        before = max((depth[position] for position in _ungated(graph, node)), default=0)
        depth.append(before + (node.layer is not None and node.layer.weighs and at not in aside))
    return max((depth[at] for at in graph.outputs.values()), default=max(depth, default=0))


def _ungated(graph: Graph, node: Node) -> tuple[int, ...]:
    """What a node reads, but for gates: factors that are made of one of the others."""
    if node.layer is None or not node.layer.multiplies:
        return node.inputs
    gated = [at for at in node.inputs if any(other > at and _is_made_of(graph, other, at) for other in node.inputs)]
    return tuple(gated[:1]) or node.inputs


def _is_made_of(graph: Graph, at: int, source: int) -> bool:
    """Whether a way leads from the source, which stands before it, to a node."""
    waiting, seen = [at], {at}
    while waiting:
        for read in graph.nodes[waiting.pop()].inputs:
            if read == source:
                return True
            if read > source and read not in seen:
                seen.add(read)
                waiting.append(read)
    return False


def _projections(steps: tuple[Step, ...]) -> Iterator[int]:
    for step in steps:
        for branch in step.branches:
            if step.kind == "residual" and branch.name == "shortcut" and step.shortcut in ("projection", "pad"):
                yield from (at for inner in branch.steps for at in inner.all_nodes())
            yield from _projections(branch.steps)
