"""A use of one of the spec's own blocks."""

from cnnspec.graph.entries import Written
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.paths import known_arguments, one_input
from cnnspec.graph.scope import Around, Binding, Result, ResultScope
from cnnspec.graph.walk import SPOILT, Made, Walk
from cnnspec.language.computed import as_value
from cnnspec.language.interpolation import Scope, interpolate
from cnnspec.layers.shape import Shape
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Sequence, Value


def block(walk: Walk, written: Written, arguments: Mapping, sources: list[Result], around: Around, name: str) -> Made:
    """A use of one of the spec's blocks: its body with the parameters, seeing only itself and what it reads."""
    definition = walk.spec.blocks[written.kind]
    if written.kind in around.blocks:
        chain = " -> ".join([*reversed(around.blocks[: around.blocks.index(written.kind) + 1]), written.kind])
        walk.error(
            around,
            "recursive-block",
            f"the block {written.kind} uses itself: {chain}",
            written.key,
            "repeat a block with repeat: N",
        )
        return SPOILT
    source = one_input(walk, written, sources, around)
    scope = _parameters(walk, written, arguments, around, walk.shape(source))
    results = ResultScope(_inputs_only(around.results), {"input": source})
    body = Around(
        results=results,
        scope=scope,
        path=f"{name}.",
        uses=(written.key, *around.uses),
        blocks=(written.kind, *around.blocks),
        bindings={entry.key: Binding(entry.value, around) for entry in arguments},
        depth=around.depth + 1,
    )
    assert isinstance(definition.layers, Sequence)
    steps, result = walk.run(definition.layers.items, source, body)
    if result is not None:
        result.read = True
    if result is None or result.position is None or source.position is None:
        return SPOILT
    whole = Step(
        written.kind,
        name,
        (source.position,),
        result.position,
        written.key,
        branches=(Branch(written.kind, steps),),
        block=True,
    )
    return Made(result.position, whole)


def _inputs_only(results: ResultScope) -> ResultScope:
    """The model's inputs: all of the model that a block's body sees."""
    while results.outer is not None:
        results = results.outer
    return ResultScope(None, dict(results.inputs), inputs=results.inputs)


def _parameters(walk: Walk, written: Written, arguments: Mapping, around: Around, shape: Shape | None) -> Scope:
    """The scope of a block's body: shape and channels, then the parameters, each seeing those before it.

    A parameter that is missing has no value, so that the rest of the body is still looked at.
    """
    definition = walk.spec.blocks[written.kind]
    meant = known_arguments(walk, written, arguments, around, definition.parameter_names)
    walk.spend(len(definition.parameters), written.key, around)
    values: dict[str, Value | None] = _read_shape(shape, written.key)
    scope = Scope(values, walk.spec.variables)
    for parameter in definition.parameters:
        entry = arguments.entry(parameter.name)
        if entry is not None:
            values[parameter.name] = interpolate(entry.value, around.scope, walk.reporter(around.uses))
        elif parameter.default is not None:
            values[parameter.name] = interpolate(parameter.default, scope, walk.reporter((written.key, *around.uses)))
        else:
            values[parameter.name] = None
            if parameter.name not in meant:
                message = f"{written.kind} needs {parameter.name}"
                help = f"write {written.kind}: {{{parameter.name}: ...}}"
                walk.error(around, "missing-argument", message, written.key, help)
    return scope


def _read_shape(shape: Shape | None, span: Span) -> dict[str, Value | None]:
    if shape is None:
        return {"shape": None, "channels": None}
    sizes = [size if isinstance(size, int) else None for size in shape]
    return {"shape": as_value(sizes, span), "channels": as_value(sizes[-1] if sizes else None, span)}
