"""What a rule looks at, and how it finds places and neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.graph.nodes import Graph
from cnnspec.language.check import follow
from cnnspec.language.spec import Spec
from cnnspec.source.span import Span


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec that expanded without errors, and its graph."""

    spec: Spec
    graph: Graph

    def place(self, *path: str | int) -> Span:
        """Where a key of the spec stands, as far as it is written out."""
        return follow(self.spec.root, path).span

    def readers(self) -> dict[int, tuple[int, ...]]:
        """For every node, the nodes that read it."""
        readers: dict[int, list[int]] = {}
        for position, node in enumerate(self.graph.nodes):
            for source in node.inputs:
                readers.setdefault(source, []).append(position)
        return {position: tuple(found) for position, found in readers.items()}

    def after(self, start: int, readers: dict[int, tuple[int, ...]]) -> Iterator[int]:
        """Every node that a node's output leads to."""
        seen, waiting = set(), list(readers.get(start, ()))
        while waiting:
            position = waiting.pop()
            if position not in seen:
                seen.add(position)
                yield position
                waiting += readers.get(position, ())
