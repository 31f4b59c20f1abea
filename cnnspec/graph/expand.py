"""From a spec to its graph: inputs, stages, outputs, and whatever nothing reads."""

from collections.abc import Iterable
from typing import Any

from cnnspec.graph.complaints import Complaints, TooLarge
from cnnspec.graph.freezing import with_changes
from cnnspec.graph.inputs import read_inputs
from cnnspec.graph.nodes import Graph
from cnnspec.graph.reading import lookup
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.graph.stages import Stages
from cnnspec.graph.walk import Walk
from cnnspec.language.interpolation import Scope
from cnnspec.language.naming import check_word
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Report
from cnnspec.source.frozen import frozen
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping, Scalar, Value, describe


@frozen
class Expansion:
    """What a walk found: the graph (None after an error), what it used, how many entries it looked at.

    `used_blocks` are names, `used_defaults` the places of the kinds under `defaults`.
    """

    graph: Graph | None
    used_blocks: frozenset[str]
    entries: int = 0
    used_defaults: frozenset[Span] = frozenset()


def expand(spec: Spec, report: Report) -> Expansion:
    """Walk over a spec's model; mistakes are reported."""
    walk = Walk(spec=spec)
    defaults = spec.defaults_at("model")
    around = Around(ResultScope(), Scope({}, spec.variables), Complaints(report), defaults=defaults)
    try:
        graph = _expand(walk, spec, around)
    except TooLarge:
        graph = None
    graph = None if around.complaints.failed else graph
    used = frozenset(walk.defaults.used)
    return Expansion(graph, frozenset(walk.used_blocks), walk.budget.entries, used)


def _expand(walk: Walk, spec: Spec, around: Around) -> Graph | None:
    dtypes = read_inputs(walk, spec.root.get("inputs"), around)
    model = spec.root.get("model")
    if model is None:
        return None
    outputs = spec.root.get("outputs")
    stages, last = Stages(walk, around, _output_names(outputs)).run(model)
    named = _outputs(outputs, around)
    if named is None and last is not None:
        last.read = True
    _unread(walk, around)
    if last is None or last.position is None or around.complaints.failed:
        return None
    found = (
        {name: result.position for name, result in named.items()} if named is not None else {"output": last.position}
    )
    graph = Graph(
        nodes=tuple(walk.graph.nodes),
        stages=tuple(stages),
        inputs={name: result.position for name, result in around.results.inputs.items() if result.position is not None},
        outputs={name: position for name, position in found.items() if position is not None},
        dtypes=dtypes,
        named_outputs=named is not None,
        renamed=walk.graph.renamed,
        losses=_losses(spec, found),
    )
    return with_changes(graph, spec, around.results, around.report)


def _losses(spec: Spec, outputs: Iterable[str]) -> dict[str, Any]:
    """What is written of each output's loss, where something is."""
    if spec.training is None:
        return {}
    written = {name: spec.training.loss_of(name) for name in outputs}
    return {name: loss for name, loss in written.items() if loss is not None}


def _output_names(value: Value | None) -> frozenset[str]:
    """The stages and entries that are outputs, as written."""
    if not isinstance(value, Mapping):
        return frozenset()
    return frozenset(entry.value.text for entry in value if isinstance(entry.value, Scalar))


def _outputs(value: Value | None, around: Around) -> dict[str, Result] | None:
    """The results that are outputs by name; None where the last entry is the output."""
    if not isinstance(value, Mapping):
        return None
    if not value.entries:
        around.error("empty-list", "outputs is empty", value.span, "name a stage or an entry, or delete outputs")
        return None
    found: dict[str, Result] = {}
    for entry in value:
        check_word(entry.key, entry.span, "output", around.report)
        results = lookup(entry.value, around)
        if len(results) == 1 and results[0] is not None:
            results[0].read = True
            found[entry.key] = results[0]
        else:
            around.complaints.uncertain = True
            if len(results) != 1:
                around.error(
                    "bad-value",
                    f"output {entry.key} is {describe(entry.value)}, expected the name of a stage or entry",
                    entry.value.span,
                )
    return found


def _unread(walk: Walk, around: Around) -> None:
    if around.complaints.uncertain:
        return
    for result in walk.results:
        if not result.is_read:
            help = "delete it, name it in outputs, or read it with from"
            around.error("unread-entry", f"nothing reads {result.label}", result.span, help)
