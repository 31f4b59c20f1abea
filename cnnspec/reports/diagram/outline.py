"""The drawing as nodes, edges and nested clusters, for programs that lay out by themselves."""

from dataclasses import dataclass, field

from cnnspec.reports.diagram.parts import Block, Fork, Leaf, Part, Parts, Repeat, Skip, StageParts, Structure
from cnnspec.source.frozen import frozen


@frozen
class Node:
    """What is drawn as one shape. `shape`: box, round (what goes in or out), or small (a merge)."""

    name: str
    text: str
    category: str
    shape: str = "box"


@frozen
class Cluster:
    """A frame with its title, and what lies in it."""

    name: str
    title: str
    members: "tuple[Node | Cluster, ...]"


@frozen
class Edge:
    """From one node to another. `dashed`: in the first repeat alone."""

    source: str
    target: str
    text: str = ""
    dashed: bool = False


@frozen
class Outline:
    """A whole network."""

    members: tuple[Node | Cluster, ...]
    edges: tuple[Edge, ...]


def outline(structure: Structure) -> Outline:
    """The network's nodes, named n0, n1, ... in the order in which they run."""
    return _Outliner(structure).outlined()


Ends = tuple[tuple[str, int], ...]
"""Nodes at which parts end, each with the position of what it gives."""
Members = tuple[Node | Cluster, ...]


@dataclass
class _Outliner:
    """Collects nodes and edges. `owner` is the node of each result; `earlier` are those of repeats but the last."""

    structure: Structure
    edges: list[Edge] = field(default_factory=list)
    owner: dict[int, str] = field(default_factory=dict)
    numbers: int = 0
    earlier: set[int] = field(default_factory=set)

    def outlined(self) -> Outline:
        graph = self.structure.graph
        members: list[Node | Cluster] = []
        for name, at in graph.inputs.items():
            members.append(self.node(f"{name}\n{self.structure.written(at)}", "input", "round", (at,)))
        members += map(self.stage, self.structure.stages)
        for name, at in graph.outputs.items():
            node = self.node(f"{name}\n{self.structure.written(at)}", "input", "round", ())
            self.join(self.ends((at,)), node, once=True)
            members.append(node)
        return Outline(tuple(members), tuple(self.edges))

    def node(self, text: str, category: str, shape: str, outputs: tuple[int, ...]) -> Node:
        name = f"n{self.numbers}"
        self.numbers += 1
        self.owner |= dict.fromkeys(outputs, name)
        self.earlier |= set(outputs[:-1])
        return Node(name, text, category, shape)

    def ends(self, positions: tuple[int, ...]) -> Ends:
        return tuple((self.owner[at], at) for at in positions if at in self.owner)

    def join(self, ends: Ends, target: Node, dashed: bool = False, once: bool = False) -> None:
        """Edges to a node, which stands for no repeats if it is there `once`: then it tells which it reads of some."""
        for source, at in ends:
            shape = self.structure.written(at)
            said = f"{self.structure.name(at)}, {shape}" if once and at in self.earlier else shape
            self.edges.append(Edge(source, target.name, said, dashed))

    def stage(self, stage: StageParts) -> Node | Cluster:
        card = len(self.structure.graph.inputs) + self.structure.stages.index(stage)
        if not stage.parts:
            made = self.node(f"{stage.title}\n{self.structure.written(stage.output)}", "block", "box", ())
            self.join(self.ends(tuple(at for _, at in self.structure.places.reads[card])), made)
            self.owner |= dict.fromkeys((*stage.nodes, stage.output), made.name)
            return made
        members, ends = self.sequence(stage.parts, self.ends(self.structure.places.entry(card)))
        self.owner.setdefault(stage.output, ends[0][0] if ends else "n0")
        return Cluster(f"c{card}", stage.title, members)

    def sequence(self, parts: Parts, before: Ends) -> tuple[Members, Ends]:
        """The members of parts one after the other, and where they end."""
        members: list[Node | Cluster] = []
        for part in parts:
            found, before = self.part(part, before)
            members += found
        return tuple(members), before

    def part(self, part: Part, before: Ends) -> tuple[Members, Ends]:
        if isinstance(part, Leaf):
            return self.leaf(part, before)
        if isinstance(part, Skip):
            return self.skip(part, before)
        if isinstance(part, Fork):
            return self.fork(part, before)
        inner = part.part if isinstance(part, Repeat) else part
        title = inner.title if isinstance(inner, Block) else ""
        if isinstance(part, Repeat):
            title = f"{title} × {part.times}".strip()
        members, ends = self.sequence(inner.parts if isinstance(inner, Block) else (inner,), before)
        self.owner |= dict.fromkeys(part.outputs, ends[0][0] if ends else "n0")
        self.numbers += 1
        return (Cluster(f"b{self.numbers}", title, members),), ends

    def leaf(self, leaf: Leaf, before: Ends) -> tuple[Members, Ends]:
        others = self.ends(leaf.others)
        if len(before) > 1:
            read = {at for inner in leaf.nodes for at in self.structure.graph.nodes[inner].inputs}
            before = tuple(end for end in before if end[1] in read)
        node = self.node(str(leaf.line), leaf.category, "box", leaf.outputs)
        self.join((*(before if leaf.joined else ()), *others), node, once=len(leaf.outputs) == 1)
        return (node,), ((node.name, leaf.outputs[-1]),)

    def skip(self, skip: Skip, before: Ends) -> tuple[Members, Ends]:
        before = self.began(skip, before)
        main, ends = self.sequence(skip.main, before)
        short, around = self.sequence(skip.shortcut, before)
        node = self.node(f"+ {skip.then}".rstrip(), "merge", "small", skip.outputs)
        self.join(ends, node)
        self.join(around, node, skip.only_first)
        return (*main, *short, node), ((node.name, skip.outputs[-1]),)

    def fork(self, fork: Fork, before: Ends) -> tuple[Members, Ends]:
        before = self.began(fork, before)
        members: list[Node | Cluster] = []
        ends: list[Ends] = []
        for branch in fork.branches:
            inside, end = self.sequence(branch, before)
            members += inside
            ends.append(end)
        mark = fork.merge or "not merged"
        node = self.node(f"{mark} of {fork.copies} alike" if fork.copies > 1 else mark, "merge", "small", fork.outputs)
        for end in ends:
            self.join(end, node)
        return (*members, node), ((node.name, fork.outputs[-1]),)

    def began(self, part: Skip | Fork, before: Ends) -> Ends:
        """What a part that divides reads: what stands before it, or another result."""
        return before if part.joined else self.ends(part.others) or before
