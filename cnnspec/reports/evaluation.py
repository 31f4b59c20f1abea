"""What an evaluation came to: loss and metrics of one split."""

import math
from collections.abc import Mapping
from typing import Protocol

from cnnspec.reports.numbers import count, metric
from cnnspec.reports.safe import json_text
from cnnspec.reports.table import Column, Sheet, Table


class Evaluation(Protocol):
    """Loss and metrics of a run's weights over `count` examples of a split."""

    @property
    def run(self) -> str:
        """The run's folder."""

    @property
    def split(self) -> str:
        """Which examples."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def loss(self) -> float:
        """Their mean loss."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics by name."""


def evaluation_sheet(evaluation: Evaluation) -> Sheet:
    """A row for the loss and one for each metric."""
    figures = {"loss": evaluation.loss, **evaluation.metrics}
    rows = tuple((name, metric(value)) for name, value in figures.items())
    heading = (evaluation.run, f"{evaluation.split} split, {count(evaluation.count)} examples")
    return Sheet(heading, Table((Column("figure"), Column("value", "right")), rows))


def evaluation_json(evaluation: Evaluation) -> str:
    """`{"run", "split", "count", "loss", "metrics"}`; a figure that is no number is null."""
    return json_text(
        {
            "run": evaluation.run,
            "split": evaluation.split,
            "count": evaluation.count,
            "loss": finite(evaluation.loss),
            "metrics": {name: finite(value) for name, value in evaluation.metrics.items()},
        }
    )


def run_json(run: str, metrics: Mapping[str, float]) -> str:
    """The line that ends a training: `{"run", "metrics"}`."""
    return json_text({"run": run, "metrics": {name: finite(value) for name, value in metrics.items()}}, indent=None)


def finite(value: float) -> float | None:
    """The number as JSON can hold it."""
    return float(value) if math.isfinite(value) else None
