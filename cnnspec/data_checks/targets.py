"""Numbers to learn that the last weights, which are drawn for numbers about 1, reach late or never."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.results.seen import Seen
from cnnspec.results.spread import Spread
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import OutputAt

_FAR = 1000.0
"""Targets that lie so far from 0, most of them, are many thousand steps of usual learning rates away."""
_NEAR = 1e-3
_LOGARITHMIC = frozenset({"mean_squared_logarithmic_error", "poisson"})
"""Losses for numbers of all sizes."""


def unscaled_targets(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Prices of some hundred thousand are learnt from 0 on, one small step after the other."""
    for head in learnt_heads(subject.graph):
        spread = seen.targets.get(head.name)
        if spread is None or head.form != "values" or _suits(head) or _is_scaled(head, subject.graph):
            continue
        bulk = abs(spread.mean) + 2 * spread.deviation
        if bulk > _FAR or 0 < bulk < _NEAR:
            yield _far(head, spread)


def _suits(head: Head) -> bool:
    """Whether a small step of the weights may be a large one of the output, or the loss looks at proportions."""
    return head.activation == "exponential" or (head.loss is not None and head.loss.kind in _LOGARITHMIC)


def _is_scaled(head: Head, graph: Graph) -> bool:
    """Whether numbers about 1 are brought into another range after the last weights."""
    node = graph.nodes[graph.outputs[head.name]]
    while not node.facts.weights and len(node.inputs) == 1:
        if node.layer is not None and node.layer.ranged(-1.0, 1.0) != (-1.0, 1.0):
            return True
        node = graph.nodes[node.inputs[0]]
    return False


def _far(head: Head, spread: Spread) -> Diagnostic:
    ends = f"from {spread.least:.4g} to {spread.most:.4g}, {spread.mean:.4g} on average"
    message = f"{head.shown} is to learn numbers far from standardised: {ends}"
    scale = spread.deviation or abs(spread.mean)
    written = f"rescaling: {{scale: {scale:.2g}, offset: {spread.mean:.2g}}}"
    help = f"end the model with {written} and train with adam, or divide the targets in the data"
    return doubted("unscaled-targets", message, help, at=OutputAt(head.name))
