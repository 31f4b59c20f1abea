"""What the layers compute with: Keras' dtype policies, and float32 where fewer digits would harm.

Under a mixed policy weights stay float32 and most layers compute in 16 bits (Micikevicius et al. 2018). Two ends stay
exact: what only prepares the data (a pixel scaled, a year normalised, an id looked up), since bfloat16 has but 8 bits
for a number; and the last activation, since the loss needs small probabilities.
"""

import contextlib
from collections.abc import Iterator

import keras

from cnnspec.graph.heads import PASSES_ON
from cnnspec.graph.nodes import Graph

EXACT = "float32"

_PREPARING = frozenset({
    "rescaling", "normalization", "batch_norm", "layer_norm", "embedding", "one_hot", "flatten", "reshape", "permute",
    "identity", "zero_pad", "crop",
})  # fmt: skip


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
        if node.layer is None or (node.kind in _PREPARING and found.issuperset(node.inputs)):
            found.add(position)
    return found


def _at_the_end(graph: Graph) -> set[int]:
    """Each output's last activation, and what only passes its values on."""
    found: set[int] = set()
    for position in graph.outputs.values():
        found.add(position)
        while graph.nodes[position].kind in PASSES_ON and len(graph.nodes[position].inputs) == 1:
            position = graph.nodes[position].inputs[0]
            found.add(position)
    return found
