"""The summary's figures for scripts: JSON and CSV, exact and unrounded."""

import csv
import io
from collections.abc import Iterable, Sequence

from cnnspec.graph.facts import Field
from cnnspec.layers.phrase import sizes
from cnnspec.layers.shape import Shape
from cnnspec.reports.notation import in_words
from cnnspec.reports.numbers import fraction
from cnnspec.reports.safe import json_text
from cnnspec.reports.spreadsheet import cell
from cnnspec.reports.summary.collect import Cost, LayerRow, StageRow, Summary
from cnnspec.reports.summary.overview import OverviewRow

Json = dict[str, object]


def summary_json(summaries: Sequence[Summary], layers: bool = False) -> str:
    """A list with one object a network; `layers` adds every layer."""
    return json_text([{**_summary(each), **(_layers(each) if layers else {})} for each in summaries])


def overview_json(rows: Sequence[OverviewRow]) -> str:
    """A list with one object a spec; figures are null where the spec has mistakes."""
    return json_text([_overview(row) for row in rows])


def _summary(summary: Summary) -> Json:
    return {
        "name": summary.name,
        "reference": summary.reference,
        **_figures(summary.cost),
        "output": _output(summary.output),
        "receptive_field": _field(summary.field),
        "weight_layers": summary.weight_layers,
        "activation_memory": summary.activation_memory,
        "inputs": {name: _shape(shape) for name, shape in summary.inputs},
        "usual": list(summary.usual),
        "auto": [{"choice": auto.choice, "stages": list(auto.stages)} for auto in summary.autos],
        "stages": [_stage(row) for row in summary.stages],
    }


def _figures(cost: Cost) -> Json:
    totals = cost.totals
    return {"params": totals.params, "trainable_params": totals.trainable_params, "macs": totals.macs}


def _stage(row: StageRow) -> Json:
    blocks = {"name": row.title, "output": _shape(row.output), "blocks": in_words(row.blocks)}
    return {**blocks, **_figures(row.cost), "receptive_field": _field(row.field)}


def _layers(summary: Summary) -> Json:
    return {"layers": [_layer(row, _reads(summary, row)) for row in summary.layers]}


def _layer(row: LayerRow, reads: list[str]) -> Json:
    what = {"name": row.name, "kind": row.kind, "stage": row.stage or None, "output": _shape(row.output)}
    return {**what, **_figures(row.cost), "receptive_field": _field(row.field), "reads": reads}


def _reads(summary: Summary, row: LayerRow) -> list[str]:
    return [summary.layers[at].name for at in row.reads]


def _overview(row: OverviewRow) -> Json:
    said = {"score": row.score, **({"problem": row.problem} if row.problem else {})}
    if row.summary is None:
        return {"name": row.name, "params": None, "trainable_params": None, "macs": None, **said}
    output = {"output": _output(row.summary.output), "weight_layers": row.summary.weight_layers}
    inputs = {"inputs": {name: _shape(shape) for name, shape in row.summary.inputs}}
    return {"name": row.name, **_figures(row.summary.cost), **output, **inputs, **said}


def _shape(shape: Shape) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]


def _output(output: Shape | dict[str, Shape]) -> object:
    if isinstance(output, dict):
        return {name: _shape(shape) for name, shape in output.items()}
    return _shape(output)


def _field(window: Field | None) -> list[int | float] | None:
    if window is None:
        return None
    return [size.numerator if size.denominator == 1 else float(size) for size in window]


def summary_csv(summaries: Sequence[Summary], layers: bool = False) -> str:
    """One line a stage of every network, or one a layer; sizes are joined by `x`, an unknown one is `?`."""
    if layers:
        lines = ((each.name, *_layer_cells(row, _reads(each, row))) for each in summaries for row in each.layers)
        return _csv(("model", "layer", "kind", "output", *_FIGURES, "reads"), lines)
    stages = ((each.name, *_stage_cells(row)) for each in summaries for row in each.stages)
    return _csv(("model", "stage", "output", "blocks", *_FIGURES), stages)


def overview_csv(rows: Sequence[OverviewRow]) -> str:
    """One line a spec; a last column for problems where there are any."""
    problem = ("problem",) if any(row.problem for row in rows) else ()
    said = ((row.problem,) if problem else () for row in rows)
    lines = ((row.name, *_overview_cells(row.summary), row.score, *last) for row, last in zip(rows, said, strict=True))
    return _csv(("name", "input", "weight_layers", *_FIGURES[:-1], "score", *problem), lines)


_FIGURES = ("params", "trainable_params", "macs", "receptive_field")


def _stage_cells(row: StageRow) -> tuple[object, ...]:
    return (row.title, _plain(row.output), "; ".join(in_words(row.blocks)), *_cells(row.cost), _window(row.field))


def _layer_cells(row: LayerRow, reads: list[str]) -> tuple[object, ...]:
    return (row.name, row.kind, _plain(row.output), *_cells(row.cost), _window(row.field), " ".join(reads))


def _overview_cells(summary: Summary | None) -> tuple[object, ...]:
    if summary is None:
        return ("",) * 5
    inputs = " ".join(_plain(shape) for _, shape in summary.inputs)
    return (inputs, summary.weight_layers, *_cells(summary.cost))


def _cells(cost: Cost) -> tuple[object, ...]:
    return tuple("" if figure is None else figure for figure in _figures(cost).values())


def _plain(shape: Shape) -> str:
    return sizes(shape).replace("×", "x")


def _window(window: Field | None) -> str:
    return "x".join(map(fraction, window or ()))


def _csv(header: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([cell(each) if isinstance(each, str) else each for each in line] for line in lines)
    return text.getvalue().rstrip("\n")
