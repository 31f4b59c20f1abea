"""Structure drawn in lines of text: brackets over several lines, branches side by side where they fit."""

from collections.abc import Iterable
from itertools import zip_longest

from rich.cells import cell_len

from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.notation import UNCHANGED, Beside, Bracket, Line, Named, Piece, Pieces, opened

ANY_WIDTH = 10**6
_NARROWEST = 8
"""What does not fit in so much room says only how many layers it has."""
_BAR = " │ "
_SHORT_MARK = len("+ projection")
"""A longer mark of a shortcut stands below its bracket."""


def draw(pieces: Pieces, width: int = ANY_WIDTH, stacked: bool = False) -> list[str]:
    """The pieces one under the other, no line wider than `width` cells; `stacked` never puts branches side by side."""
    return [line for piece in pieces for line in _draw(piece, max(1, width), stacked)]


def widest(lines: Iterable[str]) -> int:
    """The width of the widest line, in cells."""
    return max(map(cell_len, lines), default=0)


def pad(line: str, width: int) -> str:
    """The line filled up with spaces to `width` cells."""
    return line + " " * (width - cell_len(line))


def _draw(piece: Piece, width: int, stacked: bool) -> list[str]:
    if isinstance(piece, Named) and piece.mark:
        return _bracket(Bracket((piece,)), width, stacked)
    if isinstance(piece, (Line, Named)):
        return wrap(str(piece), width, phrases=True)
    if isinstance(piece, Bracket):
        return _bracket(piece, width, stacked)
    if not stacked and (lines := _beside(piece, width)):
        return lines
    return _stacked(piece, width, stacked)


def _bracket(piece: Bracket, width: int, stacked: bool) -> list[str]:
    times = f" × {piece.times}" if piece.times > 1 else ""
    below = len(piece.mark) > _SHORT_MARK
    mark = f" {piece.mark}" if piece.mark and not below else ""
    pieces = opened(piece)
    room = width - 2 - max(len(times), len(mark))
    if room < _NARROWEST and widest(draw(pieces, stacked=True)) > room:
        return wrap(f"{_size(pieces)} layers{times} {piece.mark}".rstrip(), width)
    inside = draw(pieces, room, stacked)
    if len(inside) == 1 and widest(inside) > width - 2 - len(times + mark):
        inside = draw(pieces, width - 2 - len(times + mark), stacked)
    full = widest(inside)
    lines = [f"{left}{pad(line, full)}{right}" for line, (left, right) in zip(inside, _edges(len(inside)), strict=True)]
    lines[len(lines) // 2] += times
    lines[0] += mark
    return lines + (wrap(piece.mark, width, phrases=True) if below else [])


def _edges(height: int) -> list[tuple[str, str]]:
    return [("[", "]")] if height == 1 else [("⎡", "⎤"), *[("⎢", "⎥")] * (height - 2), ("⎣", "⎦")]


def _size(pieces: Pieces) -> int:
    return sum(_layers(piece) for piece in pieces)


def _layers(piece: Piece) -> int:
    if isinstance(piece, Line):
        return 1
    if isinstance(piece, Bracket):
        return piece.times * _size(piece.pieces)
    if isinstance(piece, Named):
        return _size(piece.inside)
    return sum(_size(branch) for branch in piece.branches)


def _branches(piece: Beside, width: int, stacked: bool) -> list[list[str]]:
    return [draw(branch, width, stacked) or wrap(UNCHANGED, width) for branch in piece.branches]


def _beside(piece: Beside, width: int) -> list[str]:
    """The branches in columns, the merge under them; nothing if that is too wide."""
    columns = _branches(piece, ANY_WIDTH, stacked=False) if len(piece.branches) > 1 else []
    widths = [widest(column) for column in columns]
    if not columns or sum(widths) + len(_BAR) * (len(widths) - 1) > width:
        return []
    rows = zip_longest(*columns, fillvalue="")
    lines = [_BAR.join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    return lines + wrap(f"└ {piece.merge}", width)


def _stacked(piece: Beside, width: int, stacked: bool) -> list[str]:
    """The branches one under the other, the merge last."""
    if width - 2 < _NARROWEST:
        return wrap(f"{len(piece.branches)} branches", width)
    lines = []
    for first, *rest in _branches(piece, width - 2, stacked):
        lines += [f"├ {first}", *(f"│ {line}" for line in rest)]
    lines[0] = "┌" + lines[0][1:]
    return lines + [f"└ {line}" for line in wrap(piece.merge, width - 2)]
