"""Layers of a file joined into entries as people write them: a convolution with its padding, norm and activation.

Joined is only what an entry takes apart again into the very same layers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import PydanticCustomError, ValidationError

from cnnspec.foreign.arguments import with_arguments
from cnnspec.foreign.keras_layer import layer_of, told
from cnnspec.foreign.keras_network import shape_of
from cnnspec.foreign.network import ForeignLayer, ForeignNetwork
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Facts, Layer, Misfit, expand
from cnnspec.layers.norm import NORMS
from cnnspec.layers.shape import Shape

_NORM_NAMES = {norm.kind: name for name, norm in NORMS.items() if issubclass(norm, Layer)}
_TAKES_ACTIVATION = frozenset(_NORM_NAMES)
Key = str


@dataclass(frozen=True, slots=True)
class Node:
    """An entry in the making. `layers` are those of the file that it stands for, the last one gives it its key.

    `inputs` are keys of what it reads; `shared` is the key of the node whose weights it uses again.
    """

    kind: str
    arguments: Mapping[str, Any]
    inputs: tuple[Key, ...]
    layers: tuple[str, ...]
    shapes: tuple[Shape, ...]
    output: Shape
    shared: Key | None = None
    weighs: bool = False

    @property
    def key(self) -> Key:
        """What those who read it call it."""
        return self.layers[-1]


@dataclass(frozen=True, slots=True)
class Fused:
    """The nodes in order, and which of them, or which input, each output is; `lost` are layers that no entry says."""

    nodes: tuple[Node, ...]
    outputs: Mapping[str, Key]
    lost: tuple[ForeignLayer, ...] = ()


def fused(network: ForeignNetwork) -> Fused:
    """A network with its layers joined where an entry says several; layers that are unknown are passed over."""
    shapes: dict[Key, Shape] = {each.name: shape_of(each.shape, each.name) for each in network.inputs}
    instead: dict[Key, Key] = {}
    nodes, lost = list[Node](), list[ForeignLayer]()
    for layer in network.layers:
        inputs = tuple(instead.get(name, name) for name in layer.inputs)
        facts = _facts(layer, [shapes[name] for name in inputs])
        if facts is None:
            lost.append(layer)
            instead[layer.name] = inputs[0]
            continue
        shapes[layer.name] = facts[-1].output
        read = tuple(shapes[name] for name in inputs)
        shared = layer.shared if layer.shared is None else instead.get(layer.shared, layer.shared)
        weighs = any(each.weights for each in facts)
        nodes.append(Node(layer.kind, layer.arguments, inputs, (layer.name,), read, shapes[layer.name], shared, weighs))
    outputs = {name: instead.get(key, key) for name, key in network.outputs.items()}
    return Fused(tuple(_Joining(nodes, outputs.values()).joined()), outputs, tuple(lost))


def _facts(layer: ForeignLayer, shapes: Sequence[Shape]) -> list[Facts] | None:
    if not layer.kind:
        return None
    try:
        return [facts for _, _, facts in expand(layer_of(layer.kind, layer.arguments), *shapes)]
    except (Misfit, ValidationError, PydanticCustomError):
        return None


@dataclass(slots=True)
class _Joining:
    nodes: list[Node]
    kept: Iterable[Key]
    by_key: dict[Key, Node] = field(default_factory=dict)
    readers: dict[Key, list[Key]] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)

    def joined(self) -> Iterator[Node]:
        self.by_key = {node.key: node for node in self.nodes}
        for node in self.nodes:
            for key in node.inputs:
                self.readers.setdefault(key, []).append(node.key)
        for key in self.kept:
            self.readers.setdefault(key, []).append("")
        self.kept = {node.shared for node in self.nodes if node.shared is not None}
        for node in self.nodes:
            if node.key not in self.gone:
                yield self._grown(node)

    def _grown(self, node: Node) -> Node:
        """A node with what is joined to it; what was joined is gone."""
        if node.shared is not None or node.key in self.gone:
            return node
        if node.kind == "zero_pad" and (after := self._next(node)) is not None:
            joined = self._attempt(after, node, padding=_sides(node, after))
            if joined is not None:
                self.gone |= {after.key}
                return self._ended(joined)
        return self._ended(node)

    def _ended(self, node: Node) -> Node:
        """A convolution or dense layer, or a norm, with its norm and its activation."""
        node = self._simpler(node)
        cls = LAYERS.get(node.kind)
        if cls is None or "activation" in node.arguments:
            return node
        after = self._next(node)
        if issubclass(cls, Affine) and after is not None and after.kind in _NORM_NAMES:
            name = _NORM_NAMES[after.kind]
            norm: Any = {name: dict(after.arguments)} if after.arguments else name
            with_norm = self._attempt(node, after, norm=norm, after=True)
            if with_norm is not None:
                self.gone |= {after.key}
                node, after = with_norm, self._next(with_norm)
        takes = issubclass(cls, Affine) or node.kind in _TAKES_ACTIVATION
        if takes and after is not None and (meant := _activation(after)) is not None:
            acting = self._attempt(node, after, activation=meant, after=True)
            if acting is not None:
                self.gone |= {after.key}
                return acting
        return node

    def _simpler(self, node: Node) -> Node:
        """A global pool whose places are put back by a reshape keeps them; a sigmoid in three steps is one."""
        after = self._next(node)
        if node.kind == "global_avg_pool" and after is not None and after.kind == "reshape":
            kept = self._attempt(node, None, keepdims=True)
            if kept is not None and kept.output == after.output:
                self.gone |= {after.key}
                return replace(kept, layers=(*node.layers, *after.layers))
        if node.kind == "rescaling" and dict(node.arguments) == {"scale": 1, "offset": 3} and after is not None:
            last = self._next(after) if dict(after.arguments) == {"activation": "relu6"} else None
            if last is not None and last.kind == "rescaling" and _is_sixth(last.arguments):
                self.gone |= {after.key, last.key}
                layers = (*node.layers, *after.layers, *last.layers)
                return replace(node, kind="activation", arguments={"activation": "hard_sigmoid"}, layers=layers)
        return node

    def _next(self, node: Node) -> Node | None:
        """What alone reads a node, and nothing else, and has weights of its own."""
        readers = self.readers.get(node.key, [])
        after = self.by_key.get(readers[0]) if len(readers) == 1 else None
        if after is None or len(after.inputs) != 1 or after.shared is not None or after.key in self.gone:
            return None
        return None if {after.key, node.key} & set(self.kept) else after

    def _attempt(self, node: Node, other: Node | None, after: bool = False, **more: Any) -> Node | None:
        """A node with more arguments, in place of another beside it; None where it would be other layers."""
        arguments = {**node.arguments, **more}
        if "norm" in more:
            _with_bias(arguments, node)
        first, last = (other or node, node) if not after else (node, other or node)
        try:
            layer = layer_of(node.kind, arguments)
            made = [(part.layer, read) for part, read, _ in expand(layer, *first.shapes)]
            wanted = [(layer_of(node.kind, node.arguments), first.shapes)] if other is None else _wanted(first, last)
            output = expand(layer, *first.shapes)[-1][2].output
        except (Misfit, ValidationError, PydanticCustomError):
            return None
        if other is not None and [told(*each) for each in made] != [told(*each) for each in wanted]:
            return None
        layers = node.layers if other is None else (*first.layers, *last.layers)
        return replace(
            node, arguments=arguments, inputs=first.inputs, layers=layers, shapes=first.shapes, output=output
        )


def _wanted(first: Node, last: Node) -> list[tuple[Layer, tuple[Shape, ...]]]:
    each = [expand(layer_of(node.kind, node.arguments), *node.shapes) for node in (first, last)]
    return [(part.layer, read) for parts in each for part, read, _ in parts]


def _with_bias(arguments: dict[str, Any], node: Node) -> None:
    """With a norm a bias is said where there is one, and else not."""
    if node.arguments.get("use_bias", True):
        arguments["use_bias"] = True
    else:
        arguments.pop("use_bias")


def _activation(node: Node) -> Any:
    """What a node applies, as an argument of the layer before it; None where it is no activation, or is more."""
    if node.kind == "activation":
        return node.arguments["activation"] if set(node.arguments) == {"activation"} else None
    function = Nonlinearity.members.get(node.kind)
    if function is None or node.weighs or node.kind not in LAYERS:
        return None
    layer = layer_of(node.kind, node.arguments)
    meant = with_arguments(function, {name: getattr(layer, name, None) for name in function.model_fields})
    alone = meant[node.kind] if isinstance(meant, Mapping) else {}
    return {node.kind: alone[only]} if list(alone) == [only := function.first_argument()] else meant


def _sides(pad: Node, node: Node) -> Any:
    """The padding of a layer that reads a zero padding; one that has some already takes no more."""
    return "" if "padding" in node.arguments else pad.arguments.get("padding", 1)


def _is_sixth(arguments: Mapping[str, Any]) -> bool:
    return set(arguments) == {"scale"} and abs(arguments["scale"] * 6 - 1) < 1e-6
