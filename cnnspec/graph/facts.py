"""Folds over a graph: parameters, multiply-adds, memory, receptive field, weight layers.

All figures are for one example; sizes in bytes are float32's.
"""

from collections.abc import Iterable
from fractions import Fraction

from cnnspec.graph.nodes import Graph, Node
from cnnspec.layers.base import Reach
from cnnspec.layers.shape import Shape, product
from cnnspec.source.frozen import frozen


@frozen
class Totals:
    """Sums over nodes. `macs` and `activations` are None where an unknown length decides them."""

    params: int
    trainable_params: int
    macs: int | None
    activations: int | None

    @property
    def statistics(self) -> int:
        """Parameters that training does not learn by gradient."""
        return self.params - self.trainable_params


def totals(nodes: Iterable[Node]) -> Totals:
    """Shared weights count where they are made, multiply-adds wherever they are used."""
    params = trainable = 0
    macs: int | None = 0
    activations: int | None = 0
    for node in nodes:
        if node.shared is None:
            params += sum(weight.size for weight in node.facts.weights)
            trainable += trainable_size(node)
        macs = _plus(macs, node.facts.macs)
        if node.layer is not None:
            activations = _plus(activations, product(node.output))
    return Totals(params, trainable, macs, activations)


def learnt(nodes: Iterable[Node]) -> int:
    """How many numbers of the nodes gradients change unless they are frozen; shared ones count where they are made."""
    own = (node for node in nodes if node.shared is None)
    return sum(weight.size for node in own for weight in node.facts.weights if weight.trainable)


def trainable_size(node: Node) -> int:
    """How many of a node's numbers training changes by gradient."""
    if node.layer is None or not node.layer.trainable:
        return 0
    return sum(weight.size for weight in node.facts.weights if weight.trainable)


def _plus(total: int | None, more: object) -> int | None:
    return total + more if total is not None and isinstance(more, int) else None


Field = tuple[Fraction, ...]
"""Window sizes along the spatial axes, in pixels of the input."""


@frozen
class View:
    """What one output of a node sees of the input: its window, and how far it moves per output."""

    window: Field
    jump: Field


def views(graph: Graph) -> tuple[View | None, ...]:
    """Each node's receptive field: the largest over all paths, per axis; None from where places are lost.

    r' = r + (window - 1) jump and jump' = jump stride (Araujo et al. 2019, eq. 2). A gate that is made of the means
    over all places, and is multiplied with what keeps them, makes every number depend on all that was read: behind it
    nothing has a window any more. An input without places, as one of numbers beside a picture, takes nothing away.
    """
    seen: list[View | None] = []
    placeless: list[bool] = []
    for node in graph.nodes:
        placeless.append(_is_placeless(node, [placeless[position] for position in node.inputs]))
        paths = [seen[position] for position in node.inputs if not placeless[position]]
        seen.append(None if placeless[-1] else _view(node, paths))
    return tuple(seen)


_STILL = Reach()


def _is_placeless(node: Node, before: list[bool]) -> bool:
    """Whether it depends on none but inputs that have no axis of places."""
    return len(node.output) < 2 if node.layer is None else all(before)


def _view(node: Node, before: list[View | None]) -> View | None:
    """Of a node that reads these, all of which come from inputs with places."""
    if node.layer is None:
        axes = len(node.output) - 1
        return View((Fraction(1),) * axes, (Fraction(1),) * axes)
    known = [view for view in before if view is not None]
    reach = node.facts.reach
    if len(known) < len(before) or reach is None:
        return None
    widest = known[0] if len(known) == 1 else _widest(known)
    if not reach or (all(axis == _STILL for axis in reach) and len(reach) == len(widest.window)):
        return widest
    if len(reach) != len(widest.window):
        return None
    window = tuple(r + (axis.window - 1) * j for r, j, axis in zip(widest.window, widest.jump, reach, strict=True))
    return View(window, tuple(j * axis.stride for j, axis in zip(widest.jump, reach, strict=True)))


def _widest(views: list[View]) -> View:
    return View(_largest(view.window for view in views), _largest(view.jump for view in views))


def _largest(fields: Iterable[Field]) -> Field:
    return tuple(max(sizes) for sizes in zip(*fields, strict=False))


def output_shape(graph: Graph) -> Shape | dict[str, Shape]:
    """The model's output shape, by name if there are several."""
    shapes = {name: graph.nodes[position].output for name, position in graph.outputs.items()}
    return next(iter(shapes.values())) if len(shapes) == 1 else shapes
