"""A residual block: a main path and a skip connection, added (He et al. 2015).

The skip connection is identity, projection, padding, or entries (3.3 there).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, get_args

from cnnspec.graph.builder import SPOILT, GraphBuilder, Made
from cnnspec.graph.composite import branch, choice, known_arguments, one_input
from cnnspec.graph.entries import Use, read_entries
from cnnspec.graph.nodes import Branch, Node, Step
from cnnspec.graph.scope import Result
from cnnspec.graph.walk import Walk
from cnnspec.language.check import argument_names, read_fields
from cnnspec.language.composites import Residual, Shortcut
from cnnspec.layers.activation import Activation
from cnnspec.layers.affine import Affine
from cnnspec.layers.base import Layer
from cnnspec.layers.conv import Conv
from cnnspec.layers.core import Dense
from cnnspec.layers.kind import Kind
from cnnspec.layers.merge import Add
from cnnspec.layers.norm import NORMS
from cnnspec.layers.pad import PadChannels
from cnnspec.layers.shape import ceil_div, write_shape
from cnnspec.source.values import Entry, Mapping, Scalar
from cnnspec.source.values import Sequence as ListValue

_OWN = frozenset({Add.kind, "activation", "shortcut"})
"""What the block itself makes is called so, beside the entries of its main path."""


class _Ends(NamedTuple):
    """What a residual block reads, its main path and what that gives; both ends are positions in the graph."""

    source: int
    main: Branch
    end: int


class _Skip(NamedTuple):
    """What the shortcut became: its kind, the steps on it, where it ends, and whether the program chose it."""

    kind: str
    steps: tuple[Step, ...]
    position: int
    auto: bool = False


def residual(walk: Walk, use: Use, arguments: Mapping, sources: list[Result]) -> Made:
    """A main path and a skip connection, added; then an activation, if there is one."""
    meant = known_arguments(use, arguments, argument_names(Residual))
    source = one_input(use, sources)
    listed = arguments.get("layers")
    if listed is None and "layers" not in meant:
        use.error("missing-argument", "residual needs layers", "write residual: {layers: [...]}")
    report = use.around.report
    items = read_entries(listed, "layers of residual", use.written.key, report) if listed else None
    if items is None:
        use.around.complaints.uncertain = True
    steps, end = branch(walk, items or (), source, use.around, use.name, _OWN)
    chosen, activation = _chosen(use, arguments), _activation(use, arguments)
    skip = _custom(walk, use, chosen, source) if isinstance(chosen, ListValue) else None
    if items is None or chosen is None or source.position is None or end.position is None:
        return SPOILT
    ends = _Ends(source.position, Branch("main", steps), end.position)
    if isinstance(chosen, str):
        skip = _named(walk, use, chosen, ends)
    return SPOILT if skip is None else _joined(walk.graph, use, ends, skip, activation)


def _joined(graph: GraphBuilder, use: Use, ends: _Ends, skip: _Skip, activation: Activation | None) -> Made:
    """The addition and the activation after it."""
    nodes: list[int] = []
    if skip.kind != "none":
        added = _added(graph, use, ends, skip)
        if added is None:
            return SPOILT
        nodes.append(added)
    if activation is not None:
        made = graph.apply(activation, (nodes[-1] if nodes else ends.end,), use.part("activation"))
        if made.position is None:
            return SPOILT
        nodes.append(made.position)
    step = Step(
        "residual",
        use.name,
        (ends.source,),
        nodes[-1] if nodes else ends.end,
        use.written.key,
        nodes=tuple(nodes),
        branches=(ends.main, *([Branch("shortcut", skip.steps)] if skip.kind != "none" else [])),
        shortcut=skip.kind,
        auto=("projection shortcut",) if skip.auto and skip.kind == "projection" else (),
    )
    return Made(step.output, step)


def _added(graph: GraphBuilder, use: Use, ends: _Ends, skip: _Skip) -> int | None:
    reads, gives = graph.output(skip.position), graph.output(ends.end)
    if reads == gives:
        return graph.apply(Add(), (ends.end, skip.position), use.part("add")).position
    help = (
        "write shortcut: projection"
        if skip.kind == "identity" and _projects(graph, ends)
        else "the main path must shrink the input as its strides say: write padding: same on its windows"
    )
    message = f"the main path gives {write_shape(gives)}, the {skip.kind} shortcut {write_shape(reads)}"
    use.error("shortcut-mismatch", message, help)
    return None


def _activation(use: Use, arguments: Mapping) -> Activation | None:
    entry = arguments.entry("activation")
    if entry is None:
        return None
    value = use.around.compute(entry.value)
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return None
    only = Mapping((Entry("activation", entry.span, value),), entry.span)
    return read_fields(Activation, only, use.around.report, "residual")


# The shortcut


def _chosen(use: Use, arguments: Mapping) -> str | ListValue | None:
    """The shortcut as written, by name or as a list of entries; None after a mistake, which was reported."""
    entry = arguments.entry("shortcut")
    if entry is None:
        return str(Residual.model_fields["shortcut"].default)
    value = entry.value if isinstance(entry.value, ListValue) else use.around.compute(entry.value)
    if isinstance(value, ListValue):
        return value
    return choice(use, entry, value, get_args(Shortcut), ", or a list of entries")


def _custom(walk: Walk, use: Use, chosen: ListValue, source: Result) -> _Skip | None:
    items = read_entries(chosen, "shortcut", chosen.span, use.around.report, may_be_empty=True)
    if items is None:
        return None
    steps, result = walk.run(items, source, use.around.inside(f"{use.name}.shortcut"))
    if result is None:
        return None
    result.read = True
    return None if result.position is None else _Skip("custom", steps, result.position)


def _named(walk: Walk, use: Use, chosen: str, ends: _Ends) -> _Skip | None:
    graph = walk.graph
    kind, auto = _resolved(chosen, graph.output(ends.source) == graph.output(ends.end))
    if kind in ("identity", "none"):
        return _Skip(kind, (), ends.source, auto)
    layer = _layer(walk, use, kind, ends)
    if layer is None:
        return None
    made = graph.apply(layer, (ends.source,), use.part(f"shortcut.{layer.kind}1"))
    if made.step is None or made.position is None:
        return None
    return _Skip(kind, (made.step,), made.position, auto)


def _resolved(chosen: str, fits: bool) -> tuple[str, bool]:
    """What the shortcut becomes where the input fits what the main path gives, and whether the program chose it."""
    if chosen == "auto":
        return ("identity" if fits else "projection"), True
    if chosen == "if_same":
        return ("identity" if fits else "none"), True
    return chosen, False


def _projects(graph: GraphBuilder, ends: _Ends) -> bool:
    """Whether a 1x1 convolution with the strides of the main path gives what the main path gives."""
    reads, gives = graph.output(ends.source), graph.output(ends.end)
    strides = _whole(_jumps(graph.nodes, ends).get(ends.end))
    if strides is None or len(reads) != len(gives):
        return False
    return all(ceil_div(size, step) == made for size, step, made in zip(reads, strides, gives, strict=False))


def _layer(walk: Walk, use: Use, kind: str, ends: _Ends) -> Layer | None:
    """The one layer of a projection, or of padding; None where none leads there, which was reported."""
    graph = walk.graph
    reads, gives = graph.output(ends.source), graph.output(ends.end)
    jumps = _jumps(graph.nodes, ends)
    strides = _whole(jumps.get(ends.end))
    filters = gives[-1]
    if len(reads) != len(gives) or not isinstance(filters, int) or strides is None:
        message = f"no {kind} leads from {write_shape(reads)} to {write_shape(gives)}"
        use.error("shortcut-mismatch", message, "write the shortcut as a list of entries, or shortcut: none")
        return None
    if kind == "pad":
        return PadChannels(filters=filters, strides=strides or 1)
    norm = _norm(ends.main, jumps)
    shared: dict[str, object] = {} if norm is None else {"norm": norm}
    if len(reads) == 1:
        return walk.defaults.made(Dense, use, units=filters, **shared)
    return walk.defaults.made(Conv, use, filters=filters, kernel_size=1, strides=strides, **shared)


_Jumps = dict[int, tuple[Fraction, ...] | None]
"""By position, how far each output moves over what the block reads; None where places are lost."""


def _jumps(nodes: Sequence[Node], ends: _Ends) -> _Jumps:
    """The product of the strides along the main path, pools included.

    Where paths meet of which one has lost its places, as a squeeze-and-excitation gate does, those of the others count.
    """
    axes = len(nodes[ends.source].output) - 1
    jumps: _Jumps = {ends.source: (Fraction(1),) * axes}
    for position in range(ends.source + 1, ends.end + 1):
        before = [jumps[i] for i in nodes[position].inputs if i in jumps]
        if not before:
            continue
        reach = nodes[position].facts.reach
        known = [jump for jump in before if jump is not None]
        if reach is None or not known or (reach and len(reach) != axes):
            jumps[position] = None
            continue
        largest = tuple(max(sizes) for sizes in zip(*known, strict=True))
        jumps[position] = tuple(j * axis.stride for j, axis in zip(largest, reach, strict=True)) if reach else largest
    return jumps


def _whole(jump: tuple[Fraction, ...] | None) -> tuple[int, ...] | None:
    """Strides as whole numbers; None where places are lost or enlarged."""
    if jump is None or any(each.denominator != 1 for each in jump):
        return None
    return tuple(int(each) for each in jump)


def _norm(main: Branch, jumps: _Jumps) -> Kind | None:
    """The normalisation of the main path's last convolution or dense layer, or the one right after it.

    Layers of a gate, which have no places, do not count.
    """
    steps = [step for step in _layers_of(main.steps) if jumps.get(step.output) is not None]
    for index in reversed(range(len(steps))):
        layer = steps[index].layer
        if not isinstance(layer, Affine):
            continue
        after = steps[index + 1].layer if index + 1 < len(steps) else None
        if layer.normalisation is None and after is not None and type(after) in NORMS.values():
            return after.model_copy(update={"activation": None})
        return layer.norm
    return None


def _layers_of(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if step.layer is not None:
            yield step
        for inner in step.branches:
            if inner.name != "shortcut":
                yield from _layers_of(inner.steps)
