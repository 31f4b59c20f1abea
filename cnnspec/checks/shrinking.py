"""A stage whose output has shrunk to a single place while convolutions are still to come."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.nodes import Stage
from cnnspec.source.diagnostic import Diagnostic, warning

SLIDING = frozenset({"conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool"})


def shrinks_early(subject: Subject) -> Iterator[Diagnostic]:
    """Windows over a single place see nothing new."""
    nodes = subject.graph.nodes
    sliding = [index for index, stage in enumerate(subject.graph.stages) if _slides(subject, stage)]
    for index, stage in enumerate(subject.graph.stages):
        space = nodes[stage.output].output[:-1]
        if not space or any(size != 1 for size in space) or _pools_globally(subject, stage):
            continue
        if sliding and sliding[-1] > index:
            shown = "x".join("1" for _ in space)
            yield warning(
                "shrinks-early",
                f"stage {stage.title} shrinks its input to {shown}, and windows slide over it after that",
                stage.span,
                "use fewer strides and pools, or a larger input",
            )
            return


def _slides(subject: Subject, stage: Stage) -> bool:
    return any(subject.graph.nodes[position].kind in SLIDING for position in stage.all_nodes())


def _pools_globally(subject: Subject, stage: Stage) -> bool:
    return any(subject.graph.nodes[position].kind.startswith("global_") for position in stage.all_nodes())
