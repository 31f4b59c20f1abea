"""The picture in boxes: cards one under the other, side by side where they read different things, or in a U."""

from cnnspec.reports.diagram.card import Cards
from cnnspec.reports.diagram.drawing import Box, Drawing, Group, Item, Wire
from cnnspec.reports.diagram.extent import closed
from cnnspec.reports.diagram.levels import axes_of
from cnnspec.reports.diagram.long_wires import long_wires
from cnnspec.reports.diagram.page import Heading, on_a_page
from cnnspec.reports.diagram.parts import Leaf, Structure
from cnnspec.reports.diagram.stage_wires import Laid, stage_wires
from cnnspec.reports.diagram.ushape import in_a_u, pairs_of

_BELOW, _BESIDE = 34.0, 36.0
WIDER = "wider: more places · thicker: more channels (each on a log scale)"
COLOURED = " · each in the colour of its costliest layer"
DASHED = " · dashed: in the first repeat alone, the others add what comes in"


def boxes_drawing(structure: Structure, heading: Heading) -> Drawing:
    """The drawing of a network in boxes."""
    pairs = pairs_of(structure)
    items = in_a_u(structure, pairs) if pairs else _in_levels(structure)
    coloured = "" if any(stage.parts for stage in structure.stages) else COLOURED
    dashed = any(isinstance(item, Wire) and item.dashed and item.role == "skip" for item in items)
    return on_a_page(closed(sorted(items, key=_layer)), heading, f"{WIDER}{coloured}{DASHED if dashed else ''}")


def _in_levels(structure: Structure) -> list[Item]:
    """All cards with their wires."""
    left, right = _reachable(structure)
    cards = Cards(structure, left, right=right).all()
    before, after = [card.axis for card in cards], [card.width - card.axis for card in cards]
    axes = axes_of(structure.places, before, after, _BESIDE)
    laid = Laid(structure, tuple(cards), tuple(axes), tuple(_tops(structure, cards, axes)))
    drawn: list[Item] = []
    for card, axis, top in zip(cards, axes, laid.tops, strict=True):
        drawn += card.flat(axis - card.axis, top)
    drawn += stage_wires(laid)
    return drawn + long_wires(structure, [item for item in drawn if isinstance(item, Box)], drawn)


def _reachable(structure: Structure) -> tuple[frozenset[int], frozenset[int]]:
    """The results from which a wire can run on the left side of all cards, and others from which on the right."""
    places, first = structure.places, len(structure.graph.inputs)
    found = {at for card, at in enumerate(structure.graph.inputs.values()) if places.free(card)}
    right: set[int] = set()
    for card, stage in enumerate(structure.stages, first):
        if places.last(card):
            right |= {stage.output, *(part.outputs[0] for part in stage.parts if isinstance(part, Leaf))}
        if places.free(card):
            found |= {stage.output, *(at for part in stage.parts for at in part.outputs[-1:])}
    return frozenset(found), frozenset(right - found)


def _tops(structure: Structure, cards: list[Group], axes: list[float]) -> list[float]:
    """Where each card begins: below the row before, and the wires that bend in between."""
    tops, y = [0.0] * len(cards), 0.0
    for row in structure.places.rows:
        bending = Laid(structure, tuple(cards), tuple(axes), ()).bending(row)
        y += 8.0 * max(0, len(bending) - 1)
        for card in row:
            tops[card] = y
        y += max(cards[card].height for card in row) + _BELOW
    return tops


def _layer(item: Item) -> int:
    """Stages lie below all, wires below the boxes at which they end."""
    if isinstance(item, Box):
        return 0 if item.role in ("sheet", "stage", "title") else 2
    return 1 if isinstance(item, Wire) else 3
