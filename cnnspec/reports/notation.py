"""The papers' notation for a network's structure, as values: lines, brackets with their repeat, branches, blocks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import prod

from cnnspec.source.frozen import frozen


@frozen
class Line:
    """One layer, as `7×7, 64`; `stride` is empty for one, `2 then 1` where only the first repeat of a bracket has it.

    A stride of None is the first repeat's, and what it is the sizes tell. `form` is all that the layer is beside its
    text, which is not shown; `padding` is shown where it changes a size, and `zeros` are what it can be called: alike
    ones have one of them in common. `rates` are the least and the largest of all repeats.
    """

    text: str
    stride: str | None = ""
    tail: str = ""
    padding: str = ""
    form: object = None
    zeros: frozenset[str] = frozenset()
    rates: "Rates | None" = None

    def __str__(self) -> str:
        stride = f"stride {self.stride}" if self.stride else ""
        text = f"{self.text} {in_figures(self.rates)}" if self.rates else self.text
        return ", ".join(part for part in (text, stride, self.padding, self.tail) if part)


@frozen
class Bracket:
    """Pieces that belong together and run `times` times; `skip` tells whether a shortcut goes round them.

    `by` is what is on the shortcut, where that is not the input as it is; `then` what follows on the addition, where
    that is not as usual.
    """

    pieces: "Pieces"
    times: int = 1
    skip: bool = False
    by: str = ""
    then: str = ""

    @property
    def mark(self) -> str:
        """`+` for an addition, with what is said of it; that of the only block inside is the bracket's."""
        only = self.pieces[0] if len(self.pieces) == 1 else None
        if not self.skip and isinstance(only, Named):
            return only.marked(self.times)
        return self.marked(self.times) if self.skip else ""

    def marked(self, times: int) -> str:
        """The mark of so many."""
        by = self.by if self.by != NEEDED else PROJECTION if times == 1 else ""
        return f"+ {by}".rstrip() + (f", then {self.then}" if self.then else "")


@frozen
class Beside:
    """Branches that read the same, and how they are merged."""

    branches: "tuple[Pieces, ...]"
    merge: str


@frozen
class Named:
    """A block of the spec that stands in one line, by its name and arguments; `inside` is what it holds."""

    text: str
    inside: "Pieces"

    @property
    def said(self) -> str:
        """The text, with the rates of what it holds: `mbconv: filters 40, stochastic depth 0.05 to 0.1`."""
        found: dict[str, list[Rates]] = {}
        for line in lines_in(self.inside):
            if line.rates:
                found.setdefault(line.text, []).append(line.rates)
        rates = (f"{text} {in_figures(_together(each))}" for text, each in found.items())
        return ", ".join((self.text, *rates))

    @property
    def mark(self) -> str:
        """That of its shortcut, if there is one round all of it."""
        return self.marked(1)

    def marked(self, times: int) -> str:
        """The mark of so many."""
        only = self.inside[0] if len(self.inside) == 1 else None
        return only.marked(times) if isinstance(only, Bracket) and only.times == 1 and only.skip else ""

    def __str__(self) -> str:
        return f"[{self.said}] {self.mark}" if self.mark else self.said


Piece = Line | Bracket | Beside | Named
Pieces = tuple[Piece, ...]
Rates = tuple[float, float]


def lines_in(pieces: Pieces) -> Iterator[Line]:
    """All lines, those inside of brackets, branches and blocks too."""
    for piece in pieces:
        if isinstance(piece, Line):
            yield piece
        elif isinstance(piece, Beside):
            for branch in piece.branches:
                yield from lines_in(branch)
        else:
            yield from lines_in(piece.inside if isinstance(piece, Named) else piece.pieces)


def in_figures(rates: Rates) -> str:
    """`0.1`, and `0.05 to 0.1` where repeats differ."""
    least, largest = (f"{rate:.3g}" for rate in rates)
    return least if least == largest else f"{least} to {largest}"


def _together(rates: Iterable[Rates]) -> Rates:
    each = [rate for pair in rates for rate in pair]
    return min(each), max(each)


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
    rates = _together((one.rates, other.rates)) if one.rates and other.rates else None
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


def in_words(pieces: Pieces) -> list[str]:
    """One text for each piece, on one line: `[3×3, 64; 3×3, 64] × 2 +`."""
    return [_in_words(piece) for piece in pieces]


def _in_words(piece: Piece) -> str:
    if isinstance(piece, (Line, Named)):
        return str(piece)
    if isinstance(piece, Bracket):
        times = f" × {piece.times}" if piece.times > 1 else ""
        return f"[{'; '.join(in_words(opened(piece)))}]{times} {piece.mark}".rstrip()
    branches = " | ".join("; ".join(in_words(branch)) or UNCHANGED for branch in piece.branches)
    return f"{{{branches}}} {piece.merge}".rstrip()


def opened(piece: Bracket) -> Pieces:
    """What a bracket holds, a block alone in it without its mark, which is the bracket's."""
    only = piece.pieces[0] if len(piece.pieces) == 1 else None
    return (Line(only.said),) if isinstance(only, Named) else piece.pieces


UNCHANGED = "identity"
"""How a branch without layers is shown."""
PROJECTION, PAD, NEEDED = "projection", "pad", "projection where the shape changes"
"""What is on a shortcut: a projection, though the input would fit as it is; zeros beside the input's channels; or a
projection since it would not fit, which need not be said of a first one of several."""
