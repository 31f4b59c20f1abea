"""Branches side by side on one input, merged."""

from collections.abc import Iterable
from dataclasses import replace

from cnnspec.graph.entries import Written, read_entries
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.paths import branch, known_arguments, one_input
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.walk import SPOILT, Made, Walk
from cnnspec.language.interpolation import Scope, interpolate
from cnnspec.language.naming import check_word
from cnnspec.layers.base import Layer
from cnnspec.layers.merge import Add, Average, Concat, Maximum, Minimum, Multiply
from cnnspec.layers.split import SliceChannels
from cnnspec.source.diagnostic import nearest
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe

MERGES: dict[str, type[Layer]] = {
    "concat": Concat,
    "add": Add,
    "multiply": Multiply,
    "average": Average,
    "maximum": Maximum,
    "minimum": Minimum,
}

_ARGUMENTS = ("merge", "branches", "for", "layers", "divide")


def parallel(
    walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str
) -> Made:
    """Branches side by side on one input, merged."""
    loose = _loose_branches(arguments)
    if loose:
        names = ", ".join(entry.key for entry in loose[:4])
        help = f"write parallel: {{branches: {{{loose[0].key}: [...], ...}}}}"
        walk.error(around, "missing-argument", f"{names} stands where branches is needed", loose[0].span, help)
        return SPOILT
    meant = known_arguments(walk, written, arguments, around, _ARGUMENTS)
    source = one_input(walk, written, sources, around)
    merge = _merge(walk, arguments, around)
    divide = _flag(walk, arguments, "divide", around)
    hidden = "branches" in meant or "for" in meant
    branches = None if hidden else _branches(walk, written, arguments, around)
    if branches is None:
        walk.uncertain = True
        return SPOILT
    made = [
        _branch(
            walk, written, items, source, scope, f"{name}.{title}", title, (index, len(branches)) if divide else None
        )
        for index, (title, items, scope) in enumerate(branches)
    ]
    steps = tuple(Branch(title, inner) for title, inner, _ in made)
    results = [result.position for _, _, result in made]
    if merge is None or any(position is None for position in results):
        return SPOILT
    positions = tuple(position for position in results if position is not None)
    whole = Step("parallel", name, (source.position or 0,), positions[0], written.key, branches=steps, merge=merge)
    if len(positions) == 1:
        return Made(positions[0], whole)
    merged = walk.apply(MERGES[merge](), positions, written, around, f"{name}.{merge}")
    if merged.step is None or merged.position is None:
        return SPOILT
    return Made(merged.position, replace(whole, output=merged.position, nodes=merged.step.nodes))


def _loose_branches(arguments: Mapping) -> list[Entry]:
    """Lists by names that are no arguments, where there are no branches: they were meant to be the branches."""
    if arguments.get("branches") is not None or arguments.get("for") is not None:
        return []
    lists = [entry for entry in arguments if isinstance(entry.value, Sequence) and entry.key not in _ARGUMENTS]
    return lists if not any(nearest(entry.key, _ARGUMENTS) for entry in lists) else []


def _branch(
    walk: Walk,
    written: Written,
    items: tuple[Value, ...] | None,
    source: Result,
    around: Around,
    path: str,
    title: str,
    share: tuple[int, int] | None,
) -> tuple[str, tuple[Step, ...], Result]:
    if items is None:
        walk.uncertain = True
        return title, (), Result(None, path, written.key)
    if share is None or share[1] == 1:
        return title, *branch(walk, items, source, around, path)
    if source.position is None:
        return title, *branch(walk, items, Result(None, path, written.key), around, path)
    layer = SliceChannels(parts_of_channels=share[1], index=share[0])
    sliced = walk.apply(layer, (source.position,), written, around, f"{path}.slice")
    steps, result = branch(walk, items, Result(sliced.position, path, written.key), around, path)
    return title, ((sliced.step,) if sliced.step else ()) + steps, result


def _merge(walk: Walk, arguments: Mapping, around: Around) -> str | None:
    entry = arguments.entry("merge")
    if entry is None:
        return "concat"
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    if value is None:
        return None
    if isinstance(value, Scalar) and value.value in MERGES:
        return str(value.value)
    walk.error(
        around, "bad-value", f"merge is {describe(value)}, expected one of {', '.join(MERGES)}", entry.value.span
    )
    return None


