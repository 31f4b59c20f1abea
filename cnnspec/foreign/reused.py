"""Parts of a network that are applied again with the same weights: a stage, and where it is used once more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cnnspec.foreign.fused import Fused, Key, Node
from cnnspec.foreign.regions import regions


@dataclass(frozen=True, slots=True)
class Reused:
    """A network with one entry in place of each part that comes again; `titles` are those of the parts, by layer."""

    fused: Fused
    titles: Mapping[str, str]


def with_reuse(fused: Fused) -> Reused:
    """The network with whole parts used again where it can be told which they are, else layer by layer."""
    found = _Again(fused)
    found.pair()
    for part in found.parts():
        found.replace(part)
    return Reused(replace(fused, nodes=tuple(found.nodes.values())), found.titles)


@dataclass(slots=True)
class _Part:
    """Nodes that are others once more, in order; what they read and the one that is read."""

    nodes: list[Node]
    reads: tuple[Key, ...]
    end: Node


@dataclass(slots=True)
class _Again:
    fused: Fused
    nodes: dict[Key, Node] = field(default_factory=dict)
    readers: dict[Key, set[Key]] = field(default_factory=dict)
    twins: dict[Key, Key] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = {node.key: node for node in self.fused.nodes}
        for node in self.fused.nodes:
            for key in node.inputs:
                self.readers.setdefault(key, set()).add(node.key)
        for key in self.fused.outputs.values():
            self.readers.setdefault(key, set()).add("")

    def pair(self) -> None:
        """Which node is which other once more: those with its weights, and what stands between them."""
        self.twins = {node.key: node.shared for node in self.fused.nodes if node.shared is not None}
        changed = bool(self.twins)
        while changed:
            pairs = dict([*self._after(), *self._before()])
            changed = bool(pairs)
            self.twins |= pairs

    def _after(self) -> Iterator[tuple[Key, Key]]:
        """Nodes without weights that read paired ones, as another does."""
        for node in self.fused.nodes:
            if node.key in self.twins or node.weighs or not any(key in self.twins for key in node.inputs):
                continue
            read = tuple(self.twins.get(key, key) for key in node.inputs)
            for key in sorted(self.readers.get(read[0], set()) - {"", node.key}):
                if self.nodes[key].inputs == read and _alike(self.nodes[key], node):
                    yield node.key, key
                    break

    def _before(self) -> Iterator[tuple[Key, Key]]:
        """Nodes without weights that only paired ones read."""
        for key, twin in list(self.twins.items()):
            mine, theirs = self.nodes[key].inputs, self.nodes[twin].inputs
            for one, other in zip(mine, theirs, strict=False):
                known = one in self.nodes and other in self.nodes and one != other and one not in self.twins
                if not known or self.readers[one] != {key} or self.readers[other] != {twin}:
                    continue
                if not self.nodes[one].weighs and _alike(self.nodes[one], self.nodes[other]):
                    yield one, other

    def parts(self) -> Iterator[_Part]:
        """The paired nodes that hang together."""
        left = [node for node in self.fused.nodes if node.key in self.twins]
        while left:
            group = {left[0].key}
            for node in left:
                if group & {*node.inputs} or any(node.key in each.inputs for each in left if each.key in group):
                    group.add(node.key)
            nodes = [node for node in left if node.key in group]
            left = [node for node in left if node.key not in group]
            reads = tuple(dict.fromkeys(key for node in nodes for key in node.inputs if key not in group))
            ends = [node for node in nodes if self.readers.get(node.key, set()) - group]
            if len(ends) == 1 and len({self.twins[node.key] for node in nodes}) == len(nodes):
                yield _Part(nodes, reads, ends[0])

    def replace(self, part: _Part) -> None:
        """Put one entry in place of a part, where what it is once more is one row."""
        first = [self.nodes[self.twins[node.key]] for node in part.nodes if self.twins[node.key] in self.nodes]
        places = {key: place for place, key in enumerate(self.nodes)}
        first = sorted(first, key=lambda node: places[node.key])
        end = self.twins[part.end.key]
        keys = {node.key for node in first}
        read = tuple(dict.fromkeys(key for node in first for key in node.inputs if key not in keys))
        lone = all(self.readers[node.key] <= keys for node in first if node.key != end)
        if len(first) != len(part.nodes) or len(read) != len(part.reads) or not lone or len(first) < 2:
            return
        rows = regions(Fused(tuple(replace(node, shared=None) for node in first), {"end": end}), read)
        if len(rows) != 1:
            return
        title = self.titles.get(first[0].layers[0]) or _title(first[0].layers[0], len(set(self.titles.values())))
        self.titles |= {name: title for node in first for name in node.layers}
        layers = tuple(name for node in part.nodes for name in node.layers if node.key != part.end.key)
        shapes = part.nodes[0].shapes
        made = Node("reuse", {}, part.reads, (*layers, part.end.key), shapes, part.end.output, end)
        for node in part.nodes:
            del self.nodes[node.key]
        self.nodes[part.end.key] = made
        self.nodes = dict(_in_order(self.nodes))


def _in_order(nodes: Mapping[Key, Node]) -> Iterator[tuple[Key, Node]]:
    """The nodes, each after what it reads."""
    done: set[Key] = set()
    waiting = dict(nodes)
    while waiting:
        ready = [
            key for key, node in waiting.items() if not any(each in waiting for each in (*node.inputs, node.shared))
        ]
        for key in ready:
            yield key, waiting.pop(key)
            done.add(key)
        if not ready:
            return


def _alike(one: Node, other: Node) -> bool:
    return one.kind == other.kind and repr(one.arguments) == repr(other.arguments) and one.output == other.output


def _title(layer: str, number: int) -> str:
    """What the part is called: the model that it was in the file, or the first word of its layers' names."""
    for mark in ("/", "."):
        if mark in layer:
            return layer.split(mark, 1)[0]
    return "encode" if not number else f"encode{number + 1}"
