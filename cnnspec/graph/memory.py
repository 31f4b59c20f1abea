"""How much memory a training needs beside TensorFlow's own: a fold over what is known of the graph, in bytes.

An estimate. What a gradient reads again is a trait of the layer, and the factors were measured with
TensorFlow 2.21 on a CPU, where the sum came within a fifth of what a training took. The results of recurrent steps are
many and small: what an allocator loses between them, up to a third more, is not counted.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Weight
from cnnspec.layers.shape import Dim, product
from cnnspec.layers.traits import Inside

if TYPE_CHECKING:
    from cnnspec.language.optimizers import Optimizer
    from cnnspec.language.training import Training

FLOAT32 = 4
_HALF = 2
_UPDATE = 1.5
"""Intermediate results of an update, in numbers for each trainable weight."""
_DECAY = 1.0
"""The same for weight decay, which is an update of its own."""
_AROUND = 5
"""What is there around the layer that is being computed, or whose gradient is, in outputs of its size.

Its gradients, or what it and a shortcut read where there are none, and reordered copies.
"""
_PER_LAYER = 2_000_000
"""What TensorFlow keeps of the compiled step for each layer."""
_PER_NUMBER = {
    "adadelta": 2, "adafactor": 1, "adagrad": 1, "adam": 2, "adamax": 2, "adamw": 2, "ftrl": 2, "lamb": 2, "lion": 1,
    "muon": 1, "nadam": 2, "rmsprop": 1, "schedule_free_adamw": 2, "sgd": 0,
}  # fmt: skip
"""Slots of an optimizer for each trainable number: what it remembers of a weight, as Keras' optimizers make it."""
_ASKED_FOR = ("momentum", "centered", "amsgrad")
"""Arguments of `sgd`, `rmsprop`, `adam` and `adamw` that stand for one slot more."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of each part; `activations` are those of one batch, None where an unknown length decides them."""

    weights: int
    optimizer: int
    gradients: int
    activations: int | None
    program: int
    """TensorFlow's compiled step."""

    @property
    def total(self) -> int | None:
        """The sum, if it is known."""
        if self.activations is None:
            return None
        return self.weights + self.optimizer + self.gradients + self.activations + self.program


def training_memory(graph: Graph, training: "Training") -> Memory:
    """What weights, slots of the optimizer, gradients and one batch need while this training goes on."""
    sums = totals(graph.nodes)
    size = _HALF if training.precision.startswith("mixed_") else FLOAT32
    numbers = activation_numbers(graph)
    decay = _DECAY if training.optimizer.weight_decay else 0.0
    copies = int(training.ema is not None) + int(training.gradient_accumulation > 1)
    return Memory(
        weights=sums.params * FLOAT32 + (sums.params * size if size == _HALF else 0),
        optimizer=(_slot_numbers(training.optimizer, graph.nodes) + copies * sums.trainable_params) * FLOAT32,
        gradients=int(sums.trainable_params * (1 + _UPDATE + decay)) * FLOAT32,
        activations=None if numbers is None else numbers * size * training.batch_size,
        program=_PER_LAYER * sum(node.layer is not None for node in graph.nodes),
    )


def activation_numbers(graph: Graph) -> int | None:
    """How many numbers of one example a step holds at most; None where an unknown length decides.

    Going back from the last layer, that is what the layers up to each one have kept, with the gradients around it. No
    gradient goes back into layers before the first one that learns, and they keep nothing. What only a kernel's
    gradient reads is not kept where the kernel is frozen. What a layer keeps inside it is counted with it.
    """
    kept = largest = 0
    passing, learning = _passing(graph), _learning(graph)
    for position, (node, needed) in enumerate(zip(graph.nodes, _needed(graph, passing), strict=True)):
        size: Dim = 0 if position in passing else product(node.output)
        inside = _inside(graph, node)
        if not isinstance(size, int) or not isinstance(inside.kept, int) or not isinstance(inside.passing, int):
            return None
        kept += (size if needed else 0) + (inside.kept if learning[position] else 0)
        around = 0 if node.layer is None else _AROUND * size + inside.passing
        largest = max(largest, kept + around)
    return largest


