"""A first batch for each loss and metric alone, so that one that does not fit is named before anything is written."""

import contextlib
from collections.abc import Mapping
from typing import Any

from cnnspec.backend.data.splits import Split
from cnnspec.backend.keras_errors import refused
from cnnspec.backend.objective.compile import Objective
from cnnspec.backend.objective.keras_loss import build_loss
from cnnspec.backend.objective.metric_fit import describe_labels, metric_at
from cnnspec.backend.objective.metrics import build_metrics
from cnnspec.graph.heads import Head
from cnnspec.language.training import Training
from cnnspec.source.route import LossAt, Route

EXAMPLES = 8
"""How many examples the batch has; enough for a metric that cannot be computed from one."""


def try_objective(
    objective: Objective,
    split: Split,
    labels: Any,
    outputs: Any,
    training: Training,
) -> None:
    """Compute losses and metrics of a network's outputs for a batch of the split; raises Rejected for what fails."""
    expected, predicted = _by_output(labels, objective.heads), _by_output(outputs, objective.heads)
    for head in objective.heads:
        label, output = expected[head.name], predicted[head.name]
        where = describe_labels(head, split)
        assert head.loss is not None
        with _refused(f"loss {head.loss.kind}, where {where}", LossAt(head.name)):
            build_loss(head.loss, training.label_smoothing, head.name in objective.rows)(label, output)
        for index, metric in enumerate(objective.metrics[head.name]):
            with _refused(f"metric {metric.kind}, where {where}", metric_at(training, head.name, index)):
                (built,) = build_metrics([metric], head, tuple(label.shape[1:]), objective.forms[head.name])
                built.update_state(label, output)
                built.result()


def _refused(received: str, at: Route) -> contextlib.AbstractContextManager[None]:
    help = "choose another one, or change the labels"
    return refused("metric-mismatch", received, "what it can compare", help, at)


def _by_output(value: Any, heads: tuple[Head, ...]) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {heads[0].name: value}
