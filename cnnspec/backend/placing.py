"""Where in its spec a mistake belongs that only the data, or the network with its data, brought to light."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from cnnspec.backend.widths import at_width
from cnnspec.graph.locate import with_place
from cnnspec.graph.nodes import Graph
from cnnspec.language.check import follow
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Rejected
from cnnspec.source.route import ENCODING, FILE
from cnnspec.source.span import Span
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value

_KEYS = {
    "no-loss": ("training",),
    "no-auto-loss": ("training", "loss"),
    "label-shape": ("training", "loss"),
    "label-type": ("training", "loss"),
    "class-weight": ("training", "class_weight"),
    "bad-schedule": ("training", "optimizer"),
    "too-few-steps": ("training", "gradient_accumulation"),
    "two-scales": ("training", "optimizer"),
    "label-smoothing": ("training", "label_smoothing"),
    "bad-split": ("data", "validation_split"),
    "vocabulary-size": ("data", "text"),
    "text-length": ("data", "text", "output_sequence_length"),
    "no-words": ("data", "text"),
    "bad-encoding": ("data", "text", "encoding"),
    "label-kind": ("data", "label"),
}
_OF_FILES = frozenset({
    "no-file", "outside", "bad-idx", "bad-npy", "bad-npz", "empty-data", "not-numbers", "not-finite", "no-array",
    "count-mismatch", "input-shape", "input-type", "bad-source", "not-text", "bad-line", "bad-table", "missing-cell",
    "unknown-class", "one-class", "bad-label", "bad-classes", "not-running",
})  # fmt: skip


@contextlib.contextmanager
def placed(spec: Spec, graph: Graph) -> Iterator[None]:
    """Give every diagnostic of a Rejected that has no place the one in the spec that its code speaks of."""
    try:
        yield
    except Rejected as rejected:
        routed = [with_place(each, spec, graph) for each in rejected.diagnostics]
        found = [
            each if each.span or each.at not in (None, FILE, ENCODING) else _with_place(each, spec, graph)
            for each in routed
        ]
        raise Rejected(found) from rejected.__cause__


def _with_place(diagnostic: Diagnostic, spec: Spec, graph: Graph) -> Diagnostic:
    output = _output(diagnostic.message, graph)
    if diagnostic.code in ("label-range", "class-count") and output is not None:
        return at_width(diagnostic, spec, graph, output)
    if diagnostic.code == "nothing-to-learn" and output is not None:
        return replace(diagnostic, span=graph.nodes[output].span)
    return replace(diagnostic, span=_place(diagnostic, spec))


def _place(diagnostic: Diagnostic, spec: Spec) -> Span | None:
    if diagnostic.code in _KEYS:
        return follow(spec.root, _KEYS[diagnostic.code]).span
    data = spec.root.entry("data")
    if diagnostic.code in _OF_FILES and data is not None:
        return _named(diagnostic.message, data)
    if diagnostic.code == "no-column" and data is not None:
        return _named(diagnostic.message.partition("column ")[2], data)
    return None


def _named(message: str, data: Entry) -> Span:
    """The path in the data section that a message names; of several, such as x.npz and big/x.npz, the longest."""
    paths = {item.value: item.span for item in _scalars(data.value) if isinstance(item.value, str)}
    named = [path for path in paths if path and path in message]
    return paths[max(named, key=len)] if named else data.span


def _output(message: str, graph: Graph) -> int | None:
    """The position of the output that the message names, or of the only one."""
    shown = {f"output {name} ": position for name, position in graph.outputs.items()}
    positions = [position for words, position in shown.items() if words in message] or list(graph.outputs.values())
    return positions[0] if len(positions) == 1 else None


def _scalars(value: Value) -> Iterator[Scalar]:
    """The texts in a section that may be paths: all but its source."""
    if isinstance(value, Scalar):
        yield value
    elif isinstance(value, Sequence):
        for item in value.items:
            yield from _scalars(item)
    elif isinstance(value, Mapping):
        for entry in value:
            if entry.key != "source":
                yield from _scalars(entry.value)
