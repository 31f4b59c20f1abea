"""What an evaluation came to: loss and metrics of one split, and how well each output answers."""

import re
from collections.abc import Mapping
from dataclasses import asdict

from cnnspec.reports.classification import class_sheets
from cnnspec.reports.mistaken import mistaken_sheets, mistakes_facts
from cnnspec.reports.numbers import metric, plural
from cnnspec.reports.safe import json_text
from cnnspec.reports.scores import (
    between,
    headline,
    interval_remarks,
    intervals_of,
    metric_intervals,
    score_sheets,
    scores_facts,
)
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.evaluation import ClassFigures, Evaluation, OutputFigures
from cnnspec.results.intervals import Interval

_FALLBACK = "last.keras"
_RESIDUALS = ("smallest", "mean", "deviation", "largest", "half within", "90 % within")


def evaluation_sheets(evaluation: Evaluation, width: int, file: str = "") -> tuple[Sheet, ...]:
    """Loss and metrics, then of each output classes or residuals, what its probabilities are worth and its mistakes.

    For a page of this width.

    All mistakes are in the `file`, where there is one.
    """
    titled = len(evaluation.outputs) > 1
    more = [
        sheet
        for output in evaluation.outputs
        for sheet in (
            *_answers(output, width, titled),
            *score_sheets(output, titled),
            *mistaken_sheets(output, titled, file),
        )
    ]
    return (figures_sheet(evaluation, titled), *more)


def _answers(output: OutputFigures, width: int, titled: bool) -> tuple[Sheet, ...]:
    """How well an output answers, class by class or in numbers."""
    if output.form != "values":
        return class_sheets(output, width, titled)
    return (residuals_sheet(output, titled),) if output.residuals else ()


def residuals_sheet(output: OutputFigures, titled: bool) -> Sheet:
    """How far the numbers are off: a row for each unit of which this is known, or one for all."""
    columns = tuple(Column(name, "right") for name in _RESIDUALS)
    rows = tuple(
        tuple(f"{value:.4g}" for value in (row.least, row.mean, row.deviation, row.most, row.half, row.nine_tenths))
        for row in output.residuals
    )
    if output.residuals[0].unit is not None:
        columns = (Column("number", "right"), *columns)
        rows = tuple((f"[{row.unit}]", *cells) for row, cells in zip(output.residuals, rows, strict=True))
    of = f" of output {output.output}" if titled else ""
    return Sheet((f"residuals{of}", "prediction minus label, in the unit of the labels"), Table(columns, rows))


def figures_sheet(evaluation: Evaluation, titled: bool) -> Sheet:
    """A row for the loss and one for each metric and score, with the interval where it has one."""
    named: dict[str, float] = {"loss": evaluation.loss, **evaluation.metrics}
    known: dict[str, Interval] = {}
    for output in evaluation.outputs:
        prefix = f"{output.output}_" if titled else ""
        known |= metric_intervals(output, prefix, evaluation.metrics)
        told = {f"{prefix}{name}": value for name, value in headline(output).items()}
        own = told.keys() - named.keys()  # a metric of that name may be another number, as the accuracy of labels is
        known |= {f"{prefix}{name}": each for name, each in intervals_of(output).items() if f"{prefix}{name}" in own}
        named |= {name: value for name, value in told.items() if name not in named}
    width = 3 if known else 2
    rows = tuple((name, metric(value), between(known.get(name)))[:width] for name, value in named.items())
    fallback = (
        "weights of last.keras: no epoch ended, so there is no best.keras" if evaluation.weights == _FALLBACK else ""
    )
    heading = (evaluation.run, _of_what(evaluation), fallback)
    columns = (Column("figure"), Column("value", "right"), Column("95 % interval", leaves=1))[:width]
    return Sheet(heading, Table(columns, rows), interval_remarks(evaluation))


def _of_what(evaluation: Evaluation) -> str:
    examples = plural(evaluation.count, "example")
    what = evaluation.data or (evaluation.split and f"{evaluation.split} split")
    return f"{what}, {examples}" if what else f"{examples} that were given"


def evaluation_json(evaluation: Evaluation) -> str:
    """`{"run", "split", "count", "weights", "loss", "metrics", "outputs"}`; a figure that is no number is null."""
    text = json_text(
        {
            "run": evaluation.run,
            "split": evaluation.split or None,
            **({"data": evaluation.data, "skipped": evaluation.skipped} if evaluation.data else {}),
            "count": evaluation.count,
            "weights": evaluation.weights,
            "loss": evaluation.loss,
            "metrics": dict(evaluation.metrics),
            "outputs": {
                output.output: _output(output) | scores_facts(output) | _mistakes(output)
                for output in evaluation.outputs
            },
        }
    )
    return _NUMBERS.sub(lambda row: f"[{', '.join(row[1].replace(',', ' ').split())}]", text)


_NUMBERS = re.compile(r"\[\n((?:\s*[-+.e\d]+,\n)*\s*[-+.e\d]+)\n\s*\]")
"""A list of numbers over several lines, which no text in JSON is."""


def _output(output: OutputFigures) -> dict[str, object]:
    if output.form == "values":
        residuals = [
            {key: value for key, value in asdict(row).items() if value is not None and value != ()}
            for row in output.residuals
        ]
        return {"form": output.form, **output.values, **({"residuals": residuals} if residuals else {})}
    figures: dict[str, object] = {
        "form": output.form,
        "accuracy": output.accuracy,
        "classes": [
            {"name": row.name, **_three(row), "support": row.support, "predicted": row.predicted, "right": row.right}
            for row in output.classes
        ],
        "averages": {row.name: _three(row) for row in output.averages},
    }
    if output.form == "labels":
        return figures
    confusions = [
        {"true": each.true, "predicted": each.predicted, "count": each.count, "share": each.share}
        for each in output.confusions
    ]
    return figures | {"absent": list(output.absent), "confusions": confusions, "matrix": output.matrix}


def _mistakes(output: OutputFigures) -> dict[str, object]:
    return {} if output.mistakes is None else {"mistakes": mistakes_facts(output.mistakes)}


def _three(row: ClassFigures) -> dict[str, object]:
    return {"precision": row.precision, "recall": row.recall, "f1": row.f1}


def run_json(run: str, metrics: Mapping[str, float]) -> str:
    """The line that ends a training: `{"run", "metrics"}`."""
    return json_text({"run": run, "metrics": dict(metrics)}, indent=None)
