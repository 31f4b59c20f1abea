"""The papers' notation for a network's structure, as values: lines, brackets with their repeat, branches."""

from dataclasses import replace

from cnnspec.source.frozen import frozen


@frozen
class Line:
    """One layer, as `7×7, 64`; `stride` is empty for one and None where the repeats of a bracket differ."""

    text: str
    stride: str | None = ""
    tail: str = ""

    def __str__(self) -> str:
        stride = f"stride {self.stride}" if self.stride else ""
        return ", ".join(part for part in (self.text, stride, self.tail) if part)


@frozen
class Bracket:
    """Pieces that belong together and run `times` times; `skip` tells whether a shortcut goes round them."""

    pieces: "Pieces"
    times: int = 1
    skip: bool = False


@frozen
class Beside:
    """Branches that read the same, and how they are merged."""

    branches: "tuple[Pieces, ...]"
    merge: str


Piece = Line | Bracket | Beside
Pieces = tuple[Piece, ...]


def fold(pieces: Pieces, within: bool = False) -> Pieces:
    """Consecutive pieces that differ in nothing but strides become one bracket; what stands alone stays open.

    `within` a bracket a few equal lines stay as they are, as the papers write them.
    """
    folded = _folded(pieces, within)
    return folded if folded == pieces else fold(folded, within)


def _folded(pieces: Pieces, within: bool) -> Pieces:
    runs: list[tuple[Piece, list[Piece]]] = []
    for piece in pieces:
        both = blend(runs[-1][0], piece) if runs else None
        if both is None:
            runs.append((piece, [piece]))
        else:
            runs[-1][1].append(piece)
            runs[-1] = (both, runs[-1][1])
    return tuple(out for whole, run in runs for out in _run(whole, run, within))


_FEW = 3
"""So many equal lines are written out inside a bracket."""


def _run(whole: Piece, run: list[Piece], within: bool) -> Pieces:
    if within and isinstance(whole, Line) and len(run) <= _FEW:
        return tuple(run)
    times = len(run)
    if isinstance(whole, Bracket) and whole.times == 1:
        return (replace(whole, times=times),) if times > 1 or whole.skip else whole.pieces
    return (whole,) if times == 1 else (Bracket((whole,), times),)


def blend(one: Piece, other: Piece) -> Piece | None:
    """Both as one, strides hidden where they differ; None if they differ in more."""
    if isinstance(one, Line) and isinstance(other, Line):
        return _blend_lines(one, other)
    if isinstance(one, Bracket) and isinstance(other, Bracket) and (one.times, one.skip) == (other.times, other.skip):
        pieces = _blend_all(one.pieces, other.pieces)
        return None if pieces is None else replace(one, pieces=pieces)
    if isinstance(one, Beside) and isinstance(other, Beside) and one.merge == other.merge:
        return _blend_branches(one, other)
    return None


def _blend_lines(one: Line, other: Line) -> Line | None:
    if (one.text, one.tail) != (other.text, other.tail):
        return None
    return one if one.stride == other.stride else replace(one, stride=None)


def _blend_branches(one: Beside, other: Beside) -> Beside | None:
    if len(one.branches) != len(other.branches):
        return None
    branches = [_blend_all(mine, theirs) for mine, theirs in zip(one.branches, other.branches, strict=True)]
    known = tuple(branch for branch in branches if branch is not None)
    return replace(one, branches=known) if len(known) == len(branches) else None


def _blend_all(ones: Pieces, others: Pieces) -> Pieces | None:
    if len(ones) != len(others):
        return None
    both = [blend(one, other) for one, other in zip(ones, others, strict=True)]
    known = tuple(piece for piece in both if piece is not None)
    return known if len(known) == len(both) else None


def in_words(pieces: Pieces) -> list[str]:
    """One text for each piece, on one line: `[3×3, 64; 3×3, 64] × 2`."""
    return [_in_words(piece) for piece in pieces]


def _in_words(piece: Piece) -> str:
    if isinstance(piece, Line):
        return str(piece)
    if isinstance(piece, Bracket):
        times = f" × {piece.times}" if piece.times > 1 else ""
        return f"[{'; '.join(in_words(piece.pieces))}]{times}"
    branches = " | ".join("; ".join(in_words(branch)) or UNCHANGED for branch in piece.branches)
    return f"{{{branches}}} {piece.merge}".rstrip()


UNCHANGED = "identity"
"""How a branch without layers is shown."""
