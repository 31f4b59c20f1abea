"""Two networks that lie beside each other: their lines, the stages that were renamed, and what was moved."""

from collections import Counter
from dataclasses import dataclass, field

from cnnspec.comparison.features import Likeness
from cnnspec.comparison.repeats import folded
from cnnspec.comparison.rows import Rows
from cnnspec.comparison.side import Item, Side


@dataclass(slots=True)
class Laid:
    """Both networks, how their lines match, and stages of the one by the titles that they have in the other."""

    one: Side
    other: Side
    rows: Rows = field(init=False)
    renamed: dict[str, str] = field(init=False)
    moved: dict[int, int] = field(default_factory=dict)
    """Nodes that stand for each other at different places."""

    def __post_init__(self) -> None:
        both = frozenset(self.one.titles) & frozenset(self.other.titles)
        self.rows = Rows(self.one, self.other, Likeness(both))
        self.rows.lay(self.one.units, self.other.units)
        self.renamed = self._renamed()

    def _renamed(self) -> dict[str, str]:
        """The titles that only the one has, with the title that the same layers have in the other alone."""
        pairs = Counter((self.one.titles[one], self.other.titles[other]) for one, other in self.rows.pairs.items())
        mine, theirs = Counter(self.one.titles), Counter(self.other.titles)
        found: dict[str, str] = {}
        for (here, there), count in pairs.most_common():
            most = 2 * count > min(mine[here], theirs[there])
            new = most and here not in theirs and there not in mine
            if new and here not in found and there not in found.values():
                found[here] = there
        return found

    def side(self, which: int) -> Side:
        """The one (0) or the other (1)."""
        return (self.one, self.other)[which]

    def title(self, here: str) -> str:
        """What a stage of the one is called in the other."""
        return self.renamed.get(here, here)

    def words(self, which: int, items: tuple[Item, ...]) -> str:
        """Lines on one line."""
        return folded(self.side(which), items)

    def names(self, which: int, items: tuple[Item, ...]) -> tuple[str, ...]:
        """The names of all layers of lines."""
        return tuple(self.name(which, at) for item in items for at in item.leaves())

    def name(self, which: int, at: int) -> str:
        """The name of a layer."""
        return self.side(which).node(at).name

    def stands_for(self, one: int) -> int | None:
        """What stands in the other network for a node, at whichever place."""
        return self.rows.pairs.get(one, self.moved.get(one))


def of_stage(title: str) -> str:
    """A stage, or that there is none."""
    return title or "no stage"
