"""What the layers compute with: Keras' dtype policies, and float32 where fewer digits would harm.

Under a mixed policy weights stay float32 and most layers compute in 16 bits (Micikevicius et al. 2018). Two ends stay
exact: what only prepares the data (a pixel scaled, a year normalised, an id looked up), since bfloat16 has but 8 bits
for a number; and the last activation, since the loss needs small probabilities.
"""

import contextlib
from collections.abc import Iterator

import keras

from cnnspec.graph.heads import passed_on
from cnnspec.graph.nodes import Graph
from cnnspec.layers.base import Layer

EXACT = "float32"


@contextlib.contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Layers made in here have this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def policies(graph: Graph, precision: str) -> tuple[str, ...]:
    """The dtype policy of every node."""
    exact = _at_the_start(graph) | _at_the_end(graph)
    return tuple(EXACT if position in exact else precision for position in range(len(graph.nodes)))


def _at_the_start(graph: Graph) -> set[int]:
    """The inputs, and what prepares them before anything else is computed."""
    found: set[int] = set()
    for position, node in enumerate(graph.nodes):
        if node.layer is None or (_prepares(node.layer) and found.issuperset(node.inputs)):
            found.add(position)
    return found


def _prepares(layer: Layer) -> bool:
    return layer.prepares or layer.moves or layer.passes_values


def _at_the_end(graph: Graph) -> set[int]:
    """Each output's last activation, and what only passes its values on."""
    return {position for output in graph.outputs.values() for position in passed_on(graph, output)}
