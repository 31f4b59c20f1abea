"""Squeeze and excitation (Hu et al. 2018): a gate for each channel, which a table says in a phrase."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Branch, Graph, Step
from cnnspec.language.composites import SqueezeExcite
from cnnspec.layers.phrase import Phrase, said_with_arguments, sizes, window
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen

_SQUEEZED, _EXCITED = "relu", "sigmoid"
"""The activations of the paper, which need not be said."""


@frozen
class Gate:
    """The two layers with weights of such a gate, and what reads all places of a channel before them."""

    pool: Step
    squeeze: Step
    excite: Step

    def phrase(self, graph: Graph) -> Phrase:
        """`SE 8`: how many channels it is squeezed to; then what is not as in the paper."""
        pool = said(self.pool, graph).text
        tail = [
            "" if "average" in pool else pool,
            _squeezed(_activation(self.squeeze, graph)),
            _excited(_activation(self.excite, graph)),
        ]
        return Phrase(f"SE {graph.nodes[self.squeeze.output].output[-1]}", tail=", ".join(filter(None, tail)))


def said(step: Step, graph: Graph) -> Phrase:
    """The phrase of a layer where it stands."""
    assert step.layer is not None
    return step.layer.phrase(graph.nodes[step.reads[0]].output, graph.nodes[step.output].output)


def gate_of(step: Step, graph: Graph) -> Gate | None:
    """The gate that a step is: what it reads, times a number for each channel that a pool and two layers make of it."""
    if step.merge != "multiply" or len(step.branches) != 2:
        return None
    paths = [list(_plain(branch)) for branch in step.branches]
    if not any(not branch.steps for branch in step.branches):
        return None
    path = paths[1] if not step.branches[0].steps else paths[0]
    weights = [each for each in path if each.layer is not None and not each.layer.reshapes]
    if len(weights) != 3 or any(each.layer is None for each in path) or not _in_line(path, step.reads[0]):
        return None
    gate = Gate(*weights)
    return gate if step.kind == SqueezeExcite.kind or _is_gate(gate, graph, graph.nodes[step.reads[0]].output) else None


def _plain(branch: Branch) -> Iterator[Step]:
    """The steps of a branch, those of blocks in their place."""
    for step in branch.steps:
        if step.block:
            yield from (inner for each in step.branches for inner in _plain(each))
        else:
            yield step


def _in_line(path: list[Step], before: int) -> bool:
    for step in path:
        if step.reads != (before,):
            return False
        before = step.output
    return True


def _is_gate(gate: Gate, graph: Graph, read: Shape) -> bool:
    """Whether it pools, squeezes and excites, and the phrase tells all that there is to it."""
    pools = gate.pool.layer is not None and gate.pool.layer.pools_globally
    plain = _is_plain(gate.squeeze, graph) and _is_plain(gate.excite, graph)
    same = graph.nodes[gate.excite.output].output[-1] == read[-1]
    excites = gate.excite.layer is not None and gate.excite.layer.ends_in.endswith("sigmoid")
    return pools and plain and same and excites


def _is_plain(step: Step, graph: Graph) -> bool:
    """Whether it is a dense layer, or one with windows of one place, with a bias and no norm."""
    phrase, read, output = said(step, graph), graph.nodes[step.reads[0]].output, graph.nodes[step.output].output
    end, size = phrase.ending, sizes(output[-1:])
    alone = phrase.text in (f"{window(1, read)}, {size}", f"{sizes(read[-1:])} × {size}")
    more = phrase.stride or phrase.tail or phrase.padded.said
    return alone and not more and end is not None and end.bias and end.norm is None


def _activation(step: Step, graph: Graph) -> str:
    end = said(step, graph).ending
    return said_with_arguments(end.activation) if end and end.activation else "linear"


def _squeezed(activation: str) -> str:
    """The first activation, which one of those that are usual for the second would be taken for."""
    return f"squeeze {activation}" if activation.endswith(_EXCITED) else "" if activation == _SQUEEZED else activation


def _excited(activation: str) -> str:
    return f"gate {activation}" if not activation.endswith(_EXCITED) else "" if activation == _EXCITED else activation
