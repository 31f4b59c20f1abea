"""Two networks laid beside each other, line by line: which nodes stand for each other, and what is in one alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from cnnspec.comparison.alignment import Match, Score, aligned
from cnnspec.comparison.features import Features, Likeness
from cnnspec.comparison.side import Item, Side
from cnnspec.comparison.structure import Fork, Leaf, Unit
from cnnspec.source.frozen import frozen

Branch = tuple[Unit, ...]
Row = tuple[Item, ...]
Within = tuple[int, int] | None
"""The fork in whose branch something is, by its end in both networks; None at the top."""


@frozen
class Gap:
    """Lines of either network, at the same place, that have no counterpart in the other.

    `rows` are the whole rows in which they stand, and `starts` how many lines of these are before them.
    """

    one: Row
    other: Row
    rows: tuple[Row, Row]
    starts: tuple[int, int]
    within: Within = None
    in_line: bool = False
    """Whether these are parts of one line, and its row the parts."""


@dataclass(slots=True)
class Rows:
    """Goes through two networks; `pairs` are the nodes that stand for each other."""

    one: Side
    other: Side
    likeness: Likeness
    pairs: dict[int, int] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def lay(self, one: Branch, other: Branch, within: Within = None) -> None:
        """Lay two rows of units beside each other."""
        rows = tuple(self.one.items(one)), tuple(self.other.items(other))
        for gap in self._gaps(rows, self._matched(*rows), (0, 0), within):
            self.gaps += self._by_stages(gap) if self._spans(gap) else [gap]

    def _gaps(
        self, rows: tuple[Row, Row], matches: Sequence[Match], start: tuple[int, int], within: Within
    ) -> list[Gap]:
        """The gaps between the lines that stand for each other, of which the matches tell from a start on."""
        seen, waiting = list(start), [0, 0]
        found: list[Gap] = []
        for match in (*matches, None):
            if match is not None and (match.one is None or match.other is None):
                waiting[match.one is None] += 1
                continue
            if any(waiting):
                found.append(_gap(rows, seen, waiting, within))
            seen = [before + more for before, more in zip(seen, waiting, strict=True)]
            waiting = [0, 0]
            if match is not None:
                self._line(rows[0][seen[0]], rows[1][seen[1]], within)
                seen = [before + 1 for before in seen]
        return found

    def _spans(self, gap: Gap) -> bool:
        """Whether a line in a gap is a fork that goes through several stages."""
        return any(map(self.one.spans, gap.one)) or any(map(self.other.spans, gap.other))

    def _by_stages(self, gap: Gap) -> list[Gap]:
        """What such forks hold, stage by stage: a stage stands for none but that of its title."""
        one, other = (tuple(side.by_stages(row)) for side, row in ((self.one, gap.one), (self.other, gap.other)))
        rows = _with(gap.rows[0], gap.starts[0], gap.one, one), _with(gap.rows[1], gap.starts[1], gap.other, other)
        return self._gaps(rows, self._matched(one, other, self.likeness.score_in_stage), gap.starts, gap.within)

    def _line(self, one: Item, other: Item, within: Within) -> None:
        """Two lines that stand for each other, unit by unit."""
        split = (
            tuple(Item((unit,), one.title) for unit in one.units),
            tuple(Item((unit,), other.title) for unit in other.units),
        )
        for match in self._matched(*split):
            mine = None if match.one is None else split[0][match.one]
            theirs = None if match.other is None else split[1][match.other]
            if mine is not None and theirs is not None and self._unit(mine.units[0], theirs.units[0]):
                continue
            starts = (match.one or 0, match.other or 0)
            self.gaps.append(Gap((mine,) if mine else (), (theirs,) if theirs else (), split, starts, within, True))

    def _unit(self, one: Unit, other: Unit) -> bool:
        """Whether two units can stand for each other, with all that is in them."""
        if isinstance(one, Leaf) and isinstance(other, Leaf):
            if self.one.node(one.at).kind != self.other.node(other.at).kind:
                return False
            self.pairs[one.at] = other.at
            return True
        if not isinstance(one, Fork) or not isinstance(other, Fork):
            return False
        if self.one.node(one.end).kind != self.other.node(other.end).kind:
            return False
        self.pairs[one.end] = other.end
        for mine, theirs in self._branches(one, other):
            self.lay(mine, theirs, (one.end, other.end))
        return True

    def _branches(self, one: Fork, other: Fork) -> list[tuple[Branch, Branch]]:
        """The branches that stand for each other; nothing stands for one that the other has not."""
        mine, theirs = list(one.branches), list(other.branches)
        if not self.one.ordered(one.end):
            mine, theirs = _by_likeness(mine, theirs, self._branch_score)
            return list(zip_longest(mine, theirs, fillvalue=()))
        rows = [Item(branch, "") for branch in mine], [Item(branch, "") for branch in theirs]
        return [
            (() if match.one is None else mine[match.one], () if match.other is None else theirs[match.other])
            for match in self._matched(*rows)
        ]

    def _matched(self, one: Sequence[Item], other: Sequence[Item], score: Score[Features] | None = None) -> list[Match]:
        mine = [self.likeness.features(self.one, item) for item in one]
        theirs = [self.likeness.features(self.other, item) for item in other]
        return aligned(mine, theirs, score or self.likeness.score, self.likeness.equal)

    def _branch_score(self, one: Branch, other: Branch) -> float:
        mine, theirs = self._features(self.one, one), self._features(self.other, other)
        return self.likeness.score(mine, theirs)

    def _features(self, side: Side, branch: Branch) -> Features:
        return self.likeness.features(side, Item(branch, ""))


def _with(row: Row, start: int, held: Row, instead: Row) -> Row:
    return (*row[:start], *instead, *row[start + len(held) :])


def _gap(rows: tuple[Row, Row], seen: Sequence[int], lengths: Sequence[int], within: Within) -> Gap:
    one, other = (row[at : at + length] for row, at, length in zip(rows, seen, lengths, strict=True))
    return Gap(one, other, rows, (seen[0], seen[1]), within)


def _by_likeness(
    mine: list[Branch], theirs: list[Branch], score: Callable[[Branch, Branch], float]
) -> tuple[list[Branch], list[Branch]]:
    """Branches whose order does not count, in one in which those that have most in common stand beside each other."""
    scores = [(score(one, other), at, to) for at, one in enumerate(mine) for to, other in enumerate(theirs)]
    left, right = dict(enumerate(mine)), dict(enumerate(theirs))
    pairs: list[tuple[Branch, Branch]] = []
    for _, at, to in sorted(scores, key=lambda each: (-each[0], each[1], each[2])):
        if at in left and to in right:
            pairs.append((left.pop(at), right.pop(to)))
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    return [*first, *left.values()], [*second, *right.values()]
