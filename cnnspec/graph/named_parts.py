"""Parts of a network by the names that people know: stages, entries, and the paths of blocks and layers."""

from collections.abc import Iterable

from cnnspec.graph.nodes import Graph


def layers_named(graph: Graph, name: str) -> frozenset[int]:
    """The positions of the layers in a stage of this title or slug, or below this path; none where it is unknown.

    Of what uses weights again, the layer that has them.
    """
    stages = [stage for stage in graph.stages if name in (stage.title, stage.slug)]
    found = {position for stage in stages for position in stage.all_nodes()}
    found = found or {position for position, path in _paths(graph) if _lies_in(path, name)}
    found = found or {position for position, path in _paths(graph) if _lies_in(graph.numbered(path), name)}
    owners = (graph.nodes[position].shared for position in found)
    return frozenset(at if owner is None else owner for at, owner in zip(found, owners, strict=True))


def known_parts(graph: Graph) -> list[str]:
    """Names that may be meant: the titles of stages, and the paths of entries."""
    steps = (step.name for stage in graph.stages for step in stage.steps)
    return list(dict.fromkeys([*(stage.title for stage in graph.stages), *steps]))


def _paths(graph: Graph) -> Iterable[tuple[int, str]]:
    return ((position, node.name) for position, node in enumerate(graph.nodes) if node.layer is not None)


def _lies_in(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}.")
