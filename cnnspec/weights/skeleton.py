"""A network as far as its weights tell: layers that have some, what joins several paths, and what reads what.

Whatever has no weights and reads one thing is left out, in one way or in several, so that an activation within a
convolution, one after it, and one made of a product are the same. A network of the language and the configuration in a
file become the same kind of skeleton.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cnnspec.graph.complaints import MAX_LAYERS
from cnnspec.graph.nodes import Graph
from cnnspec.layers import LAYERS
from cnnspec.layers.merge import Elementwise
from cnnspec.weights.layouts import Label, family

_JOINED = {"customscalelayer": "add"}
"""What a class of keras.applications' own is: InceptionResNetV2 adds a part of what it scales."""
_DEEPEST = 8
LabelOf = Callable[[str], Label | None]
"""The label of a layer by its name; None for one that is left out."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """A layer with weights, or what joins several paths; `owner` names the layer, and is empty for a join.

    `inputs` are places in the skeleton, smaller than its own.
    """

    label: Hashable
    inputs: tuple[int, ...] = ()
    owner: str = ""
    ordered: bool = True

    def read(self, colours: Sequence[int]) -> tuple[int, ...]:
        """The colours of what it reads, sorted where their order does not matter."""
        read = [colours[place] for place in self.inputs]
        return tuple(read if self.ordered else sorted(read))


Skeleton = tuple[Vertex, ...]


@cache
def _orderless() -> frozenset[str]:
    """What joins paths whose order does not matter."""
    return frozenset(
        family(kind) for kind, layer in LAYERS.items() if issubclass(layer, Elementwise) and not layer.ordered
    )


@dataclass(slots=True)
class _Growing:
    vertices: list[Vertex] = field(default_factory=list)

    def add(self, vertex: Vertex) -> int:
        self.vertices.append(vertex)
        return len(self.vertices) - 1

    def step(self, name: str, label: Label | None, kind: str, read: Sequence[int]) -> int:
        """The place of what a layer gives, which reads `read`; attention to itself reads one thing."""
        read = read[:1] if label is not None and len(set(read)) == 1 else read
        if label is not None:
            return self.add(Vertex(label, tuple(read), name))
        if len(set(read)) == 1:
            return read[0]
        joined = _JOINED.get(family(kind), family(kind))
        return self.add(Vertex(("join", joined), tuple(read), ordered=joined not in _orderless()))


def skeleton_here(graph: Graph, labels: LabelOf) -> Skeleton:
    """That of a network of the language."""
    growing, made = _Growing(), list[int]()
    for node in graph.nodes:
        owner = graph.nodes[node.shared].name if node.shared is not None else node.name
        read = [made[place] for place in node.inputs]
        if node.layer is None:
            made.append(growing.add(Vertex(("input", len(node.output)))))
        else:
            made.append(growing.step(owner, labels(owner) if node.facts.weights else None, node.kind, read))
    return tuple(growing.vertices)


class Unclear(Exception):
    """A configuration that does not tell what reads what."""


def skeleton_there(config: Mapping[str, Any], labels: LabelOf) -> Skeleton:
    """That of a model by its configuration as Keras 2 or 3 writes it; raises Unclear."""
    growing = _Growing()
    try:
        outputs = _model(config["config"], growing, labels, None, "", 0)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Unclear from error
    return _without_masks(growing.vertices, outputs)


def _without_masks(vertices: Sequence[Vertex], outputs: Sequence[int]) -> Skeleton:
    """A skeleton without joins that nothing reads: Keras keeps the operations that make masks, as layers."""
    wanted = set(outputs)
    for place in reversed(range(len(vertices))):
        if place in wanted or vertices[place].owner or not vertices[place].inputs:
            wanted |= {place, *vertices[place].inputs}
    moved = {place: number for number, place in enumerate(sorted(wanted))}
    return tuple(
        replace(vertices[place], inputs=tuple(moved[at] for at in vertices[place].inputs)) for place in sorted(wanted)
    )


def classes(config: Mapping[str, Any], opened: bool = False) -> dict[str, str]:
    """Keras' class of each layer by its name; those of a model within the model have its name before their own.

    With `opened`, of a layer that runs another in both directions the class of that one, as a spec says it.
    """
    found: dict[str, str] = {}
    try:
        _classes(config["config"], "", found, 0, opened)
    except (KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return found


def rescaled(config: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    """Layer -> by what a model multiplies what that gives, in a Rescaling right after it."""
    found: dict[str, tuple[float, ...]] = {}
    try:
        for layer in _layers(config["config"]):
            if layer["class_name"] == "Rescaling" and layer.get("inbound_nodes") and not layer["config"]["offset"]:
                scale = layer["config"]["scale"]
                ((read, _, _),) = _tensors(layer["inbound_nodes"])
                found[read] = tuple(map(float, scale if isinstance(scale, list) else [scale]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
    return found


def _classes(config: Any, before: str, found: dict[str, str], depth: int, opened: bool) -> None:
    for layer in _layers(config)[:MAX_LAYERS]:
        name, inner = _name(layer), layer["config"]
        if _is_model(layer) and depth < _DEEPEST:
            _classes(inner, f"{before}{name}/", found, depth + 1, opened)
        else:
            both = opened and layer["class_name"] == "Bidirectional"
            found[before + name] = str((inner["layer"] if both else layer)["class_name"])


def _layers(config: Any) -> list[Any]:
    held = config if isinstance(config, list) else config["layers"]  # Keras 2.0 wrote a sequence as a bare list
    if not isinstance(held, list):
        raise TypeError("layers")
    return held


def _is_model(layer: Any) -> bool:
    inner = layer["config"]
    return isinstance(inner, list) or (isinstance(inner, dict) and isinstance(inner.get("layers"), list))


def _name(layer: Any) -> str:
    return str(layer.get("name") or layer["config"]["name"])


def _model(
    config: Any, growing: _Growing, labels: LabelOf, given: Sequence[int] | None, before: str, depth: int
) -> list[int]:
    """Adds a model that reads `given`; gives what its outputs are."""
    layers = _layers(config)
    if depth > _DEEPEST or len(layers) > MAX_LAYERS or len(growing.vertices) > MAX_LAYERS:
        raise Unclear
    if not isinstance(config, dict) or "input_layers" not in config:
        return _sequence(layers, growing, labels, given, before, depth)
    starts = [each[0] for each in _references(config["input_layers"])]
    made: dict[tuple[str, int], list[int]] = {}
    waiting = [(layer, number, call) for layer in layers for number, call in enumerate(_calls(layer))]
    while waiting:
        left = []
        for layer, number, call in waiting:
            name = _name(layer)
            if layer["class_name"] == "InputLayer":
                at = starts.index(name) if given is not None and name in starts else None
                made[name, 0] = [given[at] if given is not None and at is not None else _input(layer, growing)]
            elif all((source, at) in made for source, at, _ in call):
                read = [made[source, at][output] for source, at, output in call]
                made[name, number] = _applied(layer, growing, labels, read, before, depth)
            else:
                left.append((layer, number, call))
        if len(left) == len(waiting):
            raise Unclear
        waiting = left
    return [made[name, at][output] for name, at, output in _references(config["output_layers"])]


def _sequence(
    layers: list[Any], growing: _Growing, labels: LabelOf, given: Sequence[int] | None, before: str, depth: int
) -> list[int]:
    read = list(given) if given is not None else []
    for layer in layers:
        if layer["class_name"] == "InputLayer":
            read = read or [_input(layer, growing)]
        else:
            read = read or [growing.add(Vertex(("input", _rank(layer["config"]))))]
            read = _applied(layer, growing, labels, read, before, depth)[:1]
    return read


def _input(layer: Any, growing: _Growing) -> int:
    return growing.add(Vertex(("input", _rank(layer["config"]))))


def _rank(config: Mapping[str, Any]) -> int:
    shape = config.get("batch_shape") or config.get("batch_input_shape") or ()
    return len(shape) - 1


def _applied(layer: Any, growing: _Growing, labels: LabelOf, read: Sequence[int], before: str, depth: int) -> list[int]:
    name = _name(layer)
    if _is_model(layer):
        return _model(layer["config"], growing, labels, read, f"{before}{name}/", depth + 1)
    if not read:
        raise Unclear
    return [growing.step(before + name, labels(before + name), str(layer["class_name"]), read)] * _OUTPUTS


_OUTPUTS = 8
"""A layer that gives several tensors gives the same here."""


def _calls(layer: Any) -> list[list[tuple[str, int, int]]]:
    """For each time that a layer is called, what it reads: a layer, its call, its output."""
    if layer["class_name"] == "InputLayer":
        return [[]]
    return [list(_tensors(_unmasked(node))) for node in layer["inbound_nodes"]]


def _unmasked(node: Any) -> Any:
    """A call without the mask that Keras 3 hands it by name: no layer of a spec reads one."""
    if not isinstance(node, dict) or not isinstance(node.get("kwargs"), dict):
        return node
    return {**node, "kwargs": {name: value for name, value in node["kwargs"].items() if name != "mask"}}


def _tensors(node: Any) -> Iterator[tuple[str, int, int]]:
    """References to tensors in a call, in the order of its arguments; Keras 2 writes bare lists."""
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            name, at, output = node["config"]["keras_history"]
            yield str(name), int(at), int(output)
            return
        for value in node.values():
            yield from _tensors(value)
    elif isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and all(isinstance(each, int) for each in node[1:3]):
            yield node[0], node[1], node[2]
            yield from (found for each in node[3:] for found in _tensors(each))
            return
        for each in node:
            yield from _tensors(each)


def _references(held: Any) -> list[tuple[str, int, int]]:
    """Inputs or outputs of a model: one, several, or by name."""
    return list(_tensors(held))
