"""What the walk over a spec leaves behind: nodes in the order they run, and the steps people wrote."""

from collections.abc import Iterator
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span

if TYPE_CHECKING:
    from cnnspec.language.losses import Loss

Written = Literal["auto", "none"]
"""Words in place of a loss: one that is still to be chosen, or that an output is not learnt."""


@frozen
class Input:
    """What goes in, without the batch axis."""

    name: str
    shape: Shape
    dtype: str
    span: Span


@frozen
class Node:
    """One Keras layer applied once. Model inputs are nodes with `layer` None and no inputs.

    `inputs` are positions in `Graph.nodes`, smaller than its own. `shared` is the position of the
    node whose weights this one uses again. `uses` are the places through which a block led here,
    innermost first.
    """

    name: str
    layer: Layer | None
    inputs: tuple[int, ...]
    facts: Facts
    span: Span
    uses: tuple[Span, ...] = ()
    shared: int | None = None

    @property
    def kind(self) -> str:
        """The layer's kind, or `input`."""
        return self.layer.kind if self.layer else "input"

    @property
    def ends_in(self) -> str:
        """The activation that its layer ends in; `linear` for none, and for an input."""
        return self.layer.ends_in if self.layer else "linear"

    @property
    def output(self) -> Shape:
        """The output shape without the batch axis."""
        return self.facts.output

    def frozen(self) -> "Node":
        """The same with weights that training leaves as they are."""
        if self.layer is None or not self.facts.weights or not self.layer.trainable:
            return self
        return replace(self, layer=self.layer.model_copy(update={"trainable": False}))


@frozen
class Branch:
    """Steps that run one after the other; none at all stands for the input itself."""

    name: str
    steps: "tuple[Step, ...]"


@frozen
class Step:
    """One entry of a spec, once for every repeat.

    kind          layer      its own nodes are its parts (padding, layer, norm, activation)
    residual      branches `main` and `shortcut`; its own nodes are the addition and the activation
    parallel      one branch each; its own nodes are the merge, if there is more than one branch
    reuse         its own nodes are the shared ones
    a block       one branch, named like the block, and no own nodes

    `layer` is the layer as written (None for the others). `arguments` are those that a use of a block gives,
    in words, `parameters` all that the block computes with, by name; `called` is the name that people gave the entry,
    of its last repeat. `shortcut` says what a residual's skip connection became: identity, projection, pad, none or
    custom; `merge` how a parallel merges.
    `auto` names what the program chose by itself. `together` are names that stand for several of what it reads, as
    `stack.*.skip` does, each with these positions.
    """

    kind: str
    name: str
    reads: tuple[int, ...]
    output: int
    span: Span
    layer: Layer | None = None
    nodes: tuple[int, ...] = ()
    branches: tuple[Branch, ...] = ()
    shortcut: str = ""
    merge: str = ""
    auto: tuple[str, ...] = ()
    block: bool = False
    arguments: tuple[tuple[str, str], ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict, compare=False)
    called: str = ""
    together: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def all_nodes(self) -> Iterator[int]:
        """Its own nodes and those of all steps inside it."""
        for branch in self.branches:
            for step in branch.steps:
                yield from step.all_nodes()
        yield from self.nodes

    def all_steps(self) -> "Iterator[Step]":
        """Itself and all steps inside it."""
        yield self
        for branch in self.branches:
            for step in branch.steps:
                yield from step.all_steps()


@frozen
class Stage:
    """A titled part of the model: one row of the summary. `output` is a position in `Graph.nodes`."""

    title: str
    slug: str
    steps: tuple[Step, ...]
    output: int
    span: Span

    def all_nodes(self) -> Iterator[int]:
        """The positions of all its nodes."""
        for step in self.steps:
            yield from step.all_nodes()


@frozen
class Changes:
    """What a phase of the training changes of a network: the layers at the positions in `frozen` keep their weights.

    `rates` are what the learning rate is multiplied by, by position, where that is not 1.
    """

    frozen: frozenset[int] = frozenset()
    rates: dict[int, float] = field(default_factory=dict)


@frozen
class Graph:
    """The whole network. `inputs` and `outputs` map names to positions in `nodes`.

    `renamed` has the paths that end in a written name, with the numbered kind that stands there where none is written.
    `losses` are those that the spec's training writes, by output: what an output learns belongs to what it means.
    """

    nodes: tuple[Node, ...]
    stages: tuple[Stage, ...]
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    named_outputs: bool = False
    renamed: dict[str, str] = field(default_factory=dict)
    losses: "dict[str, Loss | Written]" = field(default_factory=dict)
    changes: tuple[Changes, ...] = (Changes(),)
    """What each phase of the training changes; what none of them does, is no more trainable."""

    @property
    def rates(self) -> dict[str, float]:
        """By the name of the layer, what the learning rate of a training in one phase is multiplied by."""
        return {self.nodes[position].name: rate for position, rate in self.changes[0].rates.items()}

    def in_phase(self, number: int) -> "Graph":
        """The network as it is trained in a phase, counted from 0; the only one has all of it frozen already."""
        if len(self.changes) == 1:
            return self
        changes = self.changes[number]
        nodes = (node.frozen() if at in changes.frozen else node for at, node in enumerate(self.nodes))
        return replace(self, nodes=tuple(nodes), changes=(changes,))

    def each_phase(self) -> "tuple[Graph, ...]":
        """The network as it is trained in each phase."""
        return tuple(map(self.in_phase, range(len(self.changes))))

    @property
    def learnt(self) -> tuple[str, ...]:
        """The names of the outputs that have labels to learn."""
        return tuple(name for name in self.outputs if self.losses.get(name) != "none")

    def earlier_names(self) -> dict[str, str]:
        """Layer -> what it is called in runs of earlier versions, where that is something else."""
        names = ((node.name, self.numbered(node.name)) for node in self.nodes)
        return {name: earlier for name, earlier in names if name != earlier}

    def numbered(self, name: str) -> str:
        """What a layer is called where no names are written: in runs of earlier versions, and in their files."""
        parts = name.split(".")
        paths = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        return ".".join(self.renamed.get(path, part) for path, part in zip(paths, parts, strict=True))
