"""Wires from a volume to a later one, past those between them: above all that lies there, with their shapes."""

from collections.abc import Sequence

from cnnspec.reports.diagram.drawing import SIZES, Item, Text, Volume, Wire
from cnnspec.reports.diagram.extent import edges_of
from cnnspec.reports.diagram.measure import width_of
from cnnspec.reports.diagram.parts import Structure

_APART, _STEP = 18.0, 8.0


def over_wires(structure: Structure, volumes: Sequence[Volume], items: Sequence[Item]) -> list[Item]:
    """A wire to each volume that asks for something, from the volume that gives it; short ones lie below long ones."""
    givers: dict[int, Volume] = {}
    for each in volumes:
        givers |= dict.fromkeys(each.outputs, each)
    asked = [(givers[at], each, at) for each in volumes for at in each.asks if at in givers]
    asked.sort(key=lambda pair: abs(pair[1].crown - pair[0].crown))
    taken = [edges_of(item) for item in items]
    wires: list[Wire] = []
    texts: list[Text] = []
    for giver, each, at in asked:
        start, end = giver.crown + 2, each.crown - 2
        low, high = min(start, end), max(start, end)
        y = min(top for left, top, right, _ in taken if left < high + 4 and right > low - 4) - _APART
        told = f"{structure.written(at)} from {structure.name(at)}"
        wires.append(Wire(((start, giver.roof), (start, y), (end, y), (end, each.roof)), "skip", tooltip=told))
        taken.append((low, y, high, y))
    for wire, (_, _, at) in zip(wires, asked, strict=True):
        texts += _label(structure.written(at), wire, wires)
    return [*wires, *texts]


def _label(shape: str, wire: Wire, wires: Sequence[Wire]) -> list[Text]:
    """The shape on a wire, in its middle or where no other wire goes up through it."""
    (start, _), (_, y), (end, _) = wire.points[:3]
    half = width_of(shape, SIZES["shape"]) / 2 + 4
    low, high = min(start, end) + half, max(start, end) - half
    others = [x for other in wires for x, top in other.points[1:3] if top <= y and other is not wire]
    steps = range(int(max(0.0, high - low) / 2 / _STEP) + 1) if high >= low else range(0)
    for x in ((low + high) / 2 + _STEP * number * sign for number in steps for sign in (1, -1)):
        if all(abs(x - other) > half for other in others):
            return [Text(x, y - 4, shape, "shape")]
    return []
