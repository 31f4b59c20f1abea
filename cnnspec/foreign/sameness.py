"""Whether the network of a spec is that of a file: layer by layer, whatever they are called."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from cnnspec.foreign.fused import Fused
from cnnspec.foreign.keras_layer import layer_of, told
from cnnspec.foreign.stages import as_word
from cnnspec.graph.nodes import Graph
from cnnspec.layers.base import Layer, expand
from cnnspec.layers.merge import Elementwise
from cnnspec.layers.shape import Shape

Prints = dict[str, str]


def same(fused: Fused, inputs: Sequence[str], graph: Graph) -> bool:
    """Whether both have the same layers, each reading the same, and the same outputs; `inputs` are the file's."""
    theirs, ours = _of_file(fused, inputs), _of_graph(graph)
    if Counter(theirs[0]) != Counter(ours[0]):
        return False
    named = graph.named_outputs
    return sorted(theirs[1].items() if named else theirs[1].values()) == sorted(
        ours[1].items() if named else ours[1].values()
    )


def _of_file(fused: Fused, inputs: Sequence[str]) -> tuple[list[str], Mapping[str, str]]:
    """The prints of all layers, and those of the outputs by their names as a spec has them."""
    known: dict[str, str] = {name: f"input {number}" for number, name in enumerate(inputs)}
    prints: list[str] = []
    for node in fused.nodes:
        read = [known[key] for key in node.inputs]
        for part, shapes, facts in expand(layer_of(node.kind, node.arguments), *node.shapes):
            owner = known[node.shared] if node.shared is not None and facts.weights else ""
            read = [_print(part.layer, shapes, read, owner)]
            prints += read
        known[node.key] = read[0]
    return prints, {as_word(name): known[key] for name, key in fused.outputs.items()}


def _of_graph(graph: Graph) -> tuple[list[str], Mapping[str, str]]:
    order = {position: number for number, position in enumerate(graph.inputs.values())}
    known: list[str] = []
    prints: list[str] = []
    for position, node in enumerate(graph.nodes):
        if node.layer is None:
            known.append(f"input {order[position]}")
            continue
        shapes = tuple(graph.nodes[at].output for at in node.inputs)
        owner = known[node.shared] if node.shared is not None and node.facts.weights else ""
        known.append(_print(node.layer, shapes, [known[at] for at in node.inputs], owner))
        prints.append(known[-1])
    return prints, {name: known[at] for name, at in graph.outputs.items()}


def _print(layer: Layer, shapes: Sequence[Shape], read: Sequence[str], owner: str) -> str:
    """What a layer is, with all that comes before it."""
    free = isinstance(layer, Elementwise) and not layer.ordered
    known = [_sizes(shape) for shape in shapes]
    whole = (told(layer, shapes), sorted(read) if free else list(read), known if not free else sorted(known), owner)
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _sizes(shape: Shape) -> str:
    """The sizes of a shape; which unknown one it is does not matter."""
    return str([size if isinstance(size, int) else "?" for size in shape])
