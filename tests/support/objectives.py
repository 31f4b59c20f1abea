"""Outputs and metrics of a few words."""

from typing import Any

from cnnspec.graph.heads import Head, heads
from cnnspec.language.metrics import Metric
from cnnspec.layers.kind import read_kind
from cnnspec.layers.meaning import ANY
from cnnspec.layers.shape import Shape
from tests.support.layers_read import read
from tests.support.spec_texts import graph_of


def head_of(last: str) -> Any:
    return heads(graph_of(f"inputs: {{x: [4]}}\nmodel: [{last}]"))[0]


def head_ending_in(activation: str, shape: Shape = (3,), name: str = "output") -> Head:
    """An output of this shape after a layer with weights."""
    meaning = read("activation", activation).gives([ANY], [shape])
    return Head(name, shape, activation, "the output", meaning)


NEEDED = {
    "precision_at_recall": {"recall": 0.5}, "recall_at_precision": {"precision": 0.5},
    "sensitivity_at_specificity": {"specificity": 0.5}, "specificity_at_sensitivity": {"sensitivity": 0.5},
    "iou": {"num_classes": 2, "target_class_ids": [0]}, "mean_iou": {"num_classes": 2},
    "one_hot_iou": {"num_classes": 2, "target_class_ids": [0]}, "one_hot_mean_iou": {"num_classes": 2},
}  # fmt: skip


def metric_of(kind: str, **arguments: object) -> Metric:
    needed = NEEDED.get(kind, {})
    metric = read_kind("metric", Metric.members, {kind: {**needed, **arguments}})
    assert isinstance(metric, Metric)
    return metric
