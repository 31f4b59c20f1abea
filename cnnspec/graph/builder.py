"""The graph as it grows: layers are applied to nodes, names kept apart, sizes kept within what a tensor can hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.graph.complaints import MAX_LAYERS, too_large
from cnnspec.graph.entries import Use
from cnnspec.graph.misfit import misfit_diagnostic
from cnnspec.graph.nodes import Node, Step
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.layers.base import Facts, Layer, Misfit
from cnnspec.layers.fields import LARGEST
from cnnspec.layers.shape import Shape, Unknown, write_shape
from cnnspec.source.diagnostic import Note
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span

MOST_TERMS = 200
"""How many parts a function of unknown lengths may have: a network's own are far smaller, and others could double
with every layer."""


@frozen
class Made:
    """What one repeat of an entry became. `position` is None where a mistake spoilt it; `body` is that of a block.

    `several` are the positions of branches that are not merged, `position` that of the last.
    """

    position: int | None
    step: Step | None = None
    body: ResultScope | None = None
    several: tuple[int, ...] = ()


SPOILT = Made(None)


@dataclass(slots=True, eq=False, repr=False)
class GraphBuilder:
    """The nodes so far; `nulls` says where each unknown length of an input is written."""

    nodes: list[Node] = field(default_factory=list)
    nulls: dict[str, Span] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Path with a written name at its end -> the number that stands there where no name is written."""
    _names: dict[str, Span] = field(default_factory=dict)

    def output(self, position: int) -> Shape:
        """What the node at this position gives."""
        return self.nodes[position].output

    def shape(self, result: Result) -> Shape | None:
        """The shape of a result, None if it is spoilt."""
        return None if result.position is None else self.output(result.position)

    def add(self, node: Node, around: Around) -> int:
        """Append a node; its position. Names must differ, since Keras' layers are found by them."""
        self.nodes.append(node)
        if len(self.nodes) > MAX_LAYERS and sum(each.layer is not None for each in self.nodes) > MAX_LAYERS:
            too_large(f"{MAX_LAYERS:,} layers", node.span, around.report)
        earlier = self._names.get(node.name)
        if earlier is not None:
            message, help = f"two layers would be called {node.name}", "give one of them another name"
            around.error("duplicate-name", message, node.span, help, (Note("the earlier one", earlier),))
        self._names[node.name] = node.span
        return len(self.nodes) - 1

    def apply(self, layer: Layer, inputs: tuple[int, ...], use: Use) -> Made:
        """Infer a layer's parts one after the other and add a node for each; SPOILT after a mistake."""
        reads, added, span, around = inputs, [], use.written.key, use.around
        try:
            for part in layer.parts(*map(self.output, inputs)):
                facts = inferred(part.layer, [*map(self.output, inputs)])
                full = f"{use.name}.{part.suffix}" if part.suffix else use.name
                added.append(self.add(Node(full, part.layer, inputs, facts, span, around.uses), around))
                inputs = (added[-1],)
        except Misfit as misfit:
            self.complain(misfit, reads, use)
            return SPOILT
        return Made(added[-1], Step(layer.kind, use.name, reads, added[-1], span, layer, tuple(added)))

    def apply_again(self, position: int, inputs: tuple[int, ...], use: Use) -> int | None:
        """Apply a node's layer to other inputs, with the same weights; None after a mistake, which was reported."""
        original = self.nodes[position]
        assert original.layer is not None
        try:
            facts = inferred(original.layer, [*map(self.output, inputs)])
        except Misfit as misfit:
            self.complain(misfit, inputs, use)
            return None
        if facts.weights != original.facts.weights:
            was, now = (", ".join(write_shape(w.shape) for w in f.weights) for f in (original.facts, facts))
            message = f"the weights of {original.name} are {was}, but this input needs {now}"
            use.error("shape-mismatch", message, "reuse reads inputs with the same number of channels")
            return None
        first = original.shared if original.shared is not None else position
        node = Node(use.name, original.layer, inputs, facts, use.written.key, use.around.uses, shared=first)
        return self.add(node, use.around)

    def complain(self, misfit: Misfit, reads: tuple[int, ...], use: Use) -> None:
        """Report that an entry does not fit what it reads."""
        read = [self.nodes[position] for position in reads]
        use.around.report(misfit_diagnostic(misfit, use.written, read, self.nodes, self.nulls))


def inferred(layer: Layer, inputs: Sequence[Shape]) -> Facts:
    """The facts of a plain layer for these inputs; raises Misfit, also where its output goes beyond all bounds."""
    facts = layer.infer(*inputs)
    for size in facts.output:
        if isinstance(size, Unknown):
            _check_terms(layer, size)
        elif size > LARGEST:
            received = f"{layer.kind} gives a size of {size:,}"
            raise Misfit(None, received, f"at most {LARGEST:,}, the most that an axis can have")
    return facts


def _check_terms(layer: Layer, size: Unknown) -> None:
    waiting: list[object] = [size]
    for _ in range(MOST_TERMS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, Unknown):
            waiting += [inner for term in part.terms for inner in term]
            waiting.append(part.constant)
        elif isinstance(part, tuple):
            waiting += part
        elif isinstance(part, int) and abs(part) > LARGEST**2:
            break
    received = f"{layer.kind} gives a length that depends on the unknown ones in more ways than can be followed"
    raise Misfit(None, received, "a simpler function", "give the input's lengths as numbers")
