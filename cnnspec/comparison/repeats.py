"""Lines that repeat: in words with how often, and as a difference where one network has more of them."""

from collections.abc import Callable, Hashable, Sequence

from cnnspec.comparison.differences import Repeated
from cnnspec.comparison.features import alike
from cnnspec.comparison.rows import Gap
from cnnspec.comparison.side import Item, Side

_LONGEST = 16
"""Lines that a repeat has at most."""


def folded(side: Side, items: Sequence[Item]) -> str:
    """Lines on one line, those that follow on each other and are alike once, with how often."""
    looks = _looks(side, items)
    words: list[str] = []
    at = 0
    while at < len(items):
        period, times = _repeat_at(looks, at)
        told = "; ".join(side.row_in_words(item.units) for item in items[at : at + period])
        words.append(told if times == 1 else f"{told if period == 1 else f'({told})'} × {times}")
        at += period * times
    return "; ".join(words)


def _repeat_at(looks: Sequence[Hashable], at: int) -> tuple[int, int]:
    """The lines from here on that repeat, and how often: whatever covers most, in the fewest lines."""
    best = (1, 1)
    for period in range(1, min(_LONGEST, (len(looks) - at) // 2) + 1):
        times = 1
        while looks[at : at + period] == looks[at + times * period : at + (times + 1) * period]:
            times += 1
        if times > 1 and period * times > best[0] * best[1]:
            best = (period, times)
    return best


def repeated(gap: Gap, sides: tuple[Side, Side], renamed: Callable[[str], str]) -> Repeated | None:
    """The lines in one network alone as more of those beside them, if that is what they are."""
    if gap.in_line or (gap.one and gap.other):
        return None
    which = 0 if gap.one else 1
    items, row, start = (gap.one, gap.other)[which], gap.rows[which], gap.starts[which]
    own = _looks(sides[which], items)
    for period in range(1, min(_LONGEST, len(own)) + 1):
        if len(own) % period or any(own[at] != own[at % period] for at in range(len(own))):
            continue
        before, after = _around(sides[which], row, start, len(own), own[:period])
        if before + after:
            more, rest = before + after + len(own) // period, before + after
            words = "; ".join(sides[which].row_in_words(item.units) for item in items[:period])
            title = items[0].title if which else renamed(items[0].title)
            lines = sum(item.title == items[0].title for item in row)
            whole = bool(title) and gap.within is None and lines == more * period
            return Repeated(title, *((more, rest) if which == 0 else (rest, more)), words, whole)
    return None


def _around(side: Side, row: Sequence[Item], start: int, length: int, own: list[Hashable]) -> tuple[int, int]:
    """How often lines that look so stand right before and right after these."""
    period, before, after, end = len(own), 0, 0, start + length
    while (at := start - (before + 1) * period) >= 0 and _looks(side, row[at : at + period]) == own:
        before += 1
    while _looks(side, row[end + after * period : end + (after + 1) * period]) == own:
        after += 1
    return before, after


def _looks(side: Side, items: Sequence[Item]) -> list[Hashable]:
    return [(item.title, alike(side, item)) for item in items]
