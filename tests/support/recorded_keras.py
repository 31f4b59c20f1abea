"""A stand-in for Keras that keeps which layer reads which, for programs that build a model of layers alone."""

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from cnnspec.graph.nodes import Graph


@dataclass(frozen=True)
class Recorded:
    """What a layer gives, by the layer's name."""

    name: str
    shape: tuple[Any, ...]


@dataclass(frozen=True)
class Built:
    """A model as the names of its inputs and outputs, and for each layer those that it reads."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]


class _Keras:
    """Layers are known by name alone; what they give has the shape that the network says."""

    def __init__(self, shapes: Mapping[str, tuple[Any, ...]]) -> None:
        self.shapes = shapes
        self.reads: dict[str, tuple[str, ...]] = {}

    def __getattr__(self, kind: str) -> Any:
        return lambda *_, name, **__: lambda read: self._called(name, read)

    def _called(self, name: str, read: Recorded | Sequence[Recorded]) -> Recorded:
        assert name not in self.reads, f"{name} is called twice"
        self.reads[name] = tuple(each.name for each in ([read] if isinstance(read, Recorded) else read))
        return Recorded(name, (None, *self.shapes[name]))

    def started(self, _: object, name: str, dtype: str = "float32") -> Recorded:
        return Recorded(name, (None, *self.shapes[name]))

    def model(self, inputs: Any, outputs: Any, name: str) -> Built:
        return Built(_names(inputs), _names(outputs), self.reads)


def built(text: str, graph: Graph) -> Built:
    """Run a program of `cnnspec code`, and its build_model; the shapes are those of the graph."""
    layers = _Keras({node.name: node.output for node in graph.nodes})
    keras = SimpleNamespace(Input=layers.started, Model=layers.model, layers=layers)
    own = {**vars(builtins), "__import__": lambda *_: keras}
    program: dict[str, Any] = {"__name__": "program", "__builtins__": own}
    exec(compile(text, "program", "exec"), program)
    made: Built = program["build_model"]()
    return made


def expected(graph: Graph) -> Built:
    """The same of a graph, whose every node is one layer."""
    names = [node.name for node in graph.nodes]
    reads = {node.name: tuple(names[each] for each in node.inputs) for node in graph.nodes if node.layer is not None}
    outputs = tuple(names[position] for position in graph.outputs.values())
    return Built(tuple(graph.inputs), outputs, reads)


def _names(tensors: Any) -> tuple[str, ...]:
    each = tensors.values() if isinstance(tensors, dict) else [tensors]
    return tuple(tensor.name for tensor in each)
