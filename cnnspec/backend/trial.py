"""A first batch for each loss and metric alone, so that one that does not fit is named before anything is written."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from cnnspec.backend.comparing import describe_labels, metric_at
from cnnspec.backend.data.splits import Split
from cnnspec.backend.learner import Objective
from cnnspec.backend.loss import build_loss
from cnnspec.backend.metrics import build_metrics
from cnnspec.backend.refusing import first_line, refused
from cnnspec.graph.heads import Head
from cnnspec.language.training import Training
from cnnspec.results.failure import RunFailed
from cnnspec.source.route import Keys

_OF_XLA = re.compile(r"\bXLA\b|XLA_|jit_compile|xla::|tf2xla", re.IGNORECASE)

EXAMPLES = 8
"""How many examples the batch has; enough for a metric that cannot be computed from one."""


def try_objective(
    learner: Any,
    objective: Objective,
    outputs: tuple[Head, ...],
    split: Split,
    batch: Any,
    training: Training,
) -> None:
    """Compute losses and metrics on a batch of (inputs, labels) of the split; raises Rejected for what fails."""
    predicted, labels = _by_output(learner(batch[0], training=False), outputs), _by_output(batch[1], outputs)
    for head in outputs:
        label, output = labels[head.name], predicted[head.name]
        where = describe_labels(head, split)
        if loss := objective.losses.get(head.name):
            with _refused(f"loss {loss.kind}, where {where}", ("training", "loss", head.name)):
                build_loss(loss, training.label_smoothing)(label, output)
        for index, metric in enumerate(objective.metrics.get(head.name, ())):
            with _refused(f"metric {metric.kind}, where {where}", metric_at(training, head.name, index)):
                (built,) = build_metrics([metric], tuple(label.shape[1:]), tuple(output.shape[1:]))
                built.update_state(label, output)
                built.result()


@contextlib.contextmanager
def step_errors() -> Iterator[None]:
    """Turn what TensorFlow refuses to compute in a step into RunFailed; a lack of memory passes through."""
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise
    except tf.errors.OpError as error:
        help = "a value in the data or the network's output is none that the loss or a metric takes"
        if _OF_XLA.search(str(error)):
            help = "XLA does not compile this network: leave out xla, or write xla: auto"
        raise RunFailed("step-failed", f"TensorFlow stopped at a step: {first_line(error)}", help) from error


def _refused(received: str, at: Keys) -> contextlib.AbstractContextManager[None]:
    help = "choose another one, or change the labels"
    return refused("metric-mismatch", received, "what it can compare", help, at)


def _by_output(value: Any, outputs: tuple[Head, ...]) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {outputs[0].name: value}
