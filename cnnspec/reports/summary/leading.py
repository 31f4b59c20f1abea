"""Where a stage begins with a stride that its output size tells, the papers leave it out: [3×3, 128; 3×3, 128] × 2."""

from dataclasses import replace

from cnnspec.graph.nodes import Graph, Stage
from cnnspec.layers.shape import Shape, known
from cnnspec.reports.notation import Beside, Bracket, Line, Named, Piece, Pieces


def without_leading_stride(pieces: Pieces, stage: Stage, graph: Graph) -> Pieces:
    """The pieces of a stage, without the stride that only the first layer of its first block has."""
    first = pieces[0] if pieces else None
    if not isinstance(first, Bracket) or first.times == 1:
        return pieces
    leading, *rest = first.pieces
    if not isinstance(leading, Line) or " then " not in (leading.stride or "") or any(map(_leads, rest)):
        return pieces
    read, begun = graph.nodes[stage.steps[0].reads[0]].output, graph.nodes[stage.steps[0].output].output
    if leading.stride != _told(read, begun, graph.nodes[stage.output].output):
        return pieces
    return (replace(first, pieces=(replace(leading, stride=None), *rest)), *pieces[1:])


def _leads(piece: Piece) -> bool:
    """Whether only the first repeat has some stride in it."""
    if isinstance(piece, Line):
        return " then " in (piece.stride or "")
    if isinstance(piece, Beside):
        return any(_leads(inner) for branch in piece.branches for inner in branch)
    return any(map(_leads, piece.inside if isinstance(piece, Named) else piece.pieces))


def _told(read: Shape, begun: Shape, output: Shape) -> str | None:
    """The stride that the sizes tell, as it would be written."""
    before, after = known(read[:-1]), known(output[:-1])
    if before is None or after is None or begun[:-1] != output[:-1] or len(before) != len(after):
        return None
    factors = {-(-size // to) for size, to in zip(before, after, strict=True)}
    return f"{factors.pop()} then 1" if len(factors) == 1 else None
