"""The outputs of a network as a loss and its labels must know them: shape, last activation, name."""

from dataclasses import dataclass

from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.shape import Shape

PASSES_ON = frozenset({"flatten", "reshape", "permute", "identity", "dropout"})
"""Kinds of layers that leave values as they are when the network is used."""


@dataclass(frozen=True, slots=True)
class Head:
    """One output of the network, as far as a loss must know it."""

    name: str
    shape: Shape
    activation: str
    shown: str
    """`the output`, or `output kind` where there are names."""

    @property
    def units(self) -> int:
        """The size of the last axis: how many classes a softmax has."""
        last = self.shape[-1] if self.shape else 1
        return last if isinstance(last, int) else 1


def heads(graph: Graph) -> tuple[Head, ...]:
    """The network's outputs."""
    return tuple(_head(graph, name, position) for name, position in graph.outputs.items())


def _head(graph: Graph, name: str, position: int) -> Head:
    shown = f"output {name}" if graph.named_outputs else "the output"
    return Head(name, graph.nodes[position].output, last_activation(graph, position), shown)


def last_activation(graph: Graph, position: int) -> str:
    """The activation whose values reach this node unchanged; `linear` if there is none."""
    node = graph.nodes[position]
    while node.kind in PASSES_ON and len(node.inputs) == 1:
        node = graph.nodes[node.inputs[0]]
    return _activation(node)


def _activation(node: Node) -> str:
    activation = getattr(node.layer, "activation", None)
    return activation.kind if activation is not None else "linear"
