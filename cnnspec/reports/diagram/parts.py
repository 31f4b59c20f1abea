"""The structure of a network as a tree of what is drawn: layers, blocks, skips, branches, repeats, each with its facts.

Positions are those of `Graph.nodes`. What stands for several repeats has the position of each.
"""

from collections.abc import Iterator
from dataclasses import field, replace
from typing import TYPE_CHECKING

from cnnspec.graph.nodes import Graph
from cnnspec.layers.phrase import sizes
from cnnspec.layers.shape import Shape
from cnnspec.reports.notation import Beside, Bracket, Line, Piece
from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.reports.diagram.levels import Places

Positions = tuple[int, ...]


@frozen
class Leaf:
    """One box: a layer, a gate, or a block that is not opened.

    `outputs` are what it gives, in each repeat. `joined`: whether it reads what stands before it; `others` are what
    else it reads, in the first repeat. `nodes` are the layers of the first repeat. `scope` is where its block begins.
    """

    line: Line
    category: str
    outputs: Positions
    nodes: Positions
    joined: bool = True
    others: Positions = ()
    scope: int = 0

    @property
    def piece(self) -> Piece:
        """Itself, to be compared: what it reads within its own block is alike where it is as far away."""
        return replace(self.line, form=(self.line.form, self.category, _reading(self)))


@frozen
class Block:
    """Parts one after the other, under the name of their block."""

    title: str
    parts: "Parts"

    @property
    def outputs(self) -> Positions:
        """What its last part gives."""
        return self.parts[-1].outputs

    @property
    def joined(self) -> bool:
        """Whether its first part reads what stands before it."""
        return self.parts[0].joined

    @property
    def piece(self) -> Piece:
        """Its parts in a bracket."""
        pieces = tuple(part.piece for part in self.parts)
        return pieces[0] if len(pieces) == 1 else Bracket(pieces)


@frozen
class Skip:
    """Parts with a shortcut round them: nothing, or parts of its own, in the first repeat `only_first` perhaps.

    `by` is what notation says of the shortcut; `then` the activation on the sum.
    """

    main: "Parts"
    shortcut: "Parts"
    by: str
    then: str
    outputs: Positions
    nodes: Positions
    joined: bool = True
    others: Positions = ()
    only_first: bool = False
    scope: int = 0

    @property
    def piece(self) -> Piece:
        """The main path in a bracket with a skip."""
        pieces = tuple(part.piece for part in self.main)
        return _begun(self, Bracket(pieces, skip=True, by=self.by, then=self.then))


@frozen
class Fork:
    """Branches that read the same; `copies` of each where all are alike, which then stand here once."""

    branches: "tuple[Parts, ...]"
    merge: str
    outputs: Positions
    nodes: Positions
    joined: bool = True
    others: Positions = ()
    copies: int = 1
    scope: int = 0

    @property
    def piece(self) -> Piece:
        """The branches beside each other."""
        branches = tuple(tuple(part.piece for part in branch) for branch in self.branches)
        return _begun(self, Beside(branches, f"{self.merge} {self.copies}"))


@frozen
class Repeat:
    """A part that runs `times` times, one after the other."""

    part: "Part"
    times: int

    @property
    def outputs(self) -> Positions:
        """What the last of them gives, in each repeat of what holds it."""
        return self.part.outputs[self.times - 1 :: self.times]

    @property
    def joined(self) -> bool:
        """Whether the first repeat reads what stands before it."""
        return self.part.joined

    @property
    def piece(self) -> Piece:
        """The part in a bracket, with its number."""
        return Bracket((self.part.piece,), self.times)


def _reading(part: Leaf | Skip | Fork) -> object:
    """What a part reads, alike in repeats: within its scope what is as far away, else the same."""
    others = tuple(at - part.outputs[0] if at >= part.scope else at for at in part.others)
    return part.joined, others


def _begun(part: Skip | Fork, piece: Piece) -> Piece:
    """The piece of what divides a result, where that does not stand right before it, told from others by it."""
    return piece if part.joined else Bracket((Line("from elsewhere", form=_reading(part)), piece))


Part = Leaf | Block | Skip | Fork | Repeat
Parts = tuple[Part, ...]


@frozen
class StageParts:
    """A stage: its parts, and the positions of its result and of all its layers."""

    title: str
    slug: str
    parts: Parts
    output: int
    nodes: Positions


@frozen
class Structure:
    """A network to be drawn, its stages where `places` says.

    `usual` is what goes without saying of its layers; `names` are those of results; `told` are those that are told by
    name, where they are read and where they are made. `after_addition` is the activation that is usual there.
    """

    graph: Graph
    stages: tuple[StageParts, ...]
    places: "Places"
    usual: tuple[str, ...]
    names: dict[int, str] = field(default_factory=dict)
    told: frozenset[int] = frozenset()
    after_addition: str = ""

    def shape(self, at: int) -> Shape:
        """The shape of a result."""
        return self.graph.nodes[at].output

    def written(self, at: int) -> str:
        """The shape of a result, as `56×56×64`."""
        return sizes(self.shape(at)) or "a number"

    def name(self, at: int, within: str = "") -> str:
        """What a result is called, in the stage of that slug."""
        node = self.graph.nodes[at].name
        return (self.names.get(at) or node.partition(".")[2] or node).removeprefix(f"{within}." if within else "")

    def written_all(self, outputs: Positions) -> str:
        """The shapes of all repeats: one, or the first and what comes after it, or from which to which it goes."""
        said = [self.written(at) for at in outputs]
        if len(set(said)) == 1:
            return said[0]
        return f"{said[0]}, then {said[1]}" if len(set(said[1:])) == 1 else f"{said[0]} to {said[-1]}"


def read_in(parts: Parts) -> Iterator[int]:
    """All that parts read beside what stands before them."""
    for part in parts:
        if isinstance(part, Repeat):
            yield from read_in((part.part,))
        elif isinstance(part, Block):
            yield from read_in(part.parts)
        else:
            yield from part.others
            inner = part.branches if isinstance(part, Fork) else ()
            for branch in (part.main, part.shortcut) if isinstance(part, Skip) else inner:
                yield from read_in(branch)


def told_in(parts: Parts, beside: bool = False) -> Iterator[int]:
    """The results that parts read where no wire can lead: what divides, and what stands `beside` others."""
    for part in parts:
        if isinstance(part, Repeat):
            yield from told_in((part.part,), beside)
        elif isinstance(part, Block):
            yield from told_in(part.parts, beside)
        elif isinstance(part, Leaf):
            yield from part.others if beside else ()
        else:
            yield from part.others
            inner = part.branches if isinstance(part, Fork) else (part.shortcut,)
            yield from told_in(part.main, beside) if isinstance(part, Skip) else ()
            for branch in inner:
                yield from told_in(branch, True)
