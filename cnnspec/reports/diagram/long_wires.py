"""Wires from one stage to a later one, past those between them: on a side of all cards, with their shapes."""

from collections.abc import Sequence

from cnnspec.reports.diagram.drawing import SIZES, Box, Item, Text, Wire
from cnnspec.reports.diagram.lanes import lanes_of
from cnnspec.reports.diagram.measure import width_of
from cnnspec.reports.diagram.parts import Structure

_LANE = 16.0


def long_wires(structure: Structure, boxes: Sequence[Box], items: Sequence[Item]) -> list[Item]:
    """A wire to each box that asks for something, from the box that gives it: on the left, or where it asks for it
    there, on the right."""
    givers = _givers(boxes)
    left = [(givers[at], box, at) for box in boxes for at in box.asks if at in givers]
    right = [(givers[at], box, at) for box in boxes for at in box.asks_right if at in givers]
    edges = [edge for item in items for edge in _edges(item)]
    start, end = min(edges, default=0.0) - _LANE / 2, max(edges, default=0.0) + _LANE / 2
    outer = {id(giver): _outer(giver, boxes) for giver, _, _ in right}
    wires = _on_a_side(structure, left, start, -1, {})
    return wires + _on_a_side(structure, right, end, 1, outer)


def _outer(giver: Box, boxes: Sequence[Box]) -> float:
    """The right edge of a box, that of a stage's last sheet."""
    sheets = [box for box in boxes if box.role == "sheet" and giver.role == "stage" and box.tooltip == giver.tooltip]
    return max(box.x + box.width for box in (giver, *sheets) if abs(box.y - giver.y) < giver.height)


def _on_a_side(
    structure: Structure, asked: Sequence[tuple[Box, Box, int]], edge: float, side: int, outer: dict[int, float]
) -> list[Item]:
    """Wires in lanes from an edge on; `outer` are the right edges of what they begin at there."""
    spans = [(_leaves(giver), _arrives(box, number)) for number, (giver, box, _) in enumerate(asked)]
    lanes = lanes_of(spans)
    levels = [y for span in spans for y in span]
    wires: list[Item] = []
    for (giver, box, at), (start, end), lane in zip(asked, spans, lanes, strict=True):
        x = edge + side * _LANE * (lane + 0.5)
        told = f"{structure.written(at)} from {structure.name(at)}"
        ends = (outer[id(giver)], box.x + box.width) if side > 0 else (giver.x, box.x)
        points = ((ends[0], start), (x, start), (x, end), (ends[1], end))
        wires.append(Wire(points, "skip", tooltip=told))
        wires += _label(structure.written(at), x, start, end, levels)
    return wires


def _givers(boxes: Sequence[Box]) -> dict[int, Box]:
    """The box of each result; a stage rather than what is inside."""
    found: dict[int, Box] = {}
    for box in boxes:
        for at in box.outputs:
            found.setdefault(at, box)
    return found


def _leaves(box: Box) -> float:
    return box.y + box.height - min(7.0, box.height / 3)


def _arrives(box: Box, number: int) -> float:
    """Where a wire comes in: several of a box a little apart."""
    return box.y + box.height * 0.4 + (number % 3 - 1) * 2.0 * (len(box.asks) > 1)


def _edges(item: Item) -> list[float]:
    if isinstance(item, Box):
        return [item.x, item.x + item.width]
    return [x for x, _ in item.points] if isinstance(item, Wire) else []


def _label(shape: str, x: float, start: float, end: float, levels: Sequence[float]) -> list[Item]:
    """The shape along a wire, in its middle or where no other wire crosses it."""
    half = width_of(shape, SIZES["shape"]) / 2 + 2
    low, high = min(start, end) + half + 2, max(start, end) - half - 2
    middle = (low + high) / 2
    steps = range(int(max(0.0, high - low) / 2 / 6) + 1) if high >= low else range(0)
    for y in (middle + 6 * number * sign for number in steps for sign in (1, -1)):
        if all(abs(y - level) > half for level in levels):
            return [Text(x - 3.5, y, shape, "shape", "middle", turned=True)]
    return []
