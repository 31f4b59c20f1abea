"""A plain Keras model from a graph: stock layers only, so that it opens wherever Keras does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from cnnspec.backend.model.precision import computing_in, policies
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.shape import Shape
from cnnspec.runs.files import write_with


def build_model(graph: Graph, name: str, precision: str = "float32", namespace: Any = keras) -> Any:
    """The functional Keras model; its layers are named as the graph's nodes, its inputs as the spec's.

    One input is read as a tensor, several as a dictionary by name; outputs likewise. `precision` is the
    dtype policy of all layers but those that must be exact; the layers are those of the `namespace`, `FASTER`
    where the model is to be trained. Raises RunFailed if the weights do not fit into memory.
    """
    return model_of(graph, name, connect(graph, precision, namespace))


def model_of(graph: Graph, name: str, tensors: list[Any]) -> Any:
    """The model over the outputs of the graph's nodes."""
    inputs = {name: tensors[position] for name, position in graph.inputs.items()}
    outputs = {name: tensors[position] for name, position in graph.outputs.items()}
    return keras.Model(
        inputs=inputs if len(inputs) > 1 else next(iter(inputs.values())),
        outputs=outputs if graph.named_outputs else next(iter(outputs.values())),
        name=name,
    )


def set_trainable(model: Any, graph: Graph) -> None:
    """Let the layers of a model learn, or keep their weights, as those of a graph do."""
    there = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        if node.layer is not None and node.facts.weights and node.shared is None and node.name in there:
            there[node.name].trainable = node.layer.trainable


@memory_errors()
def connect(
    graph: Graph,
    precision: str = "float32",
    namespace: Any = keras,
    change: Callable[[int, Any], Any] = lambda position, tensor: tensor,
) -> list[Any]:
    """The symbolic output of every node, from new layers; as `build_model` says. Raises RunFailed.

    `change` makes of the output of the node at a position what later nodes read in its place.
    """
    tensors: list[Any] = []
    layers: list[Any] = []
    for node, policy in zip(graph.nodes, policies(graph, precision), strict=True):
        with computing_in(policy):
            layer = _layer(graph, node, layers, namespace)
            layers.append(layer)
            tensor = _input(graph, node) if layer is None else layer(_read(node, tensors))
            tensors.append(change(len(tensors), tensor))
    return tensors


def save_model(model: Any, path: Path, replace: bool = True) -> None:
    """Write a `.keras` file whole or not at all; raises RunFailed, or AlreadyThere if not to replace."""
    write_with(path, model.save, replace)


def _layer(graph: Graph, node: Node, layers: list[Any], namespace: Any) -> Any:
    if node.layer is None:
        return None
    if node.shared is not None and node.facts.weights:
        return layers[node.shared]
    shapes = [graph.nodes[position].output for position in node.inputs]
    return node.layer.build(namespace, node.name, *shapes)


def _input(graph: Graph, node: Node) -> Any:
    return keras.Input(sizes(node.output), name=node.name, dtype=graph.dtypes.get(node.name, "float32"))


def _read(node: Node, tensors: list[Any]) -> Any:
    read = [tensors[position] for position in node.inputs]
    merges = node.layer is not None and node.layer.merges
    return read if merges or len(read) > 1 else read[0]


def sizes(shape: Shape) -> tuple[int | None, ...]:
    """A shape as Keras writes it: None for an unknown length."""
    return tuple(size if isinstance(size, int) else None for size in shape)
