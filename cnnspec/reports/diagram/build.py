"""The steps of a graph as the parts of a drawing, repeats folded unless all of them are wanted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

from cnnspec.graph.nodes import Branch, Graph, Stage, Step
from cnnspec.language.composites import APART
from cnnspec.layers.phrase import words
from cnnspec.reports.diagram.categories import category_of
from cnnspec.reports.diagram.folding import fold
from cnnspec.reports.diagram.levels import places_of
from cnnspec.reports.diagram.parts import (
    Block,
    Fork,
    Leaf,
    Part,
    Parts,
    Positions,
    Repeat,
    Skip,
    StageParts,
    Structure,
    read_in,
    told_in,
)
from cnnspec.reports.notation import NEEDED, PAD, PROJECTION, Line, in_words
from cnnspec.reports.safe import shown
from cnnspec.reports.summary.lines import lines_of
from cnnspec.reports.summary.names import left_apart, names_in
from cnnspec.reports.summary.usual import after_addition
from cnnspec.source.frozen import frozen

MOST_BOXES = 24
"""A block of more boxes stands as one, unless layers are asked for."""


class Depth(StrEnum):
    """How deep a drawing goes."""

    stages = "stages"
    blocks = "blocks"
    layers = "layers"


def structure_of(graph: Graph, depth: Depth = Depth.blocks, unfold: bool = False) -> Structure:
    """What is drawn of a network; `unfold` draws every repeat."""
    lines, usual = lines_of(graph)
    builder, places = _Builder(graph, lines, depth, unfold), places_of(graph)
    stages = tuple(
        builder.stage(stage, places.entry(card)) for card, stage in enumerate(graph.stages, len(graph.inputs))
    )
    names = names_in(graph)
    named = {at: shown(names.find(graph, at)) for at in {*names.titles, *names.paths}}
    said = usual.in_words() if depth is Depth.blocks else ()
    told = frozenset(at for stage in stages for at in told_in(stage.parts))
    after = usual.after_addition if said else ""
    return Structure(graph, stages, places, said, named, told, after)


@frozen
class _Builder:
    """Makes parts of steps. `lines` are those of layers and gates, by the position of their output."""

    graph: Graph
    lines: Mapping[int, Line]
    depth: Depth
    unfold: bool

    def stage(self, stage: Stage, entry: Positions) -> StageParts:
        """A stage that `entry` comes to; of one that is drawn as a box alone, no parts."""
        parts = () if self.depth is Depth.stages else self.sequence(stage.steps, entry, len(self.graph.nodes))
        return StageParts(shown(stage.title), stage.slug, parts, stage.output, tuple(stage.all_nodes()))

    def sequence(self, steps: tuple[Step, ...], before: Positions, scope: int) -> Parts:
        """Steps that run one after the other, the first on `before`; their block or composite begins at `scope`.

        What they read of it is alike in its repeats where it is as far away. Those of a stage are in none.
        """
        parts: list[Part] = []
        for step in steps:
            parts += self.parts(step, before, scope)
            before = left_apart(step)
        return tuple(parts) if self.unfold else fold(tuple(parts))

    def parts(self, step: Step, before: Positions, scope: int) -> Parts:
        """What is drawn for a step."""
        if step.block:
            return self._block(step, before, scope)
        if step.nodes and step.merge == "multiply" and step.output in self.lines:
            return (self._leaf(step, self.lines[step.output], "gate", before, scope),)
        if step.kind == "residual":
            return self._residual(step, before, scope)
        if step.kind == "parallel":
            return self._parallel(step, before, scope)
        if step.layer is not None and self.depth is Depth.layers:
            return tuple(self._nodes(step, before, scope))
        if step.layer is not None and step.output in self.lines:
            phrase = step.layer.phrase(self.graph.nodes[step.reads[0]].output, self.graph.nodes[step.output].output)
            category = category_of(step.layer, phrase)
            return (self._leaf(step, self.lines[step.output], category, before, scope),)
        line = Line(f"reuse {shown(_original(self.graph, step))}" if step.kind == "reuse" else words(step.kind))
        return (self._leaf(step, line, "block", before, scope),)

    def _leaf(self, step: Step, line: Line, category: str, before: Positions, scope: int) -> Leaf:
        nodes = tuple(step.all_nodes())
        reads = step.reads if step.layer is not None else _sources(self.graph, nodes) or step.reads
        joined, others = _joined(reads, before)
        return Leaf(line, category, (step.output,), nodes, joined, others, scope)

    def _nodes(self, step: Step, before: Positions, scope: int) -> Iterator[Leaf]:
        """A box for each plain layer that a layer stands for."""
        for at in step.nodes:
            node = self.graph.nodes[at]
            assert node.layer is not None
            read = self.graph.nodes[node.inputs[0]].output
            phrase = node.layer.phrase(read, node.output)
            said = ", ".join(filter(None, (phrase.tail, phrase.padded.said)))
            line = Line(shown(phrase.text), phrase.stride, shown(said), "", repr(node.layer))
            joined, others = _joined(node.inputs, before)
            yield Leaf(line, category_of(node.layer, phrase), (at,), (at,), joined, others, scope)
            before = (at,)

    def _block(self, step: Step, before: Positions, scope: int) -> Parts:
        """The parts of a block, or one box where there are too many of them."""
        nodes = tuple(step.all_nodes())
        if not nodes:
            return ()
        if self.depth is Depth.blocks and self._is_large(step, before, min(nodes)):
            arguments = ", ".join(f"{name} {value}" for name, value in step.arguments)
            line = Line(shown(f"{step.kind}: {arguments}" if arguments else step.kind))
            return (self._leaf(step, line, "block", before, scope),)
        parts = self.sequence(step.branches[0].steps, before, min(nodes))
        if len(parts) <= 1 and not isinstance(parts[0] if parts else None, Skip):
            return parts
        return (Block(shown(step.kind), parts),)

    def _is_large(self, step: Step, before: Positions, scope: int) -> bool:
        """Whether a block has too many boxes, its repeats folded."""
        if sum(1 for _ in _layers(step)) <= MOST_BOXES:
            return False
        folding = replace(self, unfold=False)
        return _boxes(folding.sequence(step.branches[0].steps, before, scope)) > MOST_BOXES

    def _residual(self, step: Step, before: Positions, scope: int) -> Parts:
        main = next(branch for branch in step.branches if branch.name != "shortcut")
        own = next((branch.steps for branch in step.branches if branch.name == "shortcut"), ())
        inner = min((scope, *step.all_nodes()))
        parts, then = self.sequence(main.steps, step.reads[:1], inner), after_addition(step, self.graph)
        joined, others = _joined(step.reads[:1], before)
        after = tuple(self._after(step, scope)) if then else ()
        if step.shortcut == "none":
            return (*parts, *after)
        shortcut = self.sequence(own, step.reads[:1], inner)
        if self.depth is Depth.layers or not parts:
            added = step.nodes[0] if after else step.output
            by = _by(self.graph, step, shortcut)
            skip = Skip(parts, shortcut, by, "", (added,), step.nodes[:1], joined, others, scope=scope)
            return (skip, *after)
        by = _by(self.graph, step, shortcut)
        return (Skip(parts, shortcut, by, then, (step.output,), step.nodes, joined, others, scope=scope),)

    def _after(self, step: Step, scope: int) -> Iterator[Leaf]:
        """The activation after an addition."""
        at = step.nodes[-1]
        layer, shape = self.graph.nodes[at].layer, self.graph.nodes[at].output
        assert layer is not None
        line = Line(shown(layer.phrase(shape, shape).text), form=repr(layer))
        yield Leaf(line, category_of(layer), (at,), (at,), True, (), scope)

    def _parallel(self, step: Step, before: Positions, scope: int) -> Parts:
        first = min(step.all_nodes(), default=scope)
        branches = tuple(self._branch(branch, step, min(scope, first)) for branch in step.branches)
        if len(branches) == 1:
            return self.sequence(step.branches[0].steps, before, scope)
        known = [(_pieces(branch), [at for at in read_in(branch) if at < first]) for branch in branches]
        alike = all(each == known[0] for each in known) and len(branches) > 2
        joined, others = _joined(step.reads[:1], before)
        merge = "" if step.merge == APART else words(step.merge)
        drawn = branches[:1] if alike and not self.unfold else branches
        copies = len(branches) // len(drawn)
        return (Fork(drawn, merge, (step.output,), step.nodes, joined, others, copies, scope),)

    def _branch(self, branch: Branch, step: Step, scope: int) -> Parts:
        return self.sequence(branch.steps, step.reads[:1], scope)


def _pieces(parts: Parts) -> list[object]:
    return [part.piece for part in parts]


def _joined(reads: Positions, before: Positions) -> tuple[bool, Positions]:
    """Whether all that stands before is read, and what is read by a way of its own: of several, some alone, too."""
    joined = bool(before) and set(before) <= set(reads)
    return joined, tuple(dict.fromkeys(at for at in reads if not (joined and at in before)))


def _sources(graph: Graph, nodes: Positions) -> Positions:
    """What nodes read of others, in the order in which they read it."""
    own = frozenset(nodes)
    return tuple(dict.fromkeys(read for at in nodes for read in graph.nodes[at].inputs if read not in own))


def _layers(step: Step) -> Iterator[Step]:
    if step.layer is not None:
        yield step
    for branch in step.branches:
        for inner in branch.steps:
            yield from _layers(inner)


def _boxes(parts: Parts) -> int:
    """How many boxes are drawn for parts."""
    return sum(map(_boxes_of, parts))


def _boxes_of(part: Part) -> int:
    if isinstance(part, Leaf):
        return 1
    if isinstance(part, Repeat):
        return _boxes_of(part.part)
    if isinstance(part, Block):
        return _boxes(part.parts)
    if isinstance(part, Skip):
        return _boxes(part.main) + _boxes(part.shortcut) + 1
    return sum(map(_boxes, part.branches)) + 1


def _by(graph: Graph, step: Step, shortcut: Parts) -> str:
    """What is on a shortcut, in the words by which a first one may differ from those after it."""
    if not shortcut:
        return ""
    if step.shortcut == "pad":
        return PAD
    if step.shortcut == "projection":
        return PROJECTION if graph.nodes[step.reads[0]].output == graph.nodes[step.output].output else NEEDED
    return "; ".join(in_words(tuple(part.piece for part in shortcut)))


def _original(graph: Graph, step: Step) -> str:
    """The title of the stage, or the path of the layers, whose weights are used again."""
    origins = {at for node in step.nodes if (at := graph.nodes[node].shared) is not None}
    title = next((stage.title for stage in graph.stages if origins and origins == set(stage.all_nodes())), "")
    if title or not origins:
        return title
    paths = [graph.nodes[at].name.split(".") for at in sorted(origins)]
    same = [each[0] for each in zip(*paths, strict=False) if len(set(each)) == 1]
    return ".".join(same) or ".".join(paths[0])
