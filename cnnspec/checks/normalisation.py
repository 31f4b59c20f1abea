"""Doubts about batch normalisation: a bias that it takes away, dropout that upsets its statistics."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.source.diagnostic import Diagnostic, warning

NORMS = frozenset({"batch_norm", "layer_norm", "group_norm"})
DROPOUTS = frozenset({"dropout", "spatial_dropout"})


def bias_before_norm(subject: Subject) -> Iterator[Diagnostic]:
    """A normalisation subtracts the mean, and a bias with it; its own beta does the bias's work."""
    readers = subject.readers()
    for position, node in enumerate(subject.graph.nodes):
        after = [subject.graph.nodes[reader].kind for reader in readers.get(position, ())]
        biased = any(weight.name == "bias" for weight in node.facts.weights)
        if biased and after and all(kind == "batch_norm" for kind in after) and node.shared is None:
            own = any(subject.graph.nodes[reader].span == node.span for reader in readers[position])
            help = "drop use_bias" if own else f"write {node.kind}: {{..., norm: batch}}, or use_bias: false"
            yield warning(
                "bias-before-norm",
                f"the bias of {node.kind} is taken away by the normalisation right after it",
                node.span,
                help,
            )


def dropout_before_norm(subject: Subject) -> Iterator[Diagnostic]:
    """Dropout changes the variance in training only, which the moving statistics then get wrong (Li et al. 2018)."""
    leading = subject.leading_to("batch_norm")
    for position, node in enumerate(subject.graph.nodes):
        if node.kind in DROPOUTS and position in leading:
            yield warning(
                "dropout-before-norm",
                f"{node.kind} comes before a batch normalisation",
                node.span,
                "move it behind the last batch_norm",
            )
