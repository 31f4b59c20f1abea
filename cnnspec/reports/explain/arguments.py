"""The arguments of a layer as they are written: by its entry, by defaults, by a block's parameter, by Keras."""

from collections.abc import Iterator

from cnnspec.graph.nodes import Step
from cnnspec.language.origins import Passed, of_references, written
from cnnspec.language.references import references
from cnnspec.language.spec import Block, Parameter, Spec
from cnnspec.layers.base import Layer
from cnnspec.reports.explain.network import Network
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Value, entries_in

_LEARNING = ("_initializer", "_regularizer")
"""How arguments end that layers which the program makes by itself have of the defaults, too."""
_LISTED = ("name", "from", "repeat", "first", "last", "when")


def entry_of(spec: Spec, span: Span) -> Entry | None:
    """The entry whose key stands at a place, in any of the documents."""
    for _, root in spec.written:
        for entry in entries_in(root):
            if entry.span == span:
                return entry
    return None


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
    if entry is not None and entry.key != layer.kind and not entry.key.startswith("$"):
        entry = None  # of a composite, whose arguments are not those of the layers that it stands for
    own = _named(entry.value, layer) if entry is not None else {}
    end = _at_an_end(entry.value, name, network.ends.get(step.name, ())) if entry is not None else None
    if end is not None:
        yield Passed(
            end[0].span, f"{name}: {written(end[0])}", f"written in its entry, for the {end[1]} of the repeats"
        )
        yield from _through(network, step, end[0])
    elif name in own:
        yield Passed(own[name].span, f"{name}: {written(own[name])}", "written in its entry")
        yield from _through(network, step, own[name])
    elif (default := _default(spec, layer.kind, name)) is not None and (entry or name.endswith(_LEARNING)):
        yield Passed(default.span, f"{name}: {written(default)}", f"from defaults of {layer.kind}")
        yield from of_references(spec, default)


def _through(network: Network, step: Step, value: Value) -> Iterator[Passed]:
    """What the names in a value stand for: parameters of the blocks around its entry, then variables."""
    spec, place, names = network.spec, step.span, frozenset(references(value))
    for use in network.graph.nodes[step.output].uses:  # the inner block first
        block, given = block_around(spec, place), entry_of(spec, use)
        place = use
        if block is None or given is None:
            continue
        ends = next((network.ends.get(s.name, ()) for _, s in network.steps if s.span == use and _is_in(step, s)), ())
        left: frozenset[str] = frozenset()
        for parameter in block.parameters:
            if parameter.name in names:
                passed, said = _passed(parameter, given.value, block, ends)
                if passed is not None:
                    yield Passed(passed.span, f"{parameter.name}: {written(passed)}", said)
                    left |= references(passed)
        names = (names - frozenset(block.parameter_names)) | left
    yield from _of_names(spec, value, names)


def _is_in(step: Step, around: Step) -> bool:
    return step.name.startswith(f"{around.name}.")


def _at_an_end(value: Value, name: str, ends: tuple[str, ...]) -> tuple[Value, str] | None:
    """What `first` or `last` says of an argument, where a step is that of its repeats."""
    for end in ends:
        over = value.get(end) if isinstance(value, Mapping) else None
        found = over.get(name) if isinstance(over, Mapping) else None
        if found is not None:
            return found, end
    return None


def block_around(spec: Spec, place: Span) -> Block | None:
    """The block in whose body an entry stands."""
    for block in spec.blocks.values():
        if any(entry.span == place for entry in entries_in(block.layers)):
            return block
    return None


def _passed(parameter: Parameter, given: Value, block: Block, ends: tuple[str, ...]) -> tuple[Value | None, str]:
    """What a use of a block gives a parameter, else its default; and which of the two it is."""
    if (end := _at_an_end(given, parameter.name, ends)) is not None:
        return end[0], f"given to the {end[1]} of the repeats of the block {block.name}"
    first = parameter is block.parameters[0]
    found = given.get(parameter.name) if isinstance(given, Mapping) else given if first else None
    if found is not None and not (isinstance(found, Scalar) and found.value is None):
        return found, f"given to the block {block.name}"
    return parameter.default, f"the default of a parameter of {block.name}"


def _of_names(spec: Spec, value: Value, names: frozenset[str]) -> Iterator[Passed]:
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
        for entry in entries_in(root):
            choices = entry.value.get("for") if entry.key == "parallel" and isinstance(entry.value, Mapping) else None
            found = choices.get(name) if isinstance(choices, Mapping) else None
            if found is not None and any(each.value.span == place for each in entries_in(entry.value)):
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
