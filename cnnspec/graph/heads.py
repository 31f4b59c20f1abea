"""The outputs of a network as a loss and its labels must know them: shape, last activation, name."""

from dataclasses import dataclass

from cnnspec.graph.nodes import Graph
from cnnspec.layers.shape import Shape


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
    return graph.nodes[passed_on(graph, position)[-1]].ends_in


def passed_on(graph: Graph, position: int) -> tuple[int, ...]:
    """A node and those before it whose values reach it unchanged, going back to the one that computes them."""
    found = [position]
    node = graph.nodes[position]
    while node.layer is not None and node.layer.passes_values:
        found += node.inputs
        node = graph.nodes[found[-1]]
    return tuple(found)
