"""Layers that learn statistics from the training data: whether there is data, and whether these would mean anything."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.learners import learners, turns
from cnnspec.graph.nodes import Graph, Node
from cnnspec.source.diagnostic import Diagnostic, Note, warning

_GIVE = "give it mean and variance"


def statistics_of_weights(subject: Subject) -> Iterator[Diagnostic]:
    """What is learnt before the first step must not go through weights that only training gives their meaning."""
    nodes, found = subject.graph.nodes, learners(subject.graph)
    if not found:
        return
    changing, possible = _changing(subject.graph), {owner for turn in turns(subject.graph) for owner in turn}
    for owner, places in found.items():
        node = nodes[owner]
        for culprit in (changing[place] for place in places):
            if culprit is not None:
                message = f"{node.kind} learns mean and variance before the first step, and reads what weights give"
                note = Note(f"training changes the weights of this {nodes[culprit].kind}", nodes[culprit].span)
                help = f"move it before them, {_GIVE}, or write batch_norm, which learns as the weights change"
                yield Diagnostic("statistics-of-weights", message, node.span, help=help, notes=(note,))
                break
        else:
            if owner not in possible:
                message = f"{node.kind} would have to know its mean and variance to learn them: it reads its own output"
                help = f"{_GIVE}, or write a normalization of its own where it is used again"
                yield Diagnostic("statistics-of-weights", message, node.span, help=help)


def statistics_unlearnt(subject: Subject) -> Iterator[Diagnostic]:
    """Without data nothing is learnt, and the layer does nothing."""
    missing = [key for key in ("data", "training") if subject.spec.root.get(key) is None]
    if not missing:
        return
    for owner in learners(subject.graph):
        node = subject.graph.nodes[owner]
        message = f"{node.kind} learns mean and variance from the training data, and the spec has no {missing[0]}"
        help = f"{_GIVE}, or write {' and '.join(missing)}; as built it has mean 0 and variance 1, and changes nothing"
        yield warning("statistics-unlearnt", message, node.span, help)


def _changing(graph: Graph) -> list[int | None]:
    """For each node the first before it whose weights training changes; None where there is none."""
    before: list[int | None] = []
    through: list[int | None] = []
    for position, node in enumerate(graph.nodes):
        culprits = [found for source in node.inputs if (found := through[source]) is not None]
        before.append(min(culprits, default=None))
        through.append(before[-1] if before[-1] is not None or not _changes(node) else position)
    return before


def _changes(node: Node) -> bool:
    """Whether training changes weights of the layer, moving averages among them."""
    layer = node.layer
    return bool(layer and layer.trainable and node.facts.weights and layer.learnt_axes(node.output) is None)
