"""The only input and the only output of a network, for sources whose examples have one of each."""

from cnnspec.graph.nodes import Graph
from cnnspec.source.diagnostic import rejected


def only_pair(graph: Graph, holds: str) -> tuple[str, str]:
    """The names of the input and the output; raises Rejected if there are more, saying what the source `holds`."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        received = f"a network with {len(graph.inputs)} inputs and {len(graph.outputs)} outputs"
        raise rejected("bad-source", received, f"one of each, as {holds}")
    (name,), (output,) = graph.inputs, graph.outputs
    return name, output
