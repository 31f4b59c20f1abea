"""Steps of a graph in the papers' notation."""

from collections.abc import Callable
from dataclasses import replace

from cnnspec.graph.nodes import Branch, Graph, Step
from cnnspec.layers.phrase import words
from cnnspec.reports.notation import Beside, Bracket, Line, Piece, Pieces, fold
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen


def structures(graph: Graph) -> tuple[Pieces, ...]:
    """Every stage as lines and brackets, repeats folded."""
    network = _Network(graph, _titles(graph), {frozenset(stage.all_nodes()): stage.title for stage in graph.stages})
    only = next(iter(graph.inputs.values())) if len(graph.inputs) == 1 else None
    before = [only, *(stage.output for stage in graph.stages)]
    return tuple(network.sequence(stage.steps, at) for stage, at in zip(graph.stages, before, strict=False))


def _titles(graph: Graph) -> dict[int, str]:
    """What the results that people know by a name are called."""
    return {**{stage.output: stage.title for stage in graph.stages}, **{at: name for name, at in graph.inputs.items()}}


@frozen
class _Network:
    """A graph whose steps are put into words."""

    graph: Graph
    titles: dict[int, str]
    stages: dict[frozenset[int], str]

    def sequence(self, steps: tuple[Step, ...], before: int | None, within: bool = False) -> Pieces:
        """Steps that run one after the other, the first of them on `before` unless it says otherwise."""
        pieces: list[Piece] = []
        for previous, step in zip((None, *steps), steps, strict=False):
            pieces += self._from(step, before, _COMPOSITES.get(_form(step), _named)(self, step))
            before = step.output
            if previous is not None and _normalises(previous) and step.layer is not None and step.layer.activates:
                pieces[-2:] = _on_one_line(*pieces[-2:])
        return fold(tuple(pieces), within)

    def inside(self, step: Step, branches: tuple[Branch, ...]) -> Pieces:
        """The steps of a main path or a block."""
        steps = tuple(inner for branch in branches for inner in branch.steps)
        return self.sequence(steps, step.reads[0], within=True)

    def _from(self, step: Step, before: int | None, piece: Piece) -> Pieces:
        """The piece, with what it reads where that is not what stands before it."""
        others = [at for at in step.reads if at != before or (step.layer is not None and step.layer.ordered)]
        if all(at == before for at in others):
            return (piece,)
        names = ", ".join(shown(self.title(at)) for at in others)
        if not isinstance(piece, Line):
            return (Line(f"from {names}"), piece)
        if len(step.reads) == 1:
            return (replace(piece, tail=", ".join(filter(None, (piece.tail, f"from {names}")))),)
        return (replace(piece, text=f"{piece.text} {'of' if len(others) == len(step.reads) else 'with'} {names}"),)

    def title(self, at: int) -> str:
        """The stage or input that a result is known by, else the name of its layer below the stage."""
        name = self.graph.nodes[at].name
        return self.titles.get(at) or name.partition(".")[2] or name


def _normalises(step: Step) -> bool:
    """Whether it is a normalisation, alone in its block perhaps."""
    while step.layer is None and len(step.branches) == 1 and len(step.branches[0].steps) == 1:
        (step,) = step.branches[0].steps
    return step.layer is not None and step.layer.normalises


def _on_one_line(norm: Piece, activation: Piece) -> Pieces:
    """An activation stands on the line of the normalisation right before it, where that says nothing else."""
    if not isinstance(norm, Line) or not isinstance(activation, Line) or norm.stride or norm.tail:
        return (norm, activation)
    return (replace(activation, text=f"{norm.text}, {activation.text}"),)


def _form(step: Step) -> str:
    if step.layer is not None:
        return "layer"
    return "block" if step.block else step.kind


def _layer(network: _Network, step: Step) -> Piece:
    assert step.layer is not None
    nodes = network.graph.nodes
    said = step.layer.phrase(nodes[step.reads[0]].output, nodes[step.output].output)
    return Line(shown(said.text), said.stride, said.tail)


def _block(network: _Network, step: Step) -> Piece:
    return _bracket(network.inside(step, step.branches))


def _bracket(pieces: Pieces) -> Piece:
    """What a block holds; a bracket that is all of it stands for the block."""
    return pieces[0] if len(pieces) == 1 else Bracket(pieces)


def _residual(network: _Network, step: Step) -> Piece:
    """The main path; a shortcut is part of the notation, whatever its kind."""
    main = tuple(branch for branch in step.branches if branch.name != "shortcut")
    return Bracket(network.inside(step, main), skip=True)


def _parallel(network: _Network, step: Step) -> Piece:
    branches = tuple(network.inside(step, (branch,)) for branch in step.branches)
    if len(branches) == 1:
        return _bracket(branches[0])
    if all(branch == branches[0] for branch in branches):
        return Beside(branches[:1], f"{step.merge} of {len(branches)} alike")
    return Beside(branches, step.merge)


def _reuse(network: _Network, step: Step) -> Piece:
    return Line(f"reuse {shown(_original(network, step))}")


def _original(network: _Network, step: Step) -> str:
    """The title of the stage, or the name of the layers, whose weights are used again."""
    shared = [network.graph.nodes[at].shared for at in step.nodes]
    origins = frozenset(at for at in shared if at is not None)
    names = [network.graph.nodes[at].name for at in sorted(origins)]
    return network.stages.get(origins) or (_common(names) if names else "")


def _common(names: list[str]) -> str:
    """The path that the names have in common."""
    same = [parts[0] for parts in zip(*(name.split(".") for name in names), strict=False) if len(set(parts)) == 1]
    return ".".join(same) or names[0]


def _named(network: _Network, step: Step) -> Piece:
    return Line(words(step.kind))


_COMPOSITES: dict[str, Callable[[_Network, Step], Piece]] = {
    "layer": _layer,
    "block": _block,
    "residual": _residual,
    "parallel": _parallel,
    "reuse": _reuse,
}