def _flag(walk: Walk, arguments: Mapping, key: str, around: Around) -> bool:
    entry = arguments.entry(key)
    if entry is None:
        return False
    value = interpolate(entry.value, around.scope, walk.reporter(around.uses))
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    if value is not None:
        walk.error(around, "bad-value", f"{key} is {describe(value)}, expected true or false", entry.value.span)
    return False


Branches = list[tuple[str, tuple[Value, ...] | None, Around]]
"""Of each branch its title, its entries (None after a mistake, which was reported), and what surrounds it."""


def _branches(walk: Walk, written: Written, arguments: Mapping, around: Around) -> Branches | None:
    """Title, entries and surroundings of each branch, written out or made by `for`."""
    loop, listed = arguments.entry("for"), arguments.entry("branches")
    if loop is not None and listed is not None:
        walk.error(around, "bad-value", "parallel has both branches and for", loop.span, "keep one of them")
        return None
    if loop is not None:
        return _looped(walk, written, loop, arguments, around)
    stray = arguments.entry("layers")
    if stray is not None:
        walk.error(
            around,
            "bad-value",
            "parallel has layers without for",
            stray.span,
            "write branches: [[...], [...]], or say for: {k: [3, 4, 5]}",
        )
        return None
    return _listed(walk, written, listed, around)


def _listed(walk: Walk, written: Written, listed: Entry | None, around: Around) -> Branches | None:
    report = walk.reporter(around.uses)
    value = listed.value if listed else None
    pairs: Iterable[tuple[str, Value]]
    if isinstance(value, Mapping) and value.entries:
        pairs = [(entry.key, entry.value) for entry in value]
        for entry in value:
            _check_title(walk, entry, around)
    elif isinstance(value, Sequence) and value.items:
        pairs = [(f"branch{index}", item) for index, item in enumerate(value.items, 1)]
    else:
        span = value.span if value is not None else written.key
        walk.error(
            around,
            "missing-argument" if value is None else "bad-value",
            "parallel needs branches",
            span,
            "write branches: {one: [...], other: [...]}, or a list of lists",
        )
        return None
    return [
        (title, read_entries(item, f"branch {title}", written.key, report, may_be_empty=True), around)
        for title, item in pairs
    ]


def _check_title(walk: Walk, entry: Entry, around: Around) -> None:
    if entry.key.replace("_", "a").isalnum() and entry.key.isascii() and len(entry.key) <= 64:
        return
    walk.error(
        around, "bad-name", f"branch {entry.key[:80]!r} is no name", entry.span, "letters, digits and _ (at most 64)"
    )


def _looped(walk: Walk, written: Written, loop: Entry, arguments: Mapping, around: Around) -> Branches | None:
    report = walk.reporter(around.uses)
    lists = _loop_lists(walk, loop, around)
    items = read_entries(arguments.get("layers"), "layers of parallel", written.key, report)
    if lists is None or items is None:
        return None
    count = len(next(iter(lists.values())))
    scopes = [Scope({name: values[index] for name, values in lists.items()}, around.scope) for index in range(count)]
    return [(f"branch{index}", items, replace(around, scope=scope)) for index, scope in enumerate(scopes, 1)]


def _loop_lists(walk: Walk, loop: Entry, around: Around) -> dict[str, tuple[Value, ...]] | None:
    value = interpolate(loop.value, around.scope, walk.reporter(around.uses))
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value.entries:
        walk.error(
            around,
            "bad-value",
            f"for is {describe(value)}, expected a map of name to list",
            loop.value.span,
            "write for: {k: [3, 4, 5]}",
        )
        return None
    lists = {entry.key: entry.value.items for entry in value if isinstance(entry.value, Sequence) and entry.value.items}
    for entry in value:
        check_word(entry.key, entry.span, "variable", walk.reporter(around.uses))
        if entry.key not in lists:
            walk.error(
                around,
                "bad-value",
                f"for has {describe(entry.value)} as {entry.key}, expected a list with an item for each branch",
                entry.value.span,
            )
            return None
    lengths = {name: len(items) for name, items in lists.items()}
    if len(set(lengths.values())) > 1:
        walk.error(
            around,
            "bad-value",
            f"the lists of for differ in length: {', '.join(f'{n} has {c}' for n, c in lengths.items())}",
            loop.span,
            "give them equally many items: they go in step",
        )
        return None
    return lists
