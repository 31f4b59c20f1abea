"""A layer that does not fit what it reads, told with how the shape came to be."""

from collections.abc import Mapping, Sequence

from cnnspec.graph.entries import Written
from cnnspec.graph.nodes import Node
from cnnspec.layers.base import Misfit, Placeless
from cnnspec.layers.recurrence import Recurrent
from cnnspec.layers.shape import Unknown, write_shape
from cnnspec.source.diagnostic import Diagnostic, Note
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping as MapValue
from cnnspec.source.values import entry_span

_LONGEST_WAY = 1000


def misfit_diagnostic(
    misfit: Misfit, written: Written, reads: Sequence[Node], nodes: Sequence[Node], nulls: Mapping[str, Span]
) -> Diagnostic:
    """The mistake at the argument at fault, or at the whole entry.

    `nodes` are all nodes so far; `nulls` says where each unknown length of an input is written.
    """
    shapes = ", ".join(write_shape(node.output) for node in reads)
    help, where = _without_places(misfit, reads, nodes) if isinstance(misfit, Placeless) else (misfit.help, ())
    reading = "" if misfit.says_shapes else f"{written.kind} reads {shapes}: "
    return Diagnostic(
        "shape-mismatch",
        f"{reading}{misfit.received}, expected {misfit.expected}",
        _place(misfit, written),
        help=help,
        notes=(*where, *_shrinking(reads[:1], nodes), *_unknown_notes(reads, nulls)),
    )


def _without_places(misfit: Placeless, reads: Sequence[Node], nodes: Sequence[Node]) -> tuple[str, tuple[Note, ...]]:
    """How to keep the places that a layer wants, and where they went, if they were there."""
    shape = reads[0].output
    lost = _where_lost(reads[0], nodes) if len(shape) == 1 else None
    if lost is not None and isinstance(lost.layer, Recurrent) and misfit.in_sequence:
        help = f"let the {lost.kind} before it give every step, not just the last: write return_sequences: true in it"
        return help, (Note(f"this {lost.kind} gives its last step alone", lost.span),)
    if lost is not None and lost.layer is not None and (lost.layer.reshapes or lost.layer.pools_globally):
        return f"this comes after a {lost.kind}: move it before, or reshape first", (
            Note("no places are left from here on", lost.span),
        )
    if any(isinstance(size, Unknown) for size in shape):
        return "reshape what it reads first: that has too few axes", ()
    return f"reshape what it reads first, as with reshape: {[*shape, *[1] * misfit.lacks]}", ()


def _where_lost(node: Node, nodes: Sequence[Node]) -> Node | None:
    """The layer that gave a vector first, of what has more axes; None where all from the input on are vectors."""
    for _ in range(_LONGEST_WAY):
        if not node.inputs:
            return None
        before = nodes[node.inputs[0]]
        if len(before.output) > 1:
            return node
        node = before
    return None


def _place(misfit: Misfit, written: Written) -> Span:
    argument = written.argument
    entry = argument.entry(misfit.field) if misfit.field and isinstance(argument, MapValue) else None
    return entry_span(entry) if entry else written.span


def _shrinking(reads: Sequence[Node], nodes: Sequence[Node]) -> tuple[Note, ...]:
    """How the first spatial size came to be what it is, if it changed on the way."""
    sizes: list[str] = []
    node = reads[0] if reads else None
    for _ in range(_LONGEST_WAY):
        if node is None:
            break
        if len(node.output) < 2:
            return ()
        size = str(node.output[0]) if isinstance(node.output[0], int) else "?"
        if sizes[-1:] != [size]:
            sizes.append(size)
        node = nodes[node.inputs[0]] if node.inputs else None
    if len(sizes) < 3:
        return ()
    way = sizes[::-1]
    shown = way if len(way) <= 12 else [*way[:5], "...", *way[-6:]]
    return (Note(f"the size on the way here: {' -> '.join(shown)}"),)


def _unknown_notes(reads: Sequence[Node], nulls: Mapping[str, Span]) -> tuple[Note, ...]:
    """Where the lengths that are unknown in what was read come from."""
    sizes = [size for node in reads for size in node.output if isinstance(size, Unknown)]
    if not sizes:
        return ()
    unknown = {name for size in sizes for name in size.names()}
    written = " and ".join("(" + ", ".join(str(size) for size in node.output) + ")" for node in reads[:4])
    places = [span for name, span in nulls.items() if name in unknown]
    return (Note(f"the unknown lengths: {written}"), *(Note("unknown (null) here", span) for span in places[:4]))
