"""Keras' metrics from what a spec says, and which way each of them gets better."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import keras

from cnnspec.backend.objective.mean_metrics import OVER_WHAT_COUNTS
from cnnspec.language.directions import lower_is_better
from cnnspec.language.metrics import Metric
from cnnspec.layers.kind import Kind

Direction = Literal["min", "max"]

_FITTED = {
    "accuracy": ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy"),
    "crossentropy": ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
}
"""Names that stand for one of three by labels and predictions: for one unit, class numbers, one-hot labels."""
_SAME = {"acc": "accuracy", "ce": "crossentropy"}


def build_metrics(metrics: Iterable[Metric], label: tuple[int, ...], output: tuple[int | None, ...]) -> list[Any]:
    """The Keras metrics of one output; `label` and `output` are shapes without the batch axis."""
    listed = tuple(metrics)
    return [_build(metric, name, label, output) for metric, name in zip(listed, names_of(listed), strict=True)]


def names_of(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """What each is called: as written, else by its kind; a second one of a kind gets a number, as in Keras."""
    listed = tuple(metrics)
    names: list[str] = []
    for position, metric in enumerate(listed):
        wanted = metric.name or metric.kind
        taken = sum(wanted == (other.name or other.kind) for other in listed[:position])
        names.append(f"{wanted}_{taken}" if taken else wanted)
    return tuple(names)


def direction(metric: Kind) -> Direction:
    """Whether small or large values of a metric are better."""
    return "min" if lower_is_better(metric.kind) else "max"


def directions(metrics: Mapping[str, tuple[Metric, ...]], several: bool) -> dict[str, Direction]:
    """For each figure of a training, by the name that Keras logs it under, which way is better."""
    known: dict[str, Direction] = {"loss": "min"}
    for output, listed in metrics.items():
        prefix = f"{output}_" if several else ""
        known[f"{prefix}loss"] = "min"
        known |= {f"{prefix}{name}": direction(metric) for name, metric in zip(names_of(listed), listed, strict=True)}
    return known


def _build(metric: Metric, name: str, label: tuple[int, ...], output: tuple[int | None, ...]) -> Any:
    arguments = {key: value for key, value in metric.written().items() if key != "name"}
    fitted = _FITTED.get(_SAME.get(metric.kind, metric.kind))
    stock = metric.stock if fitted is None else fitted[_fit(label, output)]
    return OVER_WHAT_COUNTS.get(stock, getattr(keras.metrics, stock))(**arguments, name=name)


def _fit(label: tuple[int, ...], output: tuple[int | None, ...]) -> int:
    """As in Keras' compile: one unit is binary, labels with an axis less are class numbers."""
    if output and output[-1] == 1:
        return 0
    sparse = len(label) < len(output) or (bool(label) and label[-1] == 1)
    return 1 if sparse else 2
