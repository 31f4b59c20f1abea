"""What an optimizer remembers of every weight: its slots, as Keras' optimizers make them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cnnspec.graph.nodes import Node
from cnnspec.layers.base import Weight
from cnnspec.layers.shape import product

if TYPE_CHECKING:
    from cnnspec.language.optimizers import Optimizer

_PER_NUMBER = {
    "adadelta": 2, "adafactor": 1, "adagrad": 1, "adam": 2, "adamax": 2, "adamw": 2, "ftrl": 2, "lamb": 2, "lion": 1,
    "muon": 1, "nadam": 2, "rmsprop": 1, "schedule_free_adamw": 2, "sgd": 0,
}  # fmt: skip
"""Slots for each trainable number."""
_ASKED_FOR = ("momentum", "centered", "amsgrad")
"""Arguments of `sgd`, `rmsprop`, `adam` and `adamw` that stand for one slot more."""


def slot_numbers(optimizer: "Optimizer", nodes: Iterable[Node]) -> int:
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
