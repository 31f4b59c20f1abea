"""A use of one of the spec's own blocks."""

from collections.abc import Iterator

from cnnspec.graph.builder import SPOILT, Made
from cnnspec.graph.composite import known_arguments, one_input
from cnnspec.graph.entries import Use
from cnnspec.graph.nodes import Branch, Step
from cnnspec.graph.scope import Around, Binding, Result, ResultScope
from cnnspec.graph.walk import Walk
from cnnspec.language.computed import as_value
from cnnspec.language.interpolation import Scope
from cnnspec.language.references import references
from cnnspec.language.spec import Block, Parameter
from cnnspec.layers.phrase import written_argument
from cnnspec.layers.shape import Shape
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Scalar, Sequence, Value, plain


def block(walk: Walk, use: Use, arguments: Mapping, sources: list[Result]) -> Made:
    """A use of one of the spec's blocks: its body with the parameters, seeing only itself and what it reads."""
    kind, key, around = use.written.kind, use.written.key, use.around
    definition = walk.spec.blocks[kind]
    if kind in around.blocks:
        chain = " -> ".join([*reversed(around.blocks[: around.blocks.index(kind) + 1]), kind])
        message = f"the block {kind} uses itself: {chain}"
        use.error("recursive-block", message, "repeat a block with repeat: N")
        return SPOILT
    source = one_input(use, sources)
    body = Around(
        results=ResultScope(_inputs_only(around.results), {"input": source}),
        scope=Scope(_read_shape(walk.graph.shape(source), key), walk.spec.variables),
        complaints=around.complaints,
        path=f"{use.name}.",
        uses=(key, *around.uses),
        blocks=(kind, *around.blocks),
        bindings={entry.key: Binding(entry.value, around) for entry in arguments},
        depth=around.depth + 1,
        defaults=walk.spec.defaults_at(f"blocks.{kind}"),
    )
    meant = known_arguments(use, arguments, definition.parameter_names)
    walk.budget.spend(len(definition.parameters), key, around.report)
    _bind(use, definition, arguments, meant, body)
    assert isinstance(definition.layers, Sequence)
    steps, result = walk.run(definition.layers.items, source, body)
    if result is not None:
        result.read = True
    if result is None or result.position is None or source.position is None:
        return Made(None, body=body.results)
    end, inside = result.position, (Branch(kind, steps),)
    given, own = tuple(_given(definition, arguments, body)), frozenset(definition.parameter_names)
    values = {name: plain(value) for name, value in body.scope.values.items() if value is not None and name in own}
    step = Step(
        kind,
        use.name,
        (source.position,),
        end,
        key,
        branches=inside,
        block=True,
        arguments=given,
        parameters=values,
    )
    return Made(end, step, body.results)


def _given(definition: Block, arguments: Mapping, body: Around) -> Iterator[tuple[str, str]]:
    """The arguments that are given and not the default, as far as they have a value that fits a line.

    In place of a list or a map, the parameters that take their parts of it.
    """
    values = body.scope.values
    given = {parameter.name for parameter in definition.parameters if arguments.entry(parameter.name) is not None}
    rows = {name for name in given if isinstance(values.get(name), Sequence | Mapping)}
    taken = {parameter.name: _read(parameter) & rows for parameter in definition.parameters}
    apart = set().union(*taken.values())
    for parameter in definition.parameters:
        name, value, default = parameter.name, values.get(parameter.name), parameter.default
        if value is None or name in apart or not (name in given or taken[name]) or not _fits(value):
            continue
        if not (isinstance(value, Scalar) and isinstance(default, Scalar) and value.value == default.value):
            yield name, written_argument(plain(value))


def _fits(value: Value) -> bool:
    """Whether a value is read at a glance: a table is not."""
    return isinstance(value, Scalar) or (
        isinstance(value, Sequence) and all(isinstance(item, Scalar) for item in value.items)
    )


def _read(parameter: Parameter) -> set[str]:
    """What a parameter's default is computed from."""
    return references(parameter.default) if parameter.default is not None else set()


def _inputs_only(results: ResultScope) -> ResultScope:
    """The model's inputs: all of the model that a block's body sees."""
    while results.outer is not None:
        results = results.outer
    return ResultScope(None, dict(results.inputs), inputs=results.inputs)


def _bind(use: Use, definition: Block, arguments: Mapping, meant: set[str | None], body: Around) -> None:
    """Give the parameters their values in the scope of a block's body, each seeing those before it.

    A parameter that is missing has no value, so that the rest of the body is still looked at; one that was probably
    `meant` by an argument of another name is not reported again.
    """
    values = body.scope.values
    for parameter in definition.parameters:
        name, entry = parameter.name, arguments.entry(parameter.name)
        if entry is not None:
            values[name] = use.around.compute(entry.value)
        elif parameter.default is not None:
            values[name] = body.compute(parameter.default)
        else:
            values[name] = None
            if name not in meant:
                kind = use.written.kind
                use.error("missing-argument", f"{kind} needs {name}", f"write {kind}: {{{name}: ...}}")


def _read_shape(shape: Shape | None, span: Span) -> dict[str, Value | None]:
    if shape is None:
        return {"shape": None, "channels": None}
    sizes = [size if isinstance(size, int) else None for size in shape]
    return {"shape": as_value(sizes, span), "channels": as_value(sizes[-1] if sizes else None, span)}
