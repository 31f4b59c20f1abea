"""Doubts about batch normalisation: a bias that it takes away, dropout that upsets its statistics."""

from collections.abc import Iterator, Sequence

from cnnspec.checks.subject import Subject
from cnnspec.graph.nodes import Node
from cnnspec.source.diagnostic import Diagnostic, warning


def bias_before_norm(subject: Subject) -> Iterator[Diagnostic]:
    """A normalisation subtracts the mean, and a bias with it; its own beta does the bias's work."""
    nodes, readers = subject.graph.nodes, subject.readers()
    for position, node in enumerate(nodes):
        after = [nodes[reader] for reader in readers.get(position, ())]
        biased = any(weight.name == "bias" for weight in node.facts.weights) and node.shared is None
        if biased and after and all(map(_cancels_bias, after)):
            yield warning(
                "bias-before-norm",
                f"the bias of {node.kind} is taken away by the normalisation right after it",
                node.span,
                _without_bias(node, after),
            )


def _cancels_bias(node: Node) -> bool:
    return node.layer is not None and node.layer.cancels_bias(node.output)


def _without_bias(node: Node, after: Sequence[Node]) -> str:
    if any(reader.span == node.span for reader in after):
        return "drop use_bias"
    if all(reader.layer is not None and reader.layer.keeps_statistics for reader in after):
        return f"write {node.kind}: {{..., norm: batch}}, or use_bias: false"
    return f"write {node.kind}: {{..., use_bias: false}}"


def dropout_before_norm(subject: Subject) -> Iterator[Diagnostic]:
    """Dropout changes the variance in training only, which the moving statistics then get wrong (Li et al. 2018).

    Where whole examples are dropped, as at the end of a main path, networks are meant to be trained so.
    """
    leading = subject.leading_to(lambda layer: layer.keeps_statistics)
    for position, node in enumerate(subject.graph.nodes):
        layer = node.layer
        if layer is not None and layer.drops and not layer.drops_examples and position in leading:
            yield warning(
                "dropout-before-norm",
                f"{node.kind} comes before a batch normalisation",
                node.span,
                "move it behind the last batch_norm",
            )
