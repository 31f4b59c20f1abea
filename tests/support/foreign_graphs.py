"""Networks of other programs as the graph of a spec that names every layer, without folding."""

import json
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.foreign.network import ForeignNetwork
from cnnspec.graph.nodes import Graph


def graph_of_network(network: ForeignNetwork) -> Graph:
    """Each layer an entry that says what it reads; a layer that nobody knows is left out."""
    names = {each.name: each.name for each in network.inputs}
    entries: list[Any] = []
    for at, layer in enumerate(network.layers):
        if not layer.kind:
            names[layer.name] = names[layer.inputs[0]]
            continue
        names[layer.name] = f"l{at}"
        reads = [names[each] for each in layer.inputs]
        given = reads[0] if len(reads) == 1 else reads
        entries.append({layer.kind: {**layer.arguments, "name": f"l{at}", "from": given}})
    spec = {
        "cnnspec": 1,
        "name": "foreign",
        "inputs": {names[each.name]: list(each.shape) for each in network.inputs},
        "model": {"all": entries},
    }
    if network.names_outputs:
        spec["outputs"] = {name: f"all.{names[layer]}" for name, layer in network.outputs.items()}
    analysis = analyse("-", (), json.dumps(spec).encode)
    assert not analysis.wrong, analysis.diagnostics
    return analysis.require()[1]
