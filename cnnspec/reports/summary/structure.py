"""Steps of a graph in the papers' notation."""

from collections.abc import Callable

from cnnspec.graph.nodes import Branch, Graph, Step
from cnnspec.reports.notation import Beside, Bracket, Line, Piece, Pieces, fold
from cnnspec.reports.safe import shown
from cnnspec.reports.summary.phrases import phrase, words

_NORMS = frozenset({"batch norm", "layer norm", "group norm"})


def structure(graph: Graph, steps: tuple[Step, ...], within: bool = False) -> Pieces:
    """The steps as lines and brackets, repeats folded; `within` a bracket few equal lines stay open."""
    return fold(_joined([(step, _piece(graph, step)) for step in steps]), within)


def _joined(pieces: "list[tuple[Step, Piece]]") -> Pieces:
    """An activation stands on the line of the normalisation right before it."""
    joined: list[Piece] = []
    for step, piece in pieces:
        last = joined[-1] if joined else None
        if step.kind == "activation" and isinstance(piece, Line) and isinstance(last, Line) and last.text in _NORMS:
            joined[-1] = Line(f"{last.text}, {piece.text}")
        else:
            joined.append(piece)
    return tuple(joined)


def _piece(graph: Graph, step: Step) -> Piece:
    if step.layer is not None:
        return _layer(graph, step)
    if step.block:
        return _bracket(structure(graph, _steps(step.branches), within=True))
    return _COMPOSITES.get(step.kind, _named)(graph, step)


def _layer(graph: Graph, step: Step) -> Piece:
    assert step.layer is not None
    read = graph.nodes[step.reads[0]].output
    return phrase(step.layer, read, graph.nodes[step.output].output)


def _steps(branches: tuple[Branch, ...]) -> tuple[Step, ...]:
    return tuple(step for branch in branches for step in branch.steps)


def _bracket(pieces: Pieces) -> Piece:
    """What a block holds; a bracket that is all of it stands for the block."""
    return pieces[0] if len(pieces) == 1 else Bracket(pieces)


def _residual(graph: Graph, step: Step) -> Piece:
    """The main path; a shortcut is part of the notation, whatever its kind."""
    main = tuple(branch for branch in step.branches if branch.name != "shortcut")
    return Bracket(structure(graph, _steps(main), within=True), skip=True)


def _parallel(graph: Graph, step: Step) -> Piece:
    branches = tuple(structure(graph, branch.steps, within=True) for branch in step.branches)
    if len(branches) == 1:
        return _bracket(branches[0])
    return Beside(*_alike(branches, step.merge))


def _alike(branches: tuple[Pieces, ...], merge: str) -> tuple[tuple[Pieces, ...], str]:
    """Branches that are all the same are drawn once."""
    if len(branches) > 1 and all(branch == branches[0] for branch in branches):
        return branches[:1], f"{merge} of {len(branches)} alike"
    return branches, merge


def _reuse(graph: Graph, step: Step) -> Piece:
    return Line(f"reuse {shown(_original(graph, step))}")


def _original(graph: Graph, step: Step) -> str:
    """The title of the stage, or the name of the layers, whose weights are used again."""
    shared = [graph.nodes[at].shared for at in step.nodes]
    origins = {at for at in shared if at is not None}
    for stage in graph.stages:
        if origins == set(stage.all_nodes()):
            return stage.title
    names = [graph.nodes[at].name for at in sorted(origins)]
    return _common(names) if names else ""


def _common(names: list[str]) -> str:
    """The path that the names have in common."""
    paths = [name.split(".") for name in names]
    same = [parts[0] for parts in zip(*paths, strict=False) if len(set(parts)) == 1]
    return ".".join(same) or names[0]


def _named(graph: Graph, step: Step) -> Piece:
    return Line(words(step.kind))


_COMPOSITES: dict[str, Callable[[Graph, Step], Piece]] = {
    "residual": _residual,
    "parallel": _parallel,
    "reuse": _reuse,
}
