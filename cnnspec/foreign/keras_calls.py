"""The calls of a layer as Keras 2 or 3 writes them: which tensors each reads, and what else it is called with."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from cnnspec.source.frozen import frozen

Reference = tuple[str, int, int]
"""A tensor: the name of a layer, which of its calls, which of its outputs."""
Shapes = dict[str, tuple[int | None, ...]]
"""Without the batch axis, by the name of the layer that makes a tensor."""


@frozen
class Call:
    """One of them: what it reads first, what it is told beside, and by which other arguments it reads tensors, too."""

    reads: tuple[Reference, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    beyond: tuple[str, ...] = ()


def calls_of(layer: Any, shapes: Shapes) -> list[Call]:
    """For each time that a layer is called, what it reads; what the file says of shapes is noted in `shapes`."""
    if layer["class_name"] == "InputLayer":
        return [Call()]
    return [_call(node, shapes) for node in layer["inbound_nodes"]]


def _call(node: Any, shapes: Shapes) -> Call:
    positional, named = (node["args"], node["kwargs"]) if isinstance(node, Mapping) else _of_keras2(node)
    reads, constants, beyond = list(tensors(positional, shapes)), dict[str, Any](), list[str]()
    for number, value in enumerate(positional):
        if not list(tensors(value)):
            constants[f"argument {number}"] = value
    for name, value in named.items():
        found = list(tensors(value, shapes))
        if not found:
            constants[name] = value
        elif name in _READ_BY_NAME:
            reads += found
        elif name != "mask":
            beyond.append(str(name))
    given = {name: value for name, value in constants.items() if value is not None and name not in ("training", "mask")}
    return Call(tuple(reads), given, tuple(beyond))


_READ_BY_NAME = frozenset({"query", "value", "key", "inputs", "x", "x1", "x2", "y", "xs", "tensors"})


def _of_keras2(node: Any) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call as Keras 2 writes them: a list of tensors, each with what else it is called with."""
    if node and isinstance(node[0], str):
        node = [node]
    named: dict[str, Any] = {}
    for each in node:
        named |= each[3] if len(each) > 3 and isinstance(each[3], Mapping) else {}
    return [each[:3] for each in node], {name: value for name, value in named.items() if name != "name"}


def tensors(held: Any, shapes: Shapes | None = None) -> Iterator[Reference]:
    """References to tensors in arguments, in their order; what the file says of their shapes is noted."""
    if isinstance(held, Mapping):
        if held.get("class_name") == "__keras_tensor__":
            name, at, output = held["config"]["keras_history"]
            if shapes is not None and isinstance(shape := held["config"].get("shape"), list) and not output:
                shapes[str(name)] = tuple(shape[1:])
            yield str(name), int(at), int(output)
            return
        for value in held.values():
            yield from tensors(value, shapes)
    elif isinstance(held, list):
        if len(held) == 3 and isinstance(held[0], str) and all(isinstance(each, int) for each in held[1:]):
            yield held[0], held[1], held[2]
            return
        for each in held:
            yield from tensors(each, shapes)
