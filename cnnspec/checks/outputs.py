"""Outputs that do not give what their losses and metrics read: probabilities, logits, more than one unit."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span


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


def one_unit_for_classes(subject: Subject) -> Iterator[Diagnostic]:
    """A loss that compares the units of an output with each other says nothing of a single one."""
    for head in learnt_heads(subject.graph):
        if head.loss is None or head.loss.answers != "class" or head.shape[-1:] != (1,) or head.activation == "softmax":
            continue
        instead = "binary_crossentropy"
        if head.scale == "logits":
            instead = f"{{{instead}: {{from_logits: true}}}}"
        yield Diagnostic(
            "softmax-of-one",
            f"{head.loss.kind} compares classes, and {head.shown} has one unit, which always wins",
            _loss_place(subject, head),
            help=f"write {_key(subject, head)}: {instead}, or give the output one unit for each class",
        )


def logits_expected(subject: Subject) -> Iterator[Diagnostic]:
    """A loss with from_logits applies the activation itself."""
    for head in learnt_heads(subject.graph):
        if head.loss is None or head.scale != "logits" or not _has_gone_through(head):
            continue
        yield Diagnostic(
            "logits-expected",
            f"{head.loss.kind} expects logits, but the output has gone through {_through(head)}",
            _loss_place(subject, head),
            help="drop from_logits, or the last activation",
        )


def _through(head: Head) -> str:
    return head.activation if head.activation != "linear" else "one"


def _has_gone_through(head: Head) -> bool:
    """Whether what the loss would make of its logits was made before: the logarithms of a softmax are logits still."""
    return head.meaning.probable or (head.meaning.logarithms and head.function == "sigmoid")


def probabilities_expected(subject: Subject) -> Iterator[Diagnostic]:
    """A cross-entropy without from_logits takes all that it reads for probabilities, and learns little from others."""
    for head in learnt_heads(subject.graph):
        if head.loss is None or not head.missing:
            continue
        through = "no activation" if head.activation == "linear" else head.activation
        what, reach = f"{head.loss.kind} expects probabilities", head.meaning.words()
        yield Diagnostic(
            "probabilities-expected",
            f"{what}, but {head.shown} ends in {through} and can be {reach}",
            _loss_place(subject, head),
            help=_probabilities(subject, head),
        )


def metric_of_something_else(subject: Subject) -> Iterator[Diagnostic]:
    """A metric that makes probabilities of what is one already, or asks for classes where numbers are learnt."""
    training = subject.spec.training
    for head in learnt_heads(subject.graph) if training is not None else ():
        assert training is not None
        for index, metric in enumerate(training.metrics_of(head.name)):
            by_output = [head.name] if isinstance(training.metrics, dict) else []
            place = subject.place("training", "metrics", *by_output, index)
            if getattr(metric, "from_logits", False) and head.meaning.probable:
                message = f"{metric.kind} expects logits, but the output has gone through {_through(head)}"
                yield Diagnostic("logits-expected", message, place, help="drop from_logits")
            elif head.of_numbers and metric.asks != "values":
                message = f"metric {metric.kind} on {head.shown}, which learns numbers; expected a metric of numbers"
                yield Diagnostic("metric-mismatch", message, place, help=_for_numbers(subject, metric.kind))


def _for_numbers(subject: Subject, kind: str) -> str:
    """A metric of numbers, or where the one that is written for all outputs belongs."""
    training, others = subject.spec.training, [head for head in learnt_heads(subject.graph) if not head.of_numbers]
    if training is None or isinstance(training.metrics, dict) or not others:
        return "write mean_absolute_error"
    return f"write metrics by output: metrics: {{{others[0].name}: [{kind}]}}"


def _probabilities(subject: Subject, head: Head) -> str:
    """How an output comes to give probabilities, or its loss to read what there is."""
    assert head.loss is not None
    loss, last = head.loss, subject.graph.nodes[subject.graph.outputs[head.name]]
    logits = f"{_key(subject, head)}: {{{loss.kind}: {{from_logits: true}}}}"
    if head.activation != "linear":
        kept = head.meaning.logarithms and head.missing == "softmax" and hasattr(loss, "from_logits")
        return f"write {head.missing} in place of {head.activation}" + (f", or {logits}" if kept else "")
    takes = hasattr(last.layer, "activation")
    how = f"write activation: {head.missing} in the last layer" if takes else f"end in - activation: {head.missing}"
    return f"{how}, or {logits}" if hasattr(loss, "from_logits") and head.meaning.any_number else how


def _by_output(subject: Subject) -> bool:
    training = subject.spec.training
    return training is not None and isinstance(training.loss, dict)


def _key(subject: Subject, head: Head) -> str:
    """What the loss of an output is written after."""
    return head.name if _by_output(subject) else "loss"


def _loss_place(subject: Subject, head: Head) -> Span:
    return subject.place("training", "loss", *([head.name] if _by_output(subject) else []))
