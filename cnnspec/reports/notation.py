"""The papers' notation for a network's structure, as values: lines, brackets with their repeat, branches, blocks."""

from collections.abc import Iterable, Iterator

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
        rates = (f"{text} {in_figures(together(each))}" for text, each in found.items())
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


def together(rates: Iterable[Rates]) -> Rates:
    """The least and the largest of several."""
    each = [rate for pair in rates for rate in pair]
    return min(each), max(each)


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
