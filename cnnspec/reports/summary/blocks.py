"""Blocks of a spec that stand in one line of a table, by their names and arguments."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Graph, Step
from cnnspec.layers.phrase import written_argument
from cnnspec.reports.notation import Beside, Bracket, Line, Piece, Pieces, lines_in
from cnnspec.reports.safe import shown

_GATES = frozenset({"se", "gate", "squeeze_excite"})
"""What people call the argument that says whether there is a gate, which is told where there is one."""
_MOST = 4
"""A block with more lines stands in one."""


def heading(step: Step, inside: Pieces, untold: frozenset[str] = frozenset()) -> str:
    """`mbconv: filters 40, kernel 5, with SE`: a block by its name, and the arguments of this use of it."""
    gated = any(map(_is_gate, lines_in(inside)))
    parts = [
        f"{name} {value}"
        for name, value in step.arguments
        if name not in untold and not (name in _GATES and value == ("true" if gated else "false"))
    ]
    if gated:
        parts.append("with SE")
    return shown(f"{step.kind}: {', '.join(parts)}" if parts else step.kind)


def is_long(pieces: Pieces) -> bool:
    """Whether a block is drawn in more lines than a bracket usually has."""
    return _height(pieces) > _MOST


def rates_among(step: Step, inside: Pieces) -> Iterator[tuple[str, bool]]:
    """The arguments of a block that has rates inside, each with whether it is but one of these, which is said there."""
    said = {written_argument(rate) for line in lines_in(inside) for rate in line.rates or ()}
    for name, value in step.arguments if said else ():
        yield name, value in said


def uses_in(graph: Graph) -> dict[str, list[Step]]:
    """The uses of every block, those of blocks that others hold first."""
    uses: dict[str, list[Step]] = {}
    levels: dict[str, int] = {}
    for stage in graph.stages:
        _collect(stage.steps, uses, levels)
    return {kind: uses[kind] for kind in sorted(uses, key=levels.__getitem__)}


def _collect(steps: tuple[Step, ...], uses: dict[str, list[Step]], levels: dict[str, int]) -> int:
    """How many levels of blocks there are in the steps; their uses, and the level of each, are noted."""
    deepest = 0
    for step in steps:
        inside = max((_collect(branch.steps, uses, levels) for branch in step.branches), default=0)
        if step.block:
            inside += 1
            uses.setdefault(step.kind, []).append(step)
            levels[step.kind] = max(levels.get(step.kind, 0), inside)
        deepest = max(deepest, inside)
    return deepest


def _height(pieces: Pieces) -> int:
    """In lines, branches one under the other; a gate counts as two, stochastic depth as none."""
    return sum(map(_piece_height, pieces))


def _piece_height(piece: Piece) -> int:
    if isinstance(piece, Bracket):
        return _height(piece.pieces)
    if isinstance(piece, Beside):
        return 1 + sum(max(1, _height(branch)) for branch in piece.branches)
    if isinstance(piece, Line) and piece.rates:
        return 0
    return 1 + _is_gate(piece)


def _is_gate(piece: Piece) -> bool:
    return isinstance(piece, Line) and piece.text.startswith("SE ")
