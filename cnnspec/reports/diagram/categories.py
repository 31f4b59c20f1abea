"""What a layer is to the eye: the colours of a drawing, and the names in its legend."""

from collections.abc import Iterable

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.layers.base import Layer
from cnnspec.layers.phrase import Phrase

CATEGORIES = {
    "input": "input",
    "convolution": "convolution",
    "pooling": "pooling",
    "dense": "fully connected",
    "recurrent": "recurrent",
    "attention": "attention",
    "embedding": "embedding",
    "norm": "normalisation",
    "activation": "activation",
    "dropout": "dropout, noise",
    "merge": "merge",
    "gate": "gate",
    "preparation": "preparation",
    "block": "block, shared layers",
    "other": "shape, other",
}
"""Category -> its name in the legend, in the legend's order."""


def category_of(layer: Layer | None, phrase: Phrase | None = None) -> str:
    """The category of a layer, by what its class says of it; `phrase` is how a table says it."""
    if layer is None:
        return "input"
    if layer.weighs:
        return _weighing(layer, phrase)
    for category, holds in (
        ("norm", layer.normalises),
        ("activation", layer.activates),
        ("dropout", layer.drops or _family(layer) == "regularization"),
        ("attention", "attention" in _family(layer)),
        ("merge", layer.merges),
        ("pooling", layer.slides or layer.pools_globally or _family(layer).endswith("pool")),
        ("embedding", layer.row_for == "id"),
        ("preparation", layer.prepares),
    ):
        if holds:
            return category
    return "other"


def dominant(graph: Graph, nodes: Iterable[int]) -> str:
    """The category of the costliest of some layers, by multiply-adds and then by parameters; of the last of equals."""
    best, found = (-1, -1), "other"
    for at in nodes:
        node = graph.nodes[at]
        cost = totals((node,))
        if node.layer is not None and (cost.macs or 0, cost.params) >= best:
            phrase = node.layer.phrase(graph.nodes[node.inputs[0]].output, node.output)
            best, found = (cost.macs or 0, cost.params), category_of(node.layer, phrase)
    return found


def _weighing(layer: Layer, phrase: Phrase | None) -> str:
    """What multiplies by weights: over windows, at every place alike, in steps, or between places."""
    if layer.merges or "attention" in _family(layer):
        return "attention"
    if phrase is None or phrase.ending is None:
        return "recurrent"
    return "convolution" if phrase.ending.spatial else "dense"


def _family(layer: Layer) -> str:
    """The file in which layers of its kind stand together."""
    return type(layer).__module__.rpartition(".")[2]
