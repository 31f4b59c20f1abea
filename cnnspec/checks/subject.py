"""What a rule looks at, and how it finds places and neighbours."""

from collections.abc import Callable

from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.layers.base import Layer
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Scalar, follow, on_one_line


@frozen
class Sections:
    """A spec whose model may be wrong: what rules about its other sections look at."""

    spec: Spec

    def place(self, *path: str | int) -> Span:
        """Where a key of the spec stands, as far as it is written out."""
        return follow(self.spec.root, path).span

    def key_place(self, *path: str | int) -> Span:
        """Where the last key of a path stands, without its value."""
        return follow(self.spec.root, path).key_span

    def value_place(self, *path: str | int) -> Span | None:
        """Where a word or number stands, without its key; None where it is not written on one line."""
        value = follow(self.spec.root, path).value
        return value.span if isinstance(value, Scalar) and on_one_line(value) else None

    def names(self, key: str) -> tuple[str, ...] | None:
        """The names in a section such as outputs or variants; None where it is not there."""
        value = self.spec.root.get(key)
        return value.keys() if isinstance(value, Mapping) else None


@frozen
class Subject(Sections):
    """A spec that expanded without errors, and its graph."""

    graph: Graph

    def readers(self) -> dict[int, tuple[int, ...]]:
        """For every node, the nodes that read it."""
        readers: dict[int, list[int]] = {}
        for position, node in enumerate(self.graph.nodes):
            for source in node.inputs:
                readers.setdefault(source, []).append(position)
        return {position: tuple(found) for position, found in readers.items()}

    def leading_to(self, wanted: Callable[[Layer], bool]) -> frozenset[int]:
        """The nodes whose output leads to such a layer, through any others."""
        found: set[int] = set()
        for position in reversed(range(len(self.graph.nodes))):
            node = self.graph.nodes[position]
            if position in found or (node.layer is not None and wanted(node.layer)):
                found.update(node.inputs)
        return frozenset(found)
