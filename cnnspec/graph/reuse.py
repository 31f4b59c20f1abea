"""An earlier stage or named entry once more, with the same weights."""

from cnnspec.graph.builder import SPOILT, Made
from cnnspec.graph.composite import known_arguments
from cnnspec.graph.entries import Use
from cnnspec.graph.nodes import Step
from cnnspec.graph.reading import lookup
from cnnspec.graph.scope import Result
from cnnspec.graph.walk import Walk
from cnnspec.language.check import argument_names
from cnnspec.language.composites import Reuse
from cnnspec.source.values import Entry, Mapping, describe


def reuse(walk: Walk, use: Use, arguments: Mapping, sources: list[Result]) -> Made:
    """An earlier stage or named entry once more, with the same weights, on another input."""
    meant = known_arguments(use, arguments, argument_names(Reuse))
    entry = arguments.entry("entry")
    if entry is None:
        if "entry" not in meant:
            help = "write reuse: {entry: a stage or a named entry, from: ...}"
            use.error("missing-argument", "reuse needs entry", help)
        return SPOILT
    target = _target(use, entry)
    if target is None:
        use.around.complaints.uncertain = True
        return SPOILT
    if target.position is None or any(source.position is None for source in sources):
        return SPOILT
    if not target.steps:
        message = f"{target.label} is an input: there are no weights to use again"
        use.error("bad-value", message, "name a stage or an entry", entry.value.span)
        return SPOILT
    return _again(walk, use, target, target.position, tuple(source.position or 0 for source in sources))


def _target(use: Use, entry: Entry) -> Result | None:
    """What is used again; None after a mistake, which was reported."""
    found = lookup(entry.value, use.around)
    if len(found) == 1:
        return found[0]
    message = f"entry is {describe(entry.value)}, expected the name of one stage or entry"
    use.error("bad-value", message, span=entry.value.span)
    return None


def _again(walk: Walk, use: Use, target: Result, end: int, sources: tuple[int, ...]) -> Made:
    """The target's nodes once more; `end` is what it gives, and `sources` stand for what it reads, in their order."""
    own = sorted({position for step in target.steps for position in step.all_nodes()})
    if not own:
        message = f"{target.label} has no layers: there are no weights to use again"
        use.error("bad-value", message, "name a stage or an entry with layers")
        return SPOILT
    nodes = walk.graph.nodes
    read = [*dict.fromkeys(i for position in own for i in nodes[position].inputs if i not in own)]
    if len(read) != len(sources):
        message = f"{target.label} reads {len(read)} entries, here {len(sources)}"
        use.error("input-count", message, "name as many with from, in the order they are read")
        return SPOILT
    moved = dict(zip(read, sources, strict=True))
    for position in own:
        inputs = tuple(moved[i] for i in nodes[position].inputs)
        made = walk.graph.apply_again(position, inputs, use.part(nodes[position].name))
        if made is None:
            return SPOILT
        moved[position] = made
    added = tuple(moved[position] for position in own)
    return Made(moved[end], Step("reuse", use.name, sources, moved[end], use.written.key, nodes=added))
