"""Steps of a graph in the papers' notation."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from cnnspec.graph.nodes import Branch, Graph, Stage, Step
from cnnspec.language.composites import APART
from cnnspec.layers.phrase import Ending, sizes, window, words
from cnnspec.reports.bracketing import fold
from cnnspec.reports.notation import (
    NEEDED,
    PAD,
    PROJECTION,
    UNCHANGED,
    Beside,
    Bracket,
    Line,
    Named,
    Piece,
    Pieces,
    in_words,
)
from cnnspec.reports.safe import shown
from cnnspec.reports.summary.blocks import heading, is_long, rates_among, uses_in
from cnnspec.reports.summary.leading import without_leading_stride
from cnnspec.reports.summary.lines import PLAIN, lines_of
from cnnspec.reports.summary.names import Before, Names, left_apart, names_in, read_by_name, told_by_name
from cnnspec.reports.summary.usual import Usual, after_addition
from cnnspec.source.frozen import frozen


@frozen
class Structure:
    """Every stage as lines and brackets, repeats folded, and what goes without saying in them."""

    stages: tuple[Pieces, ...]
    usual: Usual


def structure_of(graph: Graph, expand: bool = False) -> Structure:
    """The structure of a network; unless told to `expand`, a block of many lines stands in one."""
    lines, usual = lines_of(graph)
    titles = {frozenset(stage.all_nodes()): stage.title for stage in graph.stages}
    network = _Network(graph, lines, usual, names_in(graph), read_by_name(graph), titles)
    if not expand:
        network = replace(network, short=_short(network))
    only = tuple(graph.inputs.values()) if len(graph.inputs) == 1 else ()
    before = [only, *((stage.output,) for stage in graph.stages)]
    return Structure(tuple(map(network.stage, graph.stages, before)), usual)


@frozen
class _Network:
    """A graph whose steps are put into words; `short` are the blocks that stand in one line, without some arguments."""

    graph: Graph
    lines: dict[int, Line]
    usual: Usual
    names: Names
    by_name: frozenset[int]
    stages: dict[frozenset[int], str]
    short: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _bodies: dict[int, Pieces] = field(default_factory=dict)

    def stage(self, stage: Stage, before: Before) -> Pieces:
        """The steps of a stage."""
        inside = replace(self, names=self.names.inside(stage.steps, stage.slug))
        return without_leading_stride(inside.sequence(stage.steps, before), stage, self.graph)

    def sequence(self, steps: tuple[Step, ...], before: Before, within: Step | None = None) -> Pieces:
        """Steps that run one after the other, the first of them on `before` unless it says otherwise."""
        pieces: list[Piece] = []
        for previous, step in zip((None, *steps), steps, strict=False):
            pieces += self._called(step, within, self._from(step, before, self._piece(step)))
            before = left_apart(step)
            if previous is not None and _normalises(previous) and step.layer is not None and step.layer.activates:
                pieces[-2:] = _on_one_line(*pieces[-2:])
        return fold(tuple(pieces), within is not None)

    def _piece(self, step: Step) -> Piece:
        own = step.nodes and (step.layer is not None or step.merge == "multiply")
        line = self.lines.get(step.output) if own else None
        return line or _COMPOSITES.get("block" if step.block else step.kind, _named)(self, step)

    def inside(self, step: Step, steps: tuple[Step, ...]) -> Pieces:
        """The steps of a main path, a branch or a block."""
        return self.sequence(steps, step.reads[:1], within=step)

    def body(self, step: Step) -> Pieces:
        """What a block holds, whose names are its own."""
        found = self._bodies.get(id(step))
        if found is None:
            steps = step.branches[0].steps
            scope = replace(self, names=self.names.inside(steps, step.name, step.reads[0]))
            found = self._bodies[id(step)] = scope.inside(step, steps)
        return found

    def _from(self, step: Step, before: Before, piece: Piece) -> Pieces:
        """The piece, with what it reads where that is not what stands before it."""
        told = told_by_name(step, before)
        if not told:
            return (piece,)
        names = ", ".join(map(shown, self._names_of(told, step)))
        if not isinstance(piece, Line):
            return (Line(f"from {names}"), piece)
        if len(step.reads) == 1:
            return (replace(piece, tail=", ".join(filter(None, (piece.tail, f"from {names}")))),)
        return (replace(piece, text=f"{piece.text} {'of' if told == step.reads else 'with'} {names}"),)

    def _names_of(self, told: tuple[int, ...], step: Step) -> Iterator[str]:
        """The names of results; of those that are read together, the one that stands for them."""
        while told:
            group = next(((name, each) for name, each in step.together if each and told[: len(each)] == each), None)
            yield group[0] if group else self.names.find(self.graph, told[0])
            told = told[len(group[1]) if group else 1 :]

    def _called(self, step: Step, within: Step | None, pieces: Pieces) -> Pieces:
        """The pieces, with the name of their result where others read it by that."""
        at = step.output
        if at not in self.by_name or at in self.names.titles or (within is not None and within.output == at):
            return pieces
        name, last = f"as {shown(self.names.find(self.graph, at))}", pieces[-1]
        if isinstance(last, Line):
            return (*pieces[:-1], replace(last, tail=", ".join(filter(None, (last.tail, name)))))
        if isinstance(last, Beside):
            return (*pieces[:-1], replace(last, merge=f"{last.merge} {name}"))
        return (*pieces, Line(name))


def _normalises(step: Step) -> bool:
    """Whether it is a normalisation, alone in its block perhaps."""
    while step.layer is None and len(step.branches) == 1 and len(step.branches[0].steps) == 1:
        (step,) = step.branches[0].steps
    return step.layer is not None and step.layer.normalises


def _on_one_line(norm: Piece, activation: Piece) -> Pieces:
    """An activation stands on the line of the normalisation right before it, where that says nothing else."""
    if not isinstance(norm, Line) or not isinstance(activation, Line) or norm.stride or norm.tail:
        return (norm, activation)
    return (replace(activation, text=f"{norm.text}, {activation.text}", form=(norm.form, activation.form)),)


def _block(network: _Network, step: Step) -> Piece:
    inside = network.body(step)
    untold = network.short.get(step.kind)
    return _bracket(inside) if untold is None else Named(heading(step, inside, untold), inside)


def _bracket(pieces: Pieces) -> Piece:
    """What a block holds; a bracket that is all of it stands for the block."""
    return pieces[0] if len(pieces) == 1 else Bracket(pieces)


def _residual(network: _Network, step: Step) -> Piece:
    """The main path, and how what it reads is added to it."""
    main = next(branch for branch in step.branches if branch.name != "shortcut")
    pieces, after = network.inside(step, main.steps), after_addition(step, network.graph)
    if step.shortcut == "none":
        return Bracket((*pieces, Line(after, form=PLAIN)) if after else pieces)
    then = "" if after == network.usual.after_addition else after or "linear"
    return Bracket(pieces, skip=True, by=_shortcut(network, step, main), then=then)


def _shortcut(network: _Network, step: Step, main: Branch) -> str:
    """What is on a shortcut, where it is neither the input nor, where the shape changes, its projection."""
    own = next((branch.steps for branch in step.branches if branch.name == "shortcut"), ())
    nodes = network.graph.nodes
    fits = nodes[step.reads[0]].output == nodes[step.output].output and not any(map(_strides, own))
    if not own or (step.shortcut == "pad" and fits):
        return ""
    if step.shortcut == "pad":
        return PAD
    if _projects(network, own, main, step.shortcut == "projection"):
        return PROJECTION if fits else NEEDED
    return "; ".join(in_words(network.inside(step, own)))


def _strides(step: Step) -> bool:
    """Whether a layer passes over places, be there any."""
    strides = step.layer.arguments().get("strides") if step.layer else None
    return any(each != 1 for each in (strides if isinstance(strides, tuple) else (strides or 1,)))


def _projects(network: _Network, own: tuple[Step, ...], main: Branch, made: bool) -> bool:
    """Whether a shortcut is one layer without a window, with norm and bias as the last such layer of the main path.

    One that the program `made` may start as all layers of its kind are told to.
    """
    step, nodes = own[0], network.graph.nodes
    line = network.lines.get(step.output)
    if len(own) > 1 or line is None or not isinstance(line.form, tuple) or line.form[0] is None:
        return False
    read, output = nodes[step.reads[0]].output, nodes[step.output].output
    size = sizes(output[-1:])
    alone = line.text in (f"{window(1, read)}, {size}", f"{sizes(read[-1:])} × {size}") and not line.padding
    end, settings, hushed = line.form
    last = _last_ending(network, main)
    alike = last is not None and (end.norm, end.bias) == (last.norm, last.bias)
    return bool(alone and alike and end.activation is None and not settings and (made or not hushed))


def _last_ending(network: _Network, main: Branch) -> Ending | None:
    """What follows on the last layer with weights of a main path."""
    forms = [line.form for step in _layers(main.steps) if (line := network.lines.get(step.output))]
    ends = [form[0] for form in forms if isinstance(form, tuple) and form[0] is not None]
    return ends[-1] if ends else None


def _layers(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if step.layer is not None:
            yield step
        for branch in step.branches:
            yield from _layers(branch.steps)


def _parallel(network: _Network, step: Step) -> Piece:
    branches = tuple(network.inside(step, branch.steps) for branch in step.branches)
    if len(branches) == 1:
        return _bracket(branches[0] or (Line(UNCHANGED),))
    if step.merge == APART:
        return Beside(branches, "not merged")
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
    "block": _block,
    "residual": _residual,
    "parallel": _parallel,
    "reuse": _reuse,
}


# Blocks in one line


def _short(network: _Network) -> Mapping[str, frozenset[str]]:
    """The blocks that stand in one line, those inside others first; with what need not be told of each."""
    short: dict[str, frozenset[str]] = {}
    for kind, steps in uses_in(network.graph).items():
        seen = replace(network, short=dict(short))
        if all(step.arguments for step in steps) and _is_long(seen, steps) and not _is_stage(seen, steps):
            rates = _rates(seen, steps)
            untold = next((each for each in (rates, frozenset[str]()) if _tells(seen, steps, each)), None)
            if untold is not None:
                short[kind] = untold
    return short


def _rates(network: _Network, steps: list[Step]) -> frozenset[str]:
    """The arguments that are but the rate of a layer inside, wherever there is one."""
    found = [each for step in steps for each in rates_among(step, network.body(step))]
    return frozenset(name for name, rate in found if rate) - {name for name, rate in found if not rate}


def _is_long(network: _Network, steps: list[Step]) -> bool:
    return any(is_long(network.body(step)) for step in steps)


def _is_stage(network: _Network, steps: list[Step]) -> bool:
    """Whether it is a row of repeats: how many there are is what people look for."""
    pieces = (piece for step in steps for piece in network.body(step))
    return any(isinstance(piece, Bracket) and piece.times > 1 for piece in pieces)


def _tells(network: _Network, steps: list[Step], untold: frozenset[str]) -> bool:
    """Whether name and arguments tell all that is different in a block; sizes of what it reads can be."""
    bodies: dict[str, Pieces] = {}
    named = (Named(heading(step, network.body(step), untold), network.body(step)) for step in steps)
    return all(bodies.setdefault(str(each), each.inside) == each.inside for each in named)
