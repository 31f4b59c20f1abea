"""An earlier stage or named entry once more, with the same weights."""

from cnnspec.graph.entries import Written
from cnnspec.graph.nodes import Step
from cnnspec.graph.paths import known_arguments
from cnnspec.graph.reading import lookup
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.walk import SPOILT, Made, Walk
from cnnspec.source.values import Mapping, describe


def reuse(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """An earlier stage or named entry once more, with the same weights, on another input."""
    meant = known_arguments(walk, written, arguments, around, ("entry",))
    entry = arguments.entry("entry")
    if entry is None and "entry" in meant:
        return SPOILT
    if entry is None:
        walk.error(
            around,
            "missing-argument",
            "reuse needs entry",
            written.key,
            "write reuse: {entry: a stage or a named entry, from: ...}",
        )
        return SPOILT
    found = lookup(walk, entry.value, around)
    target = found[0] if len(found) == 1 else None
    if len(found) != 1:
        message = f"entry is {describe(entry.value)}, expected the name of one stage or entry"
        walk.error(around, "bad-value", message, entry.value.span)
    if target is None:
        walk.uncertain = True
        return SPOILT
    if target.position is None or any(source.position is None for source in sources):
        return SPOILT
    if not target.steps:
        walk.error(
            around,
            "bad-value",
            f"{target.label} is an input: there are no weights to use again",
            entry.value.span,
            "name a stage or an entry",
        )
        return SPOILT
    return _again(walk, written, target, sources, around, name)


def _again(walk: Walk, written: Written, target: Result, sources: list[Result], around: Around, name: str) -> Made:
    own = sorted({position for step in target.steps for position in step.all_nodes()})
    if not own:
        message = f"{target.label} has no layers: there are no weights to use again"
        walk.error(around, "bad-value", message, written.key, "name a stage or an entry with layers")
        return SPOILT
    read: list[int] = []
    for position in own:
        read += [i for i in walk.nodes[position].inputs if i not in own and i not in read]
    if len(read) != len(sources):
        walk.error(
            around,
            "input-count",
            f"{target.label} reads {len(read)} entries, here {len(sources)}",
            written.key,
            "name as many with from, in the order they are read",
        )
        return SPOILT
    moved = dict(zip(read, (source.position or 0 for source in sources), strict=True))
    added = []
    for position in own:
        node = walk.nodes[position]
        assert node.layer is not None
        inputs = tuple(moved[i] for i in node.inputs)
        made = walk.apply_again(position, inputs, written, around, f"{name}.{node.name}")
        if made is None:
            return SPOILT
        moved[position] = made
        added.append(made)
    assert target.position is not None
    output = moved[target.position]
    return Made(
        output, Step("reuse", name, tuple(moved[i] for i in read), output, written.key, nodes=tuple(added), branches=())
    )
