"""Which consecutive pieces of a network's notation are alike, and become one bracket with its repeat."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from cnnspec.reports.notation import (
    NEEDED,
    PAD,
    PROJECTION,
    Beside,
    Bracket,
    Line,
    Named,
    Piece,
    Pieces,
    together,
)


def fold(pieces: Pieces, within: bool = False) -> Pieces:
    """Consecutive pieces that are alike become one bracket; what stands alone stays open.

    The first of them may have strides of its own, and a projection that goes with them. `within` a bracket a few equal
    lines stay as they are, as the papers write them.
    """
    folded = tuple(out for run in runs(pieces) for out in _run(run, within))
    return folded if folded == pieces else fold(folded, within)


def runs(pieces: Pieces) -> Iterator[list[Piece]]:
    """The pieces in runs of alike ones, as they are folded."""
    run: list[Piece] = []
    for at, piece in enumerate(pieces):
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        if run and not _goes_on(run, piece, following):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _goes_on(run: list[Piece], piece: Piece, following: Piece | None) -> bool:
    """Whether a piece is one more of a run; where strides rise, it may rather be the first of the next."""
    if len(run) > 1 or blend(run[0], piece):
        return blend(run[-1], piece) is not None
    if blend(run[0], piece, leads=True) is None:
        return False
    falls = _stride(run[0]) > _stride(piece)
    return falls or following is None or not _leads(piece, following)


def _leads(first: Piece, other: Piece) -> bool:
    return blend(first, other) is None and blend(first, other, leads=True) is not None


def _stride(piece: Piece) -> int:
    """The product of all strides in it."""
    if isinstance(piece, Line):
        return prod(int(number) for number in (piece.stride or "1").partition(" ")[0].split("×"))
    if isinstance(piece, Beside):
        return prod(_stride(inner) for branch in piece.branches for inner in branch)
    return prod(map(_stride, piece.inside if isinstance(piece, Named) else piece.pieces))


_FEW, _PAIR = 3, 2
"""So many equal lines are written out inside a bracket; and so many anywhere of which the first has another stride."""


def _run(run: list[Piece], within: bool) -> Pieces:
    first, times = run[0], len(run)
    if isinstance(first, Line) and times <= (
        _FEW if within else _PAIR if times > 1 and blend(first, run[1]) is None else 1
    ):
        return tuple(run)
    whole = first
    for piece in run[1:]:
        whole = blend(whole, piece, leads=True) or whole
    if isinstance(whole, Bracket) and whole.times == 1:
        return (replace(whole, times=times),) if times > 1 or whole.skip else whole.pieces
    return (whole,) if times == 1 else (Bracket((whole,), times),)


def blend(one: Piece, other: Piece, leads: bool = False) -> Piece | None:
    """Both as one, None where they differ; where the one `leads`, it may differ in strides and in its projection."""
    if isinstance(one, Line) and isinstance(other, Line):
        return _blend_lines(one, other, leads)
    if isinstance(one, Bracket) and isinstance(other, Bracket):
        return _blend_brackets(one, other, leads)
    if isinstance(one, Beside) and isinstance(other, Beside) and one.merge == other.merge:
        return _blend_branches(one, other, leads)
    if isinstance(one, Named) and isinstance(other, Named):
        return _blend_named(one, other, leads)
    return None


def _blend_lines(one: Line, other: Line, leads: bool) -> Line | None:
    if (one.text, one.tail, one.form) != (other.text, other.tail, other.form):
        return None
    zeros = one.zeros & other.zeros
    if not zeros and (one.padding, one.zeros) != (other.padding, other.zeros):
        return None
    stride = one.stride if one.stride == other.stride else _then(one.stride or "1", other.stride or "1", leads)
    if (stride is None and one.stride != other.stride) or (one.rates is None) != (other.rates is None):
        return None
    rates = together((one.rates, other.rates)) if one.rates and other.rates else None
    if (stride, one.padding, one.zeros, rates) == (one.stride, other.padding, zeros, one.rates):
        return one
    return replace(one, stride=stride, padding=max(one.padding, other.padding, key=len), zeros=zeros, rates=rates)


def _then(first: str, other: str, leads: bool) -> str | None:
    if not leads or " " in other:
        return None
    first, then, rest = first.partition(" then ")
    return f"{first} then {other}" if not then or rest == other else None


def _blend_brackets(one: Bracket, other: Bracket, leads: bool) -> Bracket | None:
    if (one.times, one.skip, one.then) != (other.times, other.skip, other.then):
        return None
    by = _blend_shortcuts(one.by, other.by, leads)
    pieces = _blend_all(one.pieces, other.pieces, leads and one.times == 1)
    if pieces is None or by is None:
        return None
    changed = by != one.by or any(mine is not both for mine, both in zip(one.pieces, pieces, strict=True))
    return replace(one, pieces=pieces, by=by) if changed else one


_FIRST = " at first"


def _blend_shortcuts(one: str, other: str, leads: bool) -> str | None:
    """What is on a shortcut of which the first changes the shape, and the others leave it."""
    if one == other:
        return one
    if not leads or other not in ("", PROJECTION) or one in ("", PROJECTION):
        return None
    if one == NEEDED:
        return other or one
    return None if other else one if one == PAD or one.endswith(_FIRST) else f"{one}{_FIRST}"


def _blend_branches(one: Beside, other: Beside, leads: bool) -> Beside | None:
    if len(one.branches) != len(other.branches):
        return None
    branches = [_blend_all(mine, theirs, leads) for mine, theirs in zip(one.branches, other.branches, strict=True)]
    known = tuple(branch for branch in branches if branch is not None)
    return replace(one, branches=known) if len(known) == len(branches) else None


def _blend_named(one: Named, other: Named, leads: bool) -> Named | None:
    inside = _blend_all(one.inside, other.inside, leads)
    if inside is None or (one.text != other.text and not leads):
        return None
    if one.text == other.text or f"{other.text}, first " in one.text:
        return replace(one, inside=inside)
    said = other.text.replace(": ", ", ", 1).split(", ")
    own = [part for part in one.text.replace(": ", ", ", 1).split(", ") if part not in said]
    return Named(f"{other.text}, first {', '.join(own)}" if own else other.text, inside)


def _blend_all(ones: Pieces, others: Pieces, leads: bool) -> Pieces | None:
    if len(ones) != len(others):
        return None
    both = [blend(one, other, leads) for one, other in zip(ones, others, strict=True)]
    known = tuple(piece for piece in both if piece is not None)
    return known if len(known) == len(both) else None
