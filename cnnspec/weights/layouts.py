"""Layers as they look in a file: what tells that two are alike, and how the numbers of one lie in the other.

Keras keeps a kernel as (height, width, in, out), PyTorch as (out, in, height, width); a depthwise one as (height,
width, channels, multiplier) here and as (channels x multiplier, 1, height, width) there; a dense one as (in, out) and
(out, in). A dense layer that reads a flattened picture reads rows, then columns, then channels in Keras, and channels
first in PyTorch, so that its rows change places. A 1x1 convolution and a dense layer have the same numbers.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from math import prod

import numpy as np

from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Weight
from cnnspec.layers.instead import instead
from cnnspec.weights.flattening import Untold, flattened
from cnnspec.weights.stored import Array, Form, Stored

Label = Hashable
"""Equal for layers of one kind whose weights have the same shapes."""
Shape = tuple[int, ...]
_TORCH = {
    "kernel": "weight",
    "gamma": "weight",
    "scale": "weight",
    "embeddings": "weight",
    "alpha": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
"""What PyTorch calls a weight, by Keras' name."""
_RANKS = ("1d", "2d", "3d")
_DEPTHWISE = "depthwiseconv"


@cache
def family(kind: str) -> str:
    """One word for a kind of the language and for the class of Keras that it stands for."""
    known = instead("layer", kind) if kind else None
    folded = (known.text if known is not None and known.text else kind).lower().replace("_", "")
    return folded[:-2] if folded.endswith(_RANKS) else folded


def label_there(held: Sequence[Stored], form: Form, kind: str = "", loose: bool = False) -> Label:
    """The label of a layer in a file, of which Keras' class may be known.

    `loose` labels are the same for a dense layer and for a 1x1 convolution.
    """
    if form == "numbered":
        return _numbered([each.shape for each in held], family(kind), loose)
    squeeze = _as_is if not loose else _squeezed if form == "keras" else _torch_squeezed
    return _counted((_role(each.name, held), squeeze(each.shape)) for each in held)


def label_here(graph: Graph, position: int, form: Form, kinds: bool, loose: bool = False) -> Label | None:
    """The label that a layer of the network has in a file of a form; None where that form has no such layer.

    `kinds`: whether the file tells the classes of its layers.
    """
    node = graph.nodes[position]
    if form == "numbered":
        return _numbered([weight.shape for weight in node.facts.weights], family(node.kind) if kinds else "", loose)
    squeeze = _as_is if not loose else _squeezed if form == "keras" else _torch_squeezed
    if form == "keras":
        return _counted((weight.name, squeeze(weight.shape)) for weight in node.facts.weights)
    shapes = [_torch_shape(graph, node, weight) for weight in node.facts.weights]
    if any(shape is None for shape in shapes):
        return None
    try:
        flattened(graph, position)
    except Untold:
        return None
    named = zip(node.facts.weights, shapes, strict=True)
    return _counted((_TORCH[weight.name], squeeze(shape)) for weight, shape in named if shape is not None)


def _counted(weights: Iterable[tuple[str, Shape]]) -> Label:
    return frozenset(Counter(weights).items())


def as_here(graph: Graph, position: int, held: Sequence[Stored], form: Form) -> tuple[Stored, ...]:
    """A layer's weights from a file in the order and layout that they have here; those that fit in no way as they are.

    Where the file lacks one it is left out, and where it has others they come last.
    """
    node = graph.nodes[position]
    if form == "numbered":
        wanted = _wanted(node, held)
        return tuple(_as_shaped(each, weight, node.kind) for each, weight in zip(held, wanted, strict=True))
    if form == "torch" and label_here(graph, position, form, False) is None:
        return ()
    by_role: dict[str, list[Stored]] = {}
    for each in sorted(held, key=lambda stored: _part(stored.name)):
        by_role.setdefault(_role(each.name, held), []).append(each)
    found = []
    for weight in node.facts.weights:
        if stored := by_role.get(_TORCH.get(weight.name, "") if form == "torch" else weight.name):
            one = stored.pop(0)
            found.append(
                _turned(graph, position, weight, one) if form == "torch" else _as_shaped(one, weight, node.kind)
            )
    return (*found, *(each for left in by_role.values() for each in left))


def _wanted(node: Node, held: Sequence[Stored]) -> Iterable[Weight | None]:
    return [*node.facts.weights, *[None] * len(held)][: len(held)]


def _as_shaped(stored: Stored, weight: Weight | None, kind: str) -> Stored:
    """A dense kernel for a 1x1 convolution, and the other way round; one of many groups for a depthwise one."""
    if weight is None or stored.shape == weight.shape:
        return stored
    in_groups = family(kind) == _DEPTHWISE and stored.shape == _grouped(weight.shape)
    if not in_groups and _squeezed(stored.shape) != _squeezed(weight.shape):
        return stored
    return stored.turned(weight.shape, lambda held: held.reshape(weight.shape))


def _numbered(shapes: Sequence[Shape], kind: str, loose: bool) -> Label:
    if not loose:
        return (kind, tuple(shapes))
    if kind == _DEPTHWISE:
        kind, shapes = "conv", [_grouped(shape) for shape in shapes]
    small = tuple(map(_squeezed, shapes))
    return ("dense" if kind == "conv" and len(small[0]) == 2 else kind, small)


