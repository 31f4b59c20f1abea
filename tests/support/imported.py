"""A model of Keras, imported: its spec passes a strict check and says the same network."""

import json
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.foreign.fused import fused
from cnnspec.foreign.keras_network import keras_network
from cnnspec.foreign.sameness import same
from cnnspec.foreign.spec_of import spec_of
from cnnspec.graph.nodes import Graph


def folded(model: Any, name: str) -> tuple[str, Graph]:
    """The text of the spec, and the graph that it stands for."""
    network = keras_network(json.loads(model.to_json()))
    text = spec_of(network, name).text
    analysis = analyse("-", standard_input=text.encode, every_variant=True)
    assert analysis.diagnostics == ()
    assert analysis.graph is not None
    assert same(fused(network), [each.name for each in network.inputs], analysis.graph)
    return text, analysis.graph


def signs(graph: Graph) -> list[tuple[str, ...]]:
    """Kind, what it reads, what it gives and the weights of every layer, in no order."""
    return sorted(
        (node.kind, str([graph.nodes[at].output for at in node.inputs]), str(node.output), str(node.facts.weights))
        for node in graph.nodes
        if node.layer is not None
    )
