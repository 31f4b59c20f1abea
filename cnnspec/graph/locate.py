"""From routes to places: where in its spec a mistake belongs that only its data, or Keras, brought to light."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cnnspec.graph.nodes import Graph
from cnnspec.language.references import references
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Note, Rejected
from cnnspec.source.route import (
    FeatureAt,
    InputAt,
    LabelAt,
    LayerAt,
    LossAt,
    OutputAt,
    PathAt,
    Route,
    UnitsOf,
    Unplaced,
    ValueAt,
)
from cnnspec.source.span import Span
from cnnspec.source.values import Keys, Mapping, Scalar, Sequence, Value, entries_in, entry_span, follow

_WIDTHS = ("units", "filters")


@contextmanager
def placed(spec: Spec, graph: Graph) -> Iterator[None]:
    """Give every diagnostic of a Rejected that has a route, and no place yet, its place in the spec."""
    try:
        yield
    except Rejected as rejected:
        found = [with_place(each, spec, graph) for each in rejected.diagnostics]
        raise Rejected(found) from rejected.__cause__


def with_place(diagnostic: Diagnostic, spec: Spec, graph: Graph) -> Diagnostic:
    """The diagnostic where its route leads: to the longest part of it that is written, else to the spec itself."""
    if diagnostic.span is not None or diagnostic.at is None:
        return diagnostic
    if isinstance(diagnostic.at, UnitsOf):
        return _at_units(diagnostic, diagnostic.at, spec, graph)
    return replace(diagnostic, span=_span(diagnostic.at, spec, graph))


def _span(at: Route, spec: Spec, graph: Graph) -> Span | None:
    match at:
        case Unplaced.NOWHERE:
            return None
        case Unplaced():  # of a file that nobody placed, the section that names all files
            return follow(spec.root, ("data",)).span
        case LayerAt(name):
            return next(node.span for node in graph.nodes if node.name == name)
        case InputAt(name):
            return graph.nodes[graph.inputs[name]].span
        case OutputAt(name) | UnitsOf(name):
            return graph.nodes[graph.outputs[name]].span
        case PathAt(path):
            return _path_span(spec.root, path)
        case ValueAt(keys):
            place = follow(spec.root, _keys(keys, spec.root))
            return place.value.span if isinstance(place.value, Scalar) else place.span
        case keys:
            return follow(spec.root, _keys(keys, spec.root)).span


def _path_span(root: Mapping, path: str) -> Span:
    data = follow(root, ("data",))
    named = (value.span for value in _scalars(data.value) if value.value == path)
    return next(named, data.key_span)


def _keys(at: Keys | FeatureAt | LabelAt | LossAt, root: Mapping) -> Keys:
    """The keys from the root, where an input or output has entries of its own or shares those of the section."""
    match at:
        case FeatureAt(name, keys):
            return ("data", *(("inputs", name) if _has(root, "data", "inputs") else ()), *keys)
        case LabelAt(name, keys):
            return ("data", *(("labels", name) if _has(root, "data", "labels") else ("label",)), *keys)
        case LossAt(name):
            return ("training", "loss", *((name,) if _has(root, "training", "loss", name) else ()))
        case _:
            return at


def _has(root: Mapping, *keys: str) -> bool:
    """Whether all of these keys are written."""
    return follow(root, keys).value is not None


def _at_units(diagnostic: Diagnostic, at: UnitsOf, spec: Spec, graph: Graph) -> Diagnostic:
    """Where a variable alone gives an output its units that is the place, and what to write is said of it."""
    layer = _last_layer(graph, graph.outputs[at.output])
    name = _variable(spec, layer)
    if name is None:
        return replace(diagnostic, span=layer)
    note = Note("the output's units are read here", layer)
    help = diagnostic.help if at.wanted is None else at.help_for(name)
    return replace(diagnostic, span=_written(spec, name), help=help, notes=(*diagnostic.notes, note))


def _last_layer(graph: Graph, position: int) -> Span:
    """The entry of the last layer with weights before an output, else of the output itself."""
    node = graph.nodes[position]
    while not node.facts.weights and len(node.inputs) == 1:
        node = graph.nodes[node.inputs[0]]
    return node.span if node.facts.weights else graph.nodes[position].span


def _variable(spec: Spec, layer: Span) -> str | None:
    """The variable that is the width of the layer whose entry stands there, if it is one as it is."""
    entry = next((each for each in entries_in(spec.root) if layer in (each.span, entry_span(each))), None)
    if entry is None:
        return None
    value: Value | None = entry.value
    if isinstance(value, Mapping):
        value = next((found for found in map(value.get, _WIDTHS) if found is not None), None)
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        return None
    names = references(value)
    name = next(iter(names)) if len(names) == 1 else ""
    return name if name in spec.variables.raw and value.value in (f"${name}", f"${{{name}}}") else None


def _written(spec: Spec, name: str) -> Span:
    """Where a variable stands: its key and value together."""
    section = spec.root.get("vars")
    entry = section.entry(name) if isinstance(section, Mapping) else None
    value = spec.variables.raw[name]
    return entry_span(entry) if entry is not None and entry.value.span == value.span else value.span


def _scalars(value: Value | None) -> Iterator[Scalar]:
    """All scalars in a value, but the name of a source, which may be that of a folder."""
    if isinstance(value, Scalar):
        yield value
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _scalars(item)
    elif isinstance(value, Mapping):
        for entry in value:
            if entry.key != "source":
                yield from _scalars(entry.value)