def _grouped(shape: Shape) -> Shape:
    """The kernel of a depthwise convolution as that of a convolution with a group for each channel."""
    return (*shape[:-2], 1, shape[-2] * shape[-1]) if len(shape) > 2 else shape


def _as_is(shape: Shape) -> Shape:
    return shape


def _role(name: str, held: Sequence[Stored]) -> str:
    """Keras 2 calls the only kernel of a depthwise convolution its depthwise kernel.

    Of a layer of several parts it is the name within the part, where the names of the parts tell their order.
    """
    if "/" in name and _tells_parts(held):
        return name.rpartition("/")[2]
    is_only = name == "depthwise_kernel" and all(each.name != "pointwise_kernel" for each in held)
    return "kernel" if is_only else name


def _tells_parts(held: Sequence[Stored]) -> bool:
    """Whether each weight of a layer is one of a part that is known, and no part has two of a name."""
    places = [(_part(each.name), each.name.rpartition("/")[2]) for each in held if "/" in each.name]
    return all(part >= 0 for part, _ in places) and len(set(places)) == len(places)


def _part(name: str) -> int:
    """The place of the part of a layer that a weight belongs to, -1 where it names none that is known."""
    words = (word if word in _PARTS else word.partition("_")[0] for word in reversed(name.split("/")[:-1]))
    return next((_PARTS.index(word) for word in words if word in _PARTS), -1)


_PARTS = ("query", "key", "gate", "value", "attention_output", "forward", "backward")
"""Parts as Keras names them in an .h5, in the order of their weights; what runs both ways has names that begin so."""


def _squeezed(shape: Shape) -> Shape:
    """Without the places of a kernel that has only one."""
    return shape[-2:] if len(shape) > 2 and prod(shape[:-2]) == 1 else shape


def _torch_squeezed(shape: Shape) -> Shape:
    return shape[:2] if len(shape) > 2 and prod(shape[2:]) == 1 else shape


def _axes(graph: Graph, node: Node, weight: Weight) -> Shape | None:
    """Which axes of Keras' weight are PyTorch's, in its order; None where PyTorch has no such weight."""
    rank = len(weight.shape)
    if weight.name not in _TORCH:
        return None
    if weight.name != "kernel":
        return tuple(range(rank))
    if node.layer is None or not node.layer.weighs or not _is_alone(node):
        return None
    two = (rank - 2, rank - 1) if _is_depthwise(graph, node, weight) else (rank - 1, rank - 2)
    return (*two, *range(rank - 2))


def _is_alone(node: Node) -> bool:
    """Whether a layer has one kernel, and at most a bias beside it."""
    return sorted(weight.name for weight in node.facts.weights) in (["kernel"], ["bias", "kernel"])


def _torch_shape(graph: Graph, node: Node, weight: Weight) -> Shape | None:
    axes = _axes(graph, node, weight)
    if axes is None:
        return None
    shape = tuple(weight.shape[axis] for axis in axes)
    return (shape[0] * shape[1], 1, *shape[2:]) if _is_depthwise(graph, node, weight) else shape


def _is_depthwise(graph: Graph, node: Node, weight: Weight) -> bool:
    """Whether a kernel makes several channels of each that is read: its last two axes are these."""
    if weight.name != "kernel" or len(weight.shape) < 3:
        return False
    read, times = weight.shape[-2:]
    return graph.nodes[node.inputs[0]].output[-1] == read and node.output[-1] == read * times


def _turned(graph: Graph, position: int, weight: Weight, stored: Stored) -> Stored:
    """A weight of PyTorch's in Keras' layout, where its shape is what it should be but for that."""
    node = graph.nodes[position]
    axes, shape = _axes(graph, node, weight), _torch_shape(graph, node, weight)
    if axes is None or shape is None:
        return stored
    if _torch_squeezed(stored.shape) != _torch_squeezed(shape):
        return _as_far(stored, axes, _is_depthwise(graph, node, weight))
    split = tuple(weight.shape[axis] for axis in axes)
    back = tuple(np.argsort(axes))
    rows = flattened(graph, position) if weight.name != "bias" else None

    def turn(held: Array) -> Array:
        found = held.reshape(split).transpose(back)
        return found if rows is None else _rows_last(found, rows)

    return stored.turned(weight.shape, turn)


def _as_far(stored: Stored, axes: Shape, depthwise: bool) -> Stored:
    """In Keras' order of axes although it is too large or too small, so that both can be compared."""
    if len(stored.shape) != len(axes) or depthwise:
        return stored
    back = tuple(int(axis) for axis in np.argsort(axes))
    return stored.turned(tuple(stored.shape[axis] for axis in back), lambda held: held.transpose(back))


def _rows_last(held: Array, shape: Shape) -> Array:
    """Rows in the order (channels, places) as rows in the order (places, channels), which is the `shape`."""
    *places, channels = shape
    if held.shape[0] != prod(shape):
        return held
    parts = held.reshape(channels, prod(places), -1)
    return parts.transpose(1, 0, 2).reshape(held.shape)