def _inside(graph: Graph, node: Node) -> Inside:
    """What a layer holds inside it."""
    if node.layer is None:
        return Inside()
    return node.layer.inside(*(graph.nodes[position].output for position in node.inputs))


def _learning(graph: Graph) -> tuple[bool, ...]:
    """For each node whether its output depends on a weight that training changes."""
    found: list[bool] = []
    for node in graph.nodes:
        found.append(_trains(node) or any(found[position] for position in node.inputs))
    return tuple(found)


def _trains(node: Node) -> bool:
    return node.layer is not None and node.layer.trainable and any(weight.trainable for weight in node.facts.weights)


def _passing(graph: Graph) -> frozenset[int]:
    """Nodes without memory of their own: another shape of their input, or zeros that a convolution adds by itself."""
    layers = [(position, node.layer) for position, node in enumerate(graph.nodes) if node.layer is not None]
    alike = {position for position, layer in layers if layer.reshapes}
    padded = {position for position, layer in layers if layer.pads_zeros}
    for node in graph.nodes:
        padded -= {position for position in node.inputs if not _pads_alone(graph, position, node)}
    return frozenset(alike | padded)


def _pads_alone(graph: Graph, position: int, reader: Node) -> bool:
    """Whether a convolution over pictures that reads padded ones gives their size from before: padding is then its."""
    before = graph.nodes[position].inputs
    plain = reader.layer is not None and reader.layer.takes_zeros and len(reader.output) == 3
    return plain and bool(before) and graph.nodes[before[0]].output[:-1] == reader.output[:-1]


def _needed(graph: Graph, passing: Collection[int]) -> Iterator[bool]:
    """For each node whether a gradient reads its output again."""
    learning = _learning(graph)
    read = {position for node in graph.nodes if _reads_input(node, learning) for position in node.inputs}
    for position, node in reversed(list(enumerate(graph.nodes))):
        if position in read and position in passing:
            read.update(node.inputs)
    for position, node in enumerate(graph.nodes):
        again = node.layer is not None and node.layer.rereads.output
        yield position in read or (again and learning[position])


def _reads_input(node: Node, learning: Sequence[bool]) -> bool:
    """Whether a gradient reads what goes into a layer: that of its weights, or that of its input."""
    reading = node.layer.rereads.input if node.layer is not None else "never"
    if reading == "never" or _trains(node):
        return reading != "never"
    return reading == "always" and any(learning[position] for position in node.inputs)


def _slot_numbers(optimizer: "Optimizer", nodes: Iterable[Node]) -> int:
    """How many numbers an optimizer keeps beside the weights of these nodes."""
    return sum(_slots(optimizer, node, weight) for node, weight in _trained(nodes))


def _trained(nodes: Iterable[Node]) -> Iterator[tuple[Node, Weight]]:
    """The weights that training changes, each where it is made."""
    for node in nodes:
        if node.shared is None and node.layer is not None and node.layer.trainable:
            yield from ((node, weight) for weight in node.facts.weights if weight.trainable)


def _slots(optimizer: "Optimizer", node: Node, weight: Weight) -> int:
    times = _PER_NUMBER[optimizer.kind]
    if optimizer.kind == "adafactor":
        return times * weight.size + _rows_and_columns(weight)
    if optimizer.kind == "muon":
        return (times + _left_to_adam(optimizer, node, weight)) * weight.size
    return (times + sum(bool(getattr(optimizer, name, False)) for name in _ASKED_FOR)) * weight.size


def _rows_and_columns(weight: Weight) -> int:
    """The means that Adafactor keeps of a matrix."""
    *rest, rows, columns = (1, 1, *weight.shape)
    other = product(tuple(rest))
    assert isinstance(other, int)
    return other * (rows + columns) if len(weight.shape) > 1 else 0


def _left_to_adam(optimizer: "Optimizer", node: Node, weight: Weight) -> bool:
    """Whether Muon leaves a weight to Adam, which keeps a velocity: what is no matrix, and what is excluded."""
    excluded = tuple(getattr(optimizer, "exclude_layers", None) or ())
    if getattr(optimizer, "exclude_embeddings", False):
        excluded += ("embedding",)
    return len(weight.shape) != 2 or any(name in f"{node.name}/{weight.name}" for name in excluded)
