"""A stage whose output has shrunk to a single place while convolutions are still to come."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.graph.nodes import Stage
from cnnspec.layers.base import Layer
from cnnspec.source.diagnostic import Diagnostic, warning


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
    return any(layer.slides for layer in _layers(subject, stage))


def _pools_globally(subject: Subject, stage: Stage) -> bool:
    return any(layer.pools_globally for layer in _layers(subject, stage))


def _layers(subject: Subject, stage: Stage) -> Iterator[Layer]:
    layers = (subject.graph.nodes[position].layer for position in stage.all_nodes())
    return (layer for layer in layers if layer is not None)
