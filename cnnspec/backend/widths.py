"""Where a spec says how many units an output has: in its last layer, or in the variable that this layer reads."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cnnspec.graph.nodes import Graph
from cnnspec.language.check import entry_span
from cnnspec.language.interpolation import references
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Note
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value

_WIDTHS = ("units", "filters")
_WANTED = re.compile(r"give the last layer (\d+) units?")


def at_width(diagnostic: Diagnostic, spec: Spec, graph: Graph, output: int) -> Diagnostic:
    """The diagnostic at the place that gives the output, a position in the graph, its units.

    Where a variable does so by itself, that is the place, and the help says what to make of it.
    """
    layer = _layer_span(graph, output)
    name = _variable(spec, layer)
    if name is None:
        return replace(diagnostic, span=layer)
    note = Note("the output's units are read here", layer)
    help = _WANTED.sub(lambda match: f"set vars.{name} to {match[1]}", diagnostic.help)
    return replace(diagnostic, span=_written(spec, name), help=help, notes=(*diagnostic.notes, note))


def _layer_span(graph: Graph, position: int) -> Span:
    """The entry of the last layer with weights before an output, else of the output itself."""
    node = graph.nodes[position]
    while not node.facts.weights and len(node.inputs) == 1:
        node = graph.nodes[node.inputs[0]]
    return node.span if node.facts.weights else graph.nodes[position].span


def _variable(spec: Spec, layer: Span) -> str | None:
    """The variable that is the width of the layer whose entry stands there, if it is one as it is."""
    entry = next((each for each in _entries(spec.root) if layer in (each.span, entry_span(each))), None)
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


def _entries(value: Value) -> Iterator[Entry]:
    """All entries of all maps in a value."""
    if isinstance(value, Mapping):
        for entry in value:
            yield entry
            yield from _entries(entry.value)
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _entries(item)
