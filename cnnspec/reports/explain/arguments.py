"""The arguments of a layer as they are written: by its entry, by defaults, by a block's parameter, by Keras."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Step
from cnnspec.language.origins import Passed, of_references, written
from cnnspec.language.references import references
from cnnspec.language.spec import Spec
from cnnspec.layers.base import Layer
from cnnspec.reports.explain.network import Network
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value

_LISTED = ("name", "from", "repeat", "first", "last", "when")


def entry_of(spec: Spec, span: Span) -> Entry | None:
    """The entry whose key stands at a place, in any of the documents."""
    for _, root in spec.written:
        for entry in _entries(root):
            if entry.span == span:
                return entry
    return None


def entry_names(spec: Spec, span: Span) -> frozenset[str]:
    """The names that the entry at a place uses."""
    entry = entry_of(spec, span)
    return frozenset(references(entry.value)) if entry is not None else frozenset()


def _entries(value: Value) -> Iterator[Entry]:
    if isinstance(value, Mapping):
        for entry in value:
            yield entry
            yield from _entries(entry.value)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _entries(item)


@frozen
class Argument:
    """One argument of a layer, as a place to be explained."""

    step: Step
    name: str


def argument_origins(network: Network, step: Step) -> Iterator[Passed]:
    """Each argument of a layer that is not Keras' default, with the places that its value has gone through."""
    for name in step.layer.written() if step.layer is not None else ():
        yield from origins_of_argument(network, step, name)


def origins_of_argument(network: Network, step: Step, name: str) -> Iterator[Passed]:
    """The places that the value of one argument has gone through; none where it is the default of its kind."""
    layer, spec = step.layer, network.spec
    if layer is None:
        return
    entry = entry_of(spec, step.span)
    own = _named(entry.value, layer) if entry is not None else {}
    uses = network.graph.nodes[step.output].uses
    if name in own:
        yield Passed(own[name].span, f"{name}: {written(own[name])}", "written in its entry")
        yield from _through(spec, own[name], uses)
    elif (default := _default(spec, layer.kind, name)) is not None:
        yield Passed(default.span, f"{name}: {written(default)}", f"from defaults of {layer.kind}")
        yield from of_references(spec, default)


def _through(spec: Spec, value: Value, uses: tuple[Span, ...]) -> Iterator[Passed]:
    """What the names in a value stand for: parameters of the blocks around it, then variables."""
    names = references(value)
    for use in uses:
        found = entry_of(spec, use)
        block = spec.blocks.get(found.key) if found is not None else None
        given = found.value if found is not None else None
        if found is not None and block is None:
            block = next((each for each in spec.blocks.values() if found.key.startswith("$")), None)
        if block is None:
            continue
        left: set[str] = set()
        for parameter in block.parameters:
            if parameter.name not in names:
                continue
            passed = given.get(parameter.name) if isinstance(given, Mapping) else None
            if passed is not None:
                yield Passed(passed.span, f"{parameter.name}: {written(passed)}", f"given to the block {block.name}")
                left |= references(passed)
            elif parameter.default is not None:
                yield Passed(
                    parameter.default.span,
                    f"{parameter.name}: {written(parameter.default)}",
                    "the default of the block's parameter",
                )
                left |= references(parameter.default)
        names = (names - frozenset(block.parameter_names)) | frozenset(left)
    for name in sorted(names):
        if (choice := _in_step(spec, value.span, name)) is not None:
            yield Passed(choice.span, f"{name}: {written(choice)}", "the for of a parallel, a branch for each")
        elif name in spec.variables.raw:
            yield from of_references(spec, Scalar(f"${name}", value.span, f"${name}"))
        elif name in _COUNTED:
            yield Passed(value.span, name, _COUNTED[name])


_COUNTED = {
    "i": "counts the repeats, from 0",
    "n": "is how many repeats there are",
    "channels": "is how many channels the block reads",
    "shape": "is what the block reads",
}


def _in_step(spec: Spec, place: Span, name: str) -> Value | None:
    """The list under `for` of the parallel around a place that gives each branch its value of a name."""
    for _, root in spec.written:
        for entry in _entries(root):
            choices = entry.value.get("for") if entry.key == "parallel" and isinstance(entry.value, Mapping) else None
            found = choices.get(name) if isinstance(choices, Mapping) else None
            if found is not None and any(each.value.span == place for each in _entries(entry.value)):
                return found
    return None


def _named(value: Value, layer: Layer) -> dict[str, Value]:
    """The arguments of an entry by name; one that is written alone is the first."""
    if isinstance(value, Mapping):
        return {entry.key: entry.value for entry in value if entry.key not in _LISTED}
    first = layer.first_argument()
    return {first: value} if first is not None else {}


def _default(spec: Spec, kind: str, name: str) -> Value | None:
    for scoped in spec.defaults:
        entry = scoped.kinds.get(kind)
        if entry is not None and isinstance(entry.value, Mapping) and (value := entry.value.get(name)) is not None:
            return value
    return None
