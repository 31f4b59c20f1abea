"""Which columns fit a width, and how wide each of them is."""

from collections.abc import Iterable, Sequence

from cnnspec.reports.draw import draw, widest
from cnnspec.reports.line_breaks import WORDS
from cnnspec.reports.notation import Line
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Cell, Column, Table
from cnnspec.source.frozen import frozen

GAP = 2
_WORDS = 18
"""Words up to this width are not broken before another column goes."""
_SHARING = 16
"""The width down to which lines in columns that share a page are not broken; brackets never are."""
_TITLE = 20
"""Words get so much room before drawings get theirs, and the rest after it."""
_CUSTOMARY = 78
"""What is left of 80 columns: from there on no column goes since a drawing in another is wide."""
_FLOOR = 6
"""The width below which no column of words shrinks."""


@frozen
class _Need:
    """The widths of a column: at the very least, at the least before others go, and up in steps to comfort."""

    floor: int
    least: int
    steps: tuple[int, ...] = ()
    folded: int = 0
    """The width down to which drawings fold before a column goes, on a page as wide as most."""


_STEPS = 3


Plan = tuple[tuple[int, int], ...]
"""The columns of a printed table: position and width of each."""


def plans(table: Table, width: int) -> list[Plan]:
    """The tables to print under each other: usually one, several where columns that share do not fit."""
    needs = [_need(column, cells) for column, cells in _columns(table)]
    for kept in _choices(table.columns):
        if _total(needs[at].least for at in kept) <= width:
            return [_widened(kept, needs, width)]
        if width >= _CUSTOMARY and _total(needs[at].folded or needs[at].least for at in kept) <= width:
            return [_squeezed(kept, needs, width)]
    own = [at for at in kept if not table.columns[at].share]
    shared = [at for at in kept if table.columns[at].share]
    if len(shared) < 2:
        return [_squeezed(kept, needs, width)]
    return [_squeezed([*own, *part], needs, width) for part in _parts(own, shared, needs, width)]


def _columns(table: Table) -> list[tuple[Column, list[Cell]]]:
    rows = (*table.rows, *table.totals)
    return [(column, [row[at] for row in rows]) for at, column in enumerate(table.columns)]


def _need(column: Column, cells: Sequence[Cell]) -> _Need:
    natural = max(1, widest([column.title]), *(_natural(cell) for cell in cells), 0)
    if column.align == "right":
        return _Need(natural, natural)
    kept = min(natural, column.keeps)
    least = max(1, kept, _longest_word(column.title), *(_least(cell, column.share) for cell in cells), 0)
    words = all(isinstance(cell, str) for cell in cells)
    title = max(least, min(natural, _TITLE))
    if words:
        return _Need(min(least, _FLOOR), least, (title, title, natural))
    return _Need(min(least, _FLOOR), least, (least, natural, natural), 0 if column.share else min(least, _SHARING))


def _natural(cell: Cell) -> int:
    return widest([shown(cell)] if isinstance(cell, str) else draw(cell))


def _least(cell: Cell, shares: bool) -> int:
    if isinstance(cell, str):
        return _natural(cell) if shares else _longest_word(cell)
    if not shares:
        return widest(draw(cell, stacked=True))
    whole = tuple(piece for piece in cell if not isinstance(piece, Line))
    return max(widest(draw(whole, stacked=True)), min(_SHARING, widest(draw(cell, stacked=True))))


def _longest_word(text: str) -> int:
    return min(_WORDS, widest(word.rstrip() for word in WORDS.split(shown(text))))


def _choices(columns: Sequence[Column]) -> list[list[int]]:
    """The positions kept, from all of them to those that never go."""
    levels = sorted({column.leaves for column in columns}, reverse=True)
    return [[at for at, column in enumerate(columns) if column.leaves <= level] for level in levels]


def _total(widths: Iterable[int]) -> int:
    each = list(widths)
    return sum(each) + GAP * (len(each) - 1)


def _widened(kept: Sequence[int], needs: Sequence[_Need], width: int) -> Plan:
    """The columns at their least width, the room that is left given to them step by step, from left to right."""
    widths = {at: needs[at].least for at in kept}
    spare = width - _total(widths.values())
    for step in range(_STEPS):
        for at in kept:
            wanted = needs[at].steps[step] if needs[at].steps else widths[at]
            more = min(spare, max(0, wanted - widths[at]))
            widths[at] += more
            spare -= more
    return tuple(widths.items())


def _squeezed(kept: Sequence[int], needs: Sequence[_Need], width: int) -> Plan:
    """The columns at their least width or below, the widest giving way first."""
    widths = {at: needs[at].least for at in kept}
    excess = _total(widths.values()) - width
    while excess > 0 and (yielding := [at for at in kept if widths[at] > needs[at].floor]):
        widths[max(yielding, key=widths.__getitem__)] -= 1
        excess -= 1
    return _widened(kept, needs, width) if excess < 0 else tuple(widths.items())


def _parts(own: list[int], shared: list[int], needs: Sequence[_Need], width: int) -> list[list[int]]:
    """The sharing columns in groups that fit beside the others."""
    parts: list[list[int]] = [[shared[0]]]
    for at in shared[1:]:
        fits = _total(needs[each].least for each in (*own, *parts[-1], at)) <= width
        parts = [*parts[:-1], [*parts[-1], at]] if fits else [*parts, [at]]
    return parts
