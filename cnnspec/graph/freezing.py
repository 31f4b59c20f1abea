"""`training.freeze`: the stages and entries whose weights training leaves as they are."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from cnnspec.graph.nodes import Graph, Node, Step
from cnnspec.graph.scope import Result, ResultScope
from cnnspec.language.spec import Spec
from cnnspec.source.diagnostic import Diagnostic, Report, misspelt, warning
from cnnspec.source.patience import to_compare
from cnnspec.source.values import follow


def with_frozen(graph: Graph, spec: Spec, results: ResultScope, report: Report) -> Graph:
    """The graph in which what `training.freeze` names is not trained; names that nothing has are reported.

    A name is one that `from` could use in `results`, the scope of the model, or the path of a layer or block as the
    summary prints it (`conv2_x.basic1`). Weights that are used again elsewhere are frozen there, too.
    """
    names = spec.training.freeze if spec.training is not None else ()
    if not names:
        return graph
    found: set[int] = set()
    for at, name in enumerate(names):
        positions = set(_named(graph, results, name))
        if not positions:
            report(_unknown(graph, spec, results, at, name))
        owners = {_owner(graph, position) for position in positions}
        if positions and not any(graph.nodes[owner].facts.weights for owner in owners):
            report(_without_weights(spec, at, name))
        found |= owners
    nodes = (_frozen(node) if _owner(graph, at) in found else node for at, node in enumerate(graph.nodes))
    return replace(graph, nodes=tuple(nodes))


def _owner(graph: Graph, position: int) -> int:
    """The node whose weights a node uses."""
    shared = graph.nodes[position].shared
    return position if shared is None else shared


def _frozen(node: Node) -> Node:
    if node.layer is None or not node.facts.weights:
        return node
    return replace(node, layer=node.layer.model_copy(update={"trainable": False}))


def _named(graph: Graph, results: ResultScope, name: str) -> Iterator[int]:
    """The positions of the layers that a name stands for; none where it is unknown, or an input's."""
    result = results.find(name)
    steps = _steps(graph, result) if result is not None else ()
    yield from (position for step in steps for position in step.all_nodes())
    layers = [(position, node.name) for position, node in enumerate(graph.nodes) if node.layer is not None]
    found = [position for position, path in layers if _lies_in(path, name)]
    yield from found or (position for position, path in layers if _lies_in(graph.numbered(path), name))


def _lies_in(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}.")


def _steps(graph: Graph, result: Result) -> Iterable[Step]:
    """What a stage holds, or every repeat of an entry, of which the result is the last one's."""
    if result.last is not None:
        return result.steps
    return (step for stage in graph.stages for step in stage.steps if step.span == result.span)


def _without_weights(spec: Spec, at: int, name: str) -> Diagnostic:
    span = follow(spec.root, ("training", "freeze", at)).span
    return warning("nothing-to-freeze", f"freeze names {name}, which has no weights", span, "leave it out")


def _unknown(graph: Graph, spec: Spec, results: ResultScope, at: int, name: str) -> Diagnostic:
    span = follow(spec.root, ("training", "freeze", at)).span
    if name in results.inputs:
        help = "name what reads it"
        return Diagnostic("unknown-name", f"freeze names {name}, an input: it has no weights", span, help=help)
    known = (each for each in results.known() if each not in results.inputs)
    paths = (step.name for stage in graph.stages for step in stage.steps)
    message = f"freeze names {name}, which is no stage or entry"
    return misspelt("unknown-name", message, name, dict.fromkeys(to_compare(chain(known, paths))), span)
