"""What each input reads, as tables: ranges of numbers, sizes of pictures, lengths of texts."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cnnspec.layers.phrase import sizes
from cnnspec.reports.data.counts import range_table
from cnnspec.reports.numbers import count
from cnnspec.reports.table import Column, Sheet, Table, excerpt
from cnnspec.results.data import ArrayView, PictureView, Scaled, SplitLengths, SplitSizes, TextView

Item = TypeVar("Item", bound=SplitSizes | SplitLengths)

_MOST_COLUMNS = 40
_RESIZED = {"crop": "cropped", "pad": "padded", "stretch": "stretched"}


def array_sheets(view: ArrayView) -> tuple[Sheet, ...]:
    """The range of each split, and of each column of a table."""
    shape = sizes(view.shape) or "one number"
    sheet = Sheet((f"input {view.input}", f"{view.dtype}, {shape}"), range_table("numbers", view.splits))
    if not view.columns:
        return (sheet,)
    left = len(view.columns) - _MOST_COLUMNS
    remarks = ((f"and {left} more columns",),) if left > 0 else ()
    heading = (f"columns of input {view.input}", f"in {view.splits[0].name}")
    return (sheet, Sheet(heading, range_table("column", view.columns[:_MOST_COLUMNS]), remarks))


def picture_sheet(view: PictureView) -> Sheet:
    """Sizes and how far they are from what the network reads: a row for each fact, a column for each split."""
    lost = {"crop": "cut off", "pad": "filled up", "stretch": "proportions changed"}[view.resize]
    facts: list[tuple[str, Callable[[SplitSizes], str]]] = [
        ("smallest", lambda split: _size(split.smallest)),
        ("median", lambda split: _size(split.median)),
        ("largest", lambda split: _size(split.largest)),
        ("enlarged", lambda split: _scaled(split.enlarged)),
        ("as they are", lambda split: count(split.kept)),
        ("shrunk", lambda split: _scaled(split.shrunk)),
        (lost, lambda split: _lost(*split.lost)),
    ]
    formats = tuple(f"{name}: {count(number)}" for name, number in view.formats)
    heading = (f"input {view.input}", f"pictures {_RESIZED[view.resize]} to {sizes(view.shape)}, {view.interpolation}")
    remarks = (formats, ("sizes are height×width as stored; factors are those of a side, median and furthest",))
    return Sheet(heading, _facts(facts, view.splits), remarks)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _scaled(scaled: Scaled) -> str:
    if not scaled.count:
        return "0"
    factors = dict.fromkeys(map(_factor, (scaled.median, scaled.furthest)))
    return f"{count(scaled.count)}, by {' to '.join(factors)}"


def _lost(median: float, most: float) -> str:
    return f"{median:.0%}, at most {most:.0%}" if most else "0"


def _factor(factor: float) -> str:
    return f"{factor:.3g}" if factor >= 1 else f"1/{1 / factor:.3g}"


def text_sheet(view: TextView) -> Sheet:
    """Lengths and what the vocabulary knows: a row for each fact, a column for each split."""
    facts: list[tuple[str, Callable[[SplitLengths], str]]] = [
        ("texts", lambda split: count(split.texts)),
        ("tokens of the shortest", lambda split: count(split.least)),
        ("of the median", lambda split: f"{split.median:,g}"),
        ("95 % have at most", lambda split: count(split.most_of)),
        ("of the longest", lambda split: count(split.most)),
        *_fitting(view),
        ("tokens in all", lambda split: count(split.tokens)),
        ("out of vocabulary", lambda split: _part(split.unknown, split.tokens)),
    ]
    read = f"ids, {'as many as there are' if view.length is None else f'{count(view.length)} a text'}"
    heading = (f"input {view.input}", f"texts as {read if view.mode == 'int' else view.mode}")
    return Sheet(heading, _facts(facts, view.splits), _vocabulary(view))


def _fitting(view: TextView) -> list[tuple[str, Callable[[SplitLengths], str]]]:
    if view.length is None:
        return []
    return [
        (f"cut to {view.length}", lambda split: _part(split.cut, split.texts)),
        ("tokens cut off", lambda split: _part(split.lost, split.tokens)),
        (f"padded to {view.length}", lambda split: _part(split.padded, split.texts)),
    ]


def _part(part: int, whole: int) -> str:
    return f"{count(part)} ({part / whole:.1%})" if part else "0"


def _vocabulary(view: TextView) -> tuple[tuple[str, ...], ...]:
    special = "padding, out of vocabulary" if view.special == 2 else "out of vocabulary"
    first = view.splits[0].name
    entries = (
        f"vocabulary: {count(view.vocabulary)} entries, {special} and {count(view.vocabulary - view.special)} tokens"
    )
    words = f"{first} has {count(view.distinct)} different tokens, {count(view.singles)} of them once"
    frequent = tuple(f"{_quoted(word.word)} {count(word.count)}" for word in view.frequent)
    return ((entries,), (words,), ("most frequent:", *frequent))


def _quoted(word: str) -> str:
    """A word as such, anything that could be taken for the page's own punctuation in quotes."""
    return word if word.isalnum() else f'"{excerpt(word)}"'


def _facts(facts: Sequence[tuple[str, Callable[[Item], str]]], splits: Sequence[Item]) -> Table:
    columns = (Column(""), *(Column(split.name, "right") for split in splits))
    return Table(columns, tuple((name, *(tell(split) for split in splits)) for name, tell in facts))
