"""What differs between two networks, as differences: the causes, and what follows from them."""

from collections.abc import Iterator

from cnnspec.comparison.colours import are_one
from cnnspec.comparison.difference import NOWHERE, Difference
from cnnspec.comparison.differences import FiguresChanged, Rewired, StageRenamed
from cnnspec.comparison.figures import figures_of
from cnnspec.comparison.gaps import in_gaps, moved
from cnnspec.comparison.laid import Laid
from cnnspec.comparison.pairs import changed, elsewhere, outputs, rewired
from cnnspec.comparison.side import Side
from cnnspec.graph.nodes import Graph


def network_differences(one: Graph, other: Graph, titles: bool = True, names: bool = True) -> tuple[Difference, ...]:
    """What differs between two networks; nothing where both are built the same.

    `titles` of stages count, and `names` of inputs and outputs, where somebody chose them in both.
    """
    sides = Side(one, titles, names), Side(other, titles, names)
    if are_one(sides[0].vertices(), sides[1].vertices()):
        return ()
    found = list(_causes(Laid(*sides)))
    found = found or [Rewired(NOWHERE, "other layers", "the same layers", "the layers", "read")]
    return _in_order([*found, *figures_of(one, other, _stages(found, sides))], sides)


def _causes(laid: Laid) -> Iterator[Difference]:
    yield from (StageRenamed(there, here, there) for here, there in laid.renamed.items())
    yield from list(moved(laid))
    for told in (in_gaps, changed, elsewhere, rewired, outputs):
        yield from told(laid)


def _in_order(found: list[Difference], sides: tuple[Side, Side]) -> tuple[Difference, ...]:
    """By stage, in each of them the causes before what follows from them."""
    renamed = {each.before: each.after for each in found if isinstance(each, StageRenamed)}
    titles = list(dict.fromkeys(sides[1].titles))
    at = -1
    for title in dict.fromkeys(sides[0].titles):
        told = renamed.get(title, title)
        if told not in titles:
            titles.insert(at + 1, told)
        at = titles.index(told)
    places = {title: at for at, title in enumerate(titles)} | {NOWHERE: -1}

    def place(each: Difference) -> tuple[int, bool]:
        follows = isinstance(each, FiguresChanged)
        return (len(places) if follows and each.place == NOWHERE else places.get(each.place, -1), follows)

    return tuple(sorted(found, key=place))


def _stages(found: list[Difference], sides: tuple[Side, Side]) -> dict[str, str]:
    """The stages that both have, by their titles in the one."""
    renamed = {each.before: each.after for each in found if isinstance(each, StageRenamed)}
    both = {title: title for title in sides[0].titles if title and title in sides[1].titles}
    return {**both, **renamed}
