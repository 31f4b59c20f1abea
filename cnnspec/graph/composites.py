"""The composites: residual, parallel, reuse, and the spec's own blocks, each expanded by the walk."""

from collections.abc import Iterable
from dataclasses import replace

from cnnspec.graph.entries import Written, read_entries
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.scope import Around, Binding, Place, Result
from cnnspec.graph.shortcut import connect
from cnnspec.graph.walk import SPOILT, Handler, Made, Walk
from cnnspec.language.interpolation import Scope, as_value, interpolate
from cnnspec.layers.base import Layer
from cnnspec.layers.merge import Add, Average, Concat, Maximum, Minimum, Multiply
from cnnspec.layers.shape import Shape
from cnnspec.layers.split import SliceChannels
from cnnspec.source.diagnostic import suggestion
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, describe

MERGES: dict[str, type[Layer]] = {
    "concat": Concat,
    "add": Add,
    "multiply": Multiply,
    "average": Average,
    "maximum": Maximum,
    "minimum": Minimum,
}


def one_input(walk: Walk, written: Written, sources: list[Result], around: Around) -> Result | None:
    """The single thing a composite reads; several are a mistake."""
    if len(sources) == 1:
        return sources[0]
    walk.error(around, "input-count", f"{written.kind} reads one entry, here {len(sources)}", written.key, "merge them first, with concat or add")
    return None


def known_arguments(walk: Walk, written: Written, arguments: Mapping, around: Around, known: tuple[str, ...]) -> None:
    """Report arguments that the composite does not take."""
    for entry in arguments:
        if entry.key not in known:
            walk.error(around, "unknown-argument", f"{written.kind} has no argument {entry.key}", entry.span, suggestion(entry.key, known))


def inside(around: Around, path: str, place: Place | None = None) -> Around:
    """One level further in: a path of its own, and a scope of its own."""
    return replace(around, path=f"{path}.", place=place or Place(around.place), depth=around.depth + 1)


def branch(walk: Walk, items: tuple[Value, ...], source: Result, around: Around, path: str) -> tuple[tuple[Step, ...], Result]:
    """Run the entries of a main path or a branch; an empty one gives the input itself."""
    steps, result = walk.run(items, source, inside(around, path))
    result = result or Result(None, path, items[0].span)
    result.read = True
    return steps, result


