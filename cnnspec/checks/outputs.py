"""Last activations that do not fit: one unit under softmax, probabilities under a loss that expects logits."""

from collections.abc import Iterator, Mapping

from cnnspec.checks.subject import Subject
from cnnspec.layers.kind import Kind
from cnnspec.source.diagnostic import Diagnostic


def softmax_of_one(subject: Subject) -> Iterator[Diagnostic]:
    """The softmax of a single number is always 1."""
    for node in subject.graph.nodes:
        if node.ends_in == "softmax" and node.output and node.output[-1] == 1:
            yield Diagnostic(
                "softmax-of-one",
                f"{node.kind} applies softmax to one unit, which is always 1",
                node.span,
                help="use sigmoid for one unit, or one unit for each class",
            )


def logits_expected(subject: Subject) -> Iterator[Diagnostic]:
    """A loss with from_logits applies the activation itself."""
    training = subject.spec.training
    if training is None or training.loss is None:
        return
    for name, position in subject.graph.outputs.items():
        loss = training.loss.get(name) if isinstance(training.loss, Mapping) else training.loss
        activation = subject.graph.nodes[position].ends_in
        if isinstance(loss, Kind) and getattr(loss, "from_logits", False) and activation in ("softmax", "sigmoid"):
            yield Diagnostic(
                "logits-expected",
                f"{loss.kind} expects logits, but the output has gone through {activation}",
                subject.place("training", "loss", *([name] if isinstance(training.loss, Mapping) else [])),
                help="drop from_logits, or the last activation",
            )
