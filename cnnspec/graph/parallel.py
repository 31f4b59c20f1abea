"""Branches side by side on one input, merged."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, get_args

from cnnspec.graph.builder import SPOILT, Made
from cnnspec.graph.composite import branch, choice, flag, known_arguments, one_input
from cnnspec.graph.entries import Use, read_entries
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.walk import Walk
from cnnspec.language.check import argument_names
from cnnspec.language.composites import APART, Merge, Parallel
from cnnspec.language.interpolation import Scope, map_of
from cnnspec.language.naming import check_word
from cnnspec.layers import LAYERS
from cnnspec.layers.merge import Stack
from cnnspec.layers.split import SliceChannels
from cnnspec.source.diagnostic import nearest
from cnnspec.source.values import Entry, Mapping, Sequence, Value, describe


class _Planned(NamedTuple):
    """A branch before it runs: its entries (None after a mistake, which was reported), and what surrounds it."""

    title: str
    items: tuple[Value, ...] | None
    around: Around


def parallel(walk: Walk, use: Use, arguments: Mapping, sources: list[Result]) -> Made:
    """Branches side by side on one input, merged."""
    known = argument_names(Parallel)
    loose = _loose_branches(arguments, known)
    if loose:
        names = ", ".join(entry.key for entry in loose[:4])
        help = f"write parallel: {{branches: {{{loose[0].key}: [...], ...}}}}"
        use.error("missing-argument", f"{names} stands where branches is needed", help, loose[0].span)
        return SPOILT
    meant = known_arguments(use, arguments, known)
    source = one_input(use, sources)
    merge = _merge(use, arguments.entry("merge"))
    divide = flag(use, arguments.entry("divide"))
    planned = None if meant & {"branches", "for"} else _planned(use, arguments)
    if planned is None:
        use.around.complaints.uncertain = True
        return SPOILT
    shares = len(planned) if divide else 1
    ran = [_run(walk, use, each, source, (index, shares)) for index, each in enumerate(planned)]
    ends = tuple(end.position for _, end in ran if end.position is not None)
    if merge is None or len(ends) < len(ran):
        return SPOILT
    return _merged(walk, use, merge, source, tuple(each for each, _ in ran), ends)


def _merged(
    walk: Walk, use: Use, merge: str, source: Result, branches: tuple[Branch, ...], ends: tuple[int, ...]
) -> Made:
    reads = (source.position or 0,)
    whole = Step("parallel", use.name, reads, ends[0], use.written.key, branches=branches, merge=merge)
    if len(ends) == 1:
        return Made(ends[0], whole)
    if merge == APART:
        return Made(ends[-1], replace(whole, output=ends[-1]), several=ends)
    layer = Stack if merge == Stack.kind else LAYERS[merge]
    merged = walk.graph.apply(layer(), ends, use.part(merge))
    if merged.step is None or merged.position is None:
        return SPOILT
    return Made(merged.position, replace(whole, output=merged.position, nodes=merged.step.nodes))


def _loose_branches(arguments: Mapping, known: tuple[str, ...]) -> list[Entry]:
    """Lists by names that are no arguments, where there are no branches: they were meant to be the branches."""
    if arguments.get("branches") is not None or arguments.get("for") is not None:
        return []
    lists = [entry for entry in arguments if isinstance(entry.value, Sequence) and entry.key not in known]
    return lists if not any(nearest(entry.key, known) for entry in lists) else []


def _run(walk: Walk, use: Use, planned: _Planned, source: Result, share: tuple[int, int]) -> tuple[Branch, Result]:
    """A branch and what it gives; it reads the share `(which, of how many)` of the channels."""
    title, items, around = planned.title, planned.items, planned.around
    path, key = f"{use.name}.{title}", use.written.key
    if items is None:
        around.complaints.uncertain = True
        return Branch(title, ()), Result(None, path, key)
    if share[1] == 1:
        steps, result = branch(walk, items, source, around, path)
        return Branch(title, steps), result
    if source.position is None:
        steps, result = branch(walk, items, Result(None, path, key), around, path)
        return Branch(title, steps), result
    layer = SliceChannels(parts_of_channels=share[1], index=share[0])
    sliced = walk.graph.apply(layer, (source.position,), Use(use.written, around, f"{path}.slice"))
    steps, result = branch(walk, items, Result(sliced.position, path, key), around, path)
    return Branch(title, ((sliced.step,) if sliced.step else ()) + steps), result


def _merge(use: Use, entry: Entry | None) -> str | None:
    if entry is None:
        return str(Parallel.model_fields["merge"].default)
    return choice(use, entry, use.around.compute(entry.value), get_args(Merge))


def _planned(use: Use, arguments: Mapping) -> list[_Planned] | None:
    """The branches, written out or made by `for`; None after a mistake, which was reported."""
    loop, listed = arguments.entry("for"), arguments.entry("branches")
    if loop is not None and listed is not None:
        use.error("bad-value", "parallel has both branches and for", "keep one of them", loop.span)
        return None
    if loop is not None:
        return _looped(use, loop, arguments)
    stray = arguments.entry("layers")
    if stray is not None:
        help = "write branches: [[...], [...]], or say for: {k: [3, 4, 5]}"
        use.error("bad-value", "parallel has layers without for", help, stray.span)
        return None
    if listed is None:
        return _listed(use, None)
    return _listed(use, map_of(listed.value, use.around.scope) or listed.value)


def _listed(use: Use, value: Value | None) -> list[_Planned] | None:
    pairs: Iterable[tuple[str, Value]]
    if isinstance(value, Mapping) and value.entries:
        pairs = [(entry.key, entry.value) for entry in value]
        for entry in value:
            _check_title(use, entry)
    elif isinstance(value, Sequence) and value.items:
        pairs = [(f"branch{index}", item) for index, item in enumerate(value.items, 1)]
    else:
        code, span = ("missing-argument", None) if value is None else ("bad-value", value.span)
        help = "write branches: {one: [...], other: [...]}, or a list of lists"
        use.error(code, "parallel needs branches", help, span)
        return None
    key, around = use.written.key, use.around
    return [
        _Planned(title, read_entries(item, f"branch {title}", key, around.report, may_be_empty=True), around)
        for title, item in pairs
    ]


def _check_title(use: Use, entry: Entry) -> None:
    if entry.key.replace("_", "a").isalnum() and entry.key.isascii() and len(entry.key) <= 64:
        return
    help = "letters, digits and _ (at most 64)"
    use.error("bad-name", f"branch {entry.key[:80]!r} is no name", help, entry.span)


def _looped(use: Use, loop: Entry, arguments: Mapping) -> list[_Planned] | None:
    lists = _loop_lists(use, loop)
    items = read_entries(arguments.get("layers"), "layers of parallel", use.written.key, use.around.report)
    if lists is None or items is None:
        return None
    count = len(next(iter(lists.values())))
    scopes = ({name: values[index] for name, values in lists.items()} for index in range(count))
    return [
        _Planned(f"branch{number}", items, replace(use.around, scope=Scope({**values}, use.around.scope)))
        for number, values in enumerate(scopes, 1)
    ]


def _loop_lists(use: Use, loop: Entry) -> dict[str, tuple[Value, ...]] | None:
    """The values of each name in `for`, equally many; None after a mistake, which was reported."""
    value = use.around.compute(loop.value)
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value.entries:
        message = f"for is {describe(value)}, expected a map of name to list"
        use.error("bad-value", message, "write for: {k: [3, 4, 5]}", loop.value.span)
        return None
    lists = {entry.key: entry.value.items for entry in value if isinstance(entry.value, Sequence) and entry.value.items}
    for entry in value:
        check_word(entry.key, entry.span, "variable", use.around.report)
        if entry.key not in lists:
            received = f"for has {describe(entry.value)} as {entry.key}"
            message = f"{received}, expected a list with an item for each branch"
            use.error("bad-value", message, span=entry.value.span)
    if len(lists) < len(value.entries):
        return None
    lengths = {name: len(items) for name, items in lists.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        message = f"the lists of for differ in length: {shown}"
        use.error("bad-value", message, "give them equally many items: they go in step", loop.span)
        return None
    return lists