def residual(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """A main path and a skip connection, added; then an activation, if there is one."""
    known_arguments(walk, written, arguments, around, ("layers", "shortcut", "activation"))
    source = one_input(walk, written, sources, around)
    items = read_entries(arguments.get("layers"), "layers of residual", written.key, walk.reporter(around.uses))
    if items is None or source is None:
        walk.uncertain = walk.uncertain or items is None
        return SPOILT
    steps, main = branch(walk, items, source, around, name)
    return connect(walk, written, arguments, source, Branch("main", steps), main, around, name)


def parallel(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """Branches side by side on one input, merged."""
    known_arguments(walk, written, arguments, around, ("merge", "branches", "for", "layers", "divide"))
    source = one_input(walk, written, sources, around)
    merge = _merge(walk, arguments, around)
    divide = _flag(walk, arguments, "divide", around)
    branches = _branches(walk, written, arguments, around)
    if branches is None or source is None:
        walk.uncertain = walk.uncertain or branches is None
        return SPOILT
    made = [
        _branch(walk, written, items, source, scope, f"{name}.{title}", title, (index, len(branches)) if divide else None)
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


def _branch(
    walk: Walk, written: Written, items: tuple[Value, ...], source: Result, around: Around, path: str, title: str, share: tuple[int, int] | None
) -> tuple[str, tuple[Step, ...], Result]:
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
    walk.error(around, "bad-value", f"merge is {describe(value)}, expected one of {', '.join(MERGES)}", entry.value.span)
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


Branches = list[tuple[str, tuple[Value, ...], Around]]


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
        walk.error(around, "bad-value", "parallel has layers without for", stray.span, "write branches: [[...], [...]], or say for: {k: [3, 4, 5]}")
        return None
    return _listed(walk, written, listed, around)


def _listed(walk: Walk, written: Written, listed: Entry | None, around: Around) -> Branches | None:
    report = walk.reporter(around.uses)
    value = listed.value if listed else None
    pairs: Iterable[tuple[str, Value]]
    if isinstance(value, Mapping) and value.entries:
        pairs = [(entry.key, entry.value) for entry in value]
        if not all(_title(walk, entry, around) for entry in value):
            return None
    elif isinstance(value, Sequence) and value.items:
        pairs = [(f"branch{index}", item) for index, item in enumerate(value.items, 1)]
    else:
        span = value.span if value is not None else written.key
        walk.error(around, "missing-argument" if value is None else "bad-value", "parallel needs branches", span, "write branches: {one: [...], other: [...]}, or a list of lists")
        return None
    branches = [(title, read_entries(item, f"branch {title}", written.key, report, may_be_empty=True)) for title, item in pairs]
    if any(items is None for _, items in branches):
        return None
    return [(title, items, around) for title, items in branches if items is not None]


def _title(walk: Walk, entry: Entry, around: Around) -> bool:
    if entry.key.replace("_", "a").isalnum() and entry.key.isascii() and len(entry.key) <= 64:
        return True
    walk.error(around, "bad-name", f"branch {entry.key[:80]!r} is no name", entry.span, "letters, digits and _ (at most 64)")
    return False


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
        walk.error(around, "bad-value", f"for is {describe(value)}, expected a map of name to list", loop.value.span, "write for: {k: [3, 4, 5]}")
        return None
    lists = {entry.key: entry.value.items for entry in value if isinstance(entry.value, Sequence) and entry.value.items}
    for entry in value:
        if entry.key not in lists:
            walk.error(around, "bad-value", f"for has {describe(entry.value)} as {entry.key}, expected a list with an item for each branch", entry.value.span)
            return None
    lengths = {name: len(items) for name, items in lists.items()}
    if len(set(lengths.values())) > 1:
        walk.error(around, "bad-value", f"the lists of for differ in length: {', '.join(f'{n} has {c}' for n, c in lengths.items())}", loop.span, "give them equally many items: they go in step")
        return None
    return lists


def block(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """A use of one of the spec's blocks: its body with the parameters, seeing only itself and what it reads."""
    definition = walk.spec.blocks[written.kind]
    if written.kind in around.blocks:
        chain = " -> ".join([*reversed(around.blocks[: around.blocks.index(written.kind) + 1]), written.kind])
        walk.error(around, "recursive-block", f"the block {written.kind} uses itself: {chain}", written.key, "repeat a block with repeat: N")
        return SPOILT
    source = one_input(walk, written, sources, around)
    shape = walk.shape(source) if source else None
    scope = _parameters(walk, written, arguments, around, shape)
    if source is None or scope is None:
        return SPOILT
    place = Place(_inputs_only(around.place), {"input": source})
    binding = Binding(around.place, around.bindings)
    body = Around(
        place=place,
        scope=scope,
        path=f"{name}.",
        uses=(written.key, *around.uses),
        blocks=(written.kind, *around.blocks),
        bindings={entry.key: binding for entry in arguments},
        depth=around.depth + 1,
    )
    assert isinstance(definition.layers, Sequence)
    steps, result = walk.run(definition.layers.items, source, body)
    if result is None or result.position is None or source.position is None:
        return SPOILT
    result.read = True
    whole = Step(written.kind, name, (source.position,), result.position, written.key, branches=(Branch(written.kind, steps),), block=True)
    return Made(result.position, whole)


def _inputs_only(place: Place) -> Place:
    """The model's inputs: all of the model that a block's body sees."""
    while place.outer is not None:
        place = place.outer
    return Place(None, dict(place.inputs))


def _parameters(walk: Walk, written: Written, arguments: Mapping, around: Around, shape: Shape | None) -> Scope | None:
    """The scope of a block's body: shape and channels, then the parameters, each seeing those before it."""
    definition = walk.spec.blocks[written.kind]
    known_arguments(walk, written, arguments, around, definition.parameter_names)
    values: dict[str, Value | None] = _read_shape(shape, written.key)
    scope = Scope(values, walk.spec.variables)
    complete = True
    for parameter in definition.parameters:
        entry = arguments.entry(parameter.name)
        if entry is not None:
            values[parameter.name] = interpolate(entry.value, around.scope, walk.reporter(around.uses))
        elif parameter.default is not None:
            values[parameter.name] = interpolate(parameter.default, scope, walk.reporter((written.key, *around.uses)))
        else:
            walk.error(around, "missing-argument", f"{written.kind} needs {parameter.name}", written.key, f"write {written.kind}: {{{parameter.name}: ...}}")
            complete = False
    return scope if complete else None


def _read_shape(shape: Shape | None, span: Span) -> dict[str, Value | None]:
    if shape is None:
        return {"shape": None, "channels": None}
    sizes = [size if isinstance(size, int) else None for size in shape]
    return {"shape": as_value(sizes, span), "channels": as_value(sizes[-1] if sizes else None, span)}


def reuse(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """An earlier stage or named entry once more, with the same weights, on another input."""
    known_arguments(walk, written, arguments, around, ("entry",))
    entry = arguments.entry("entry")
    if entry is None:
        walk.error(around, "missing-argument", "reuse needs entry", written.key, "write reuse: {entry: a stage or a named entry, from: ...}")
        return SPOILT
    found = walk.lookup(entry.value, around)
    target = found[0] if len(found) == 1 else None
    if target is None:
        walk.uncertain = True
        return SPOILT
    if target.position is None or any(source.position is None for source in sources):
        return SPOILT
    if not target.steps:
        walk.error(around, "bad-value", f"{target.label} is an input: there are no weights to use again", entry.value.span, "name a stage or an entry")
        return SPOILT
    return _again(walk, written, target, sources, around, name)


def _again(walk: Walk, written: Written, target: Result, sources: list[Result], around: Around, name: str) -> Made:
    own = sorted({position for step in target.steps for position in step.all_nodes()})
    read: list[int] = []
    for position in own:
        read += [i for i in walk.nodes[position].inputs if i not in own and i not in read]
    if len(read) != len(sources):
        walk.error(around, "input-count", f"{target.label} reads {len(read)} entries, here {len(sources)}", written.key, "name as many with from, in the order they are read")
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
    return Made(output, Step("reuse", name, tuple(moved[i] for i in read), output, written.key, nodes=tuple(added), branches=()))


HANDLERS: dict[str, Handler] = {"residual": residual, "parallel": parallel, "reuse": reuse, "block": block}
