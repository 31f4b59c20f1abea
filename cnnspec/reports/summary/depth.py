"""How many weight layers deep a network is: what gives ResNet-18 its name."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Graph, Step


def weight_layers(graph: Graph) -> int:
    """Convolutions and dense layers on the longest path, the projections of shortcuts aside."""
    aside = {at for stage in graph.stages for at in _projections(stage.steps)}
    depth: list[int] = []
    for at, node in enumerate(graph.nodes):
        before = max((depth[position] for position in node.inputs), default=0)
        depth.append(before + (node.layer is not None and node.layer.weighs and at not in aside))
    return max((depth[at] for at in graph.outputs.values()), default=max(depth, default=0))


def _projections(steps: tuple[Step, ...]) -> Iterator[int]:
    for step in steps:
        for branch in step.branches:
            if step.kind == "residual" and branch.name == "shortcut" and step.shortcut in ("projection", "pad"):
                yield from (at for inner in branch.steps for at in inner.all_nodes())
            yield from _projections(branch.steps)
