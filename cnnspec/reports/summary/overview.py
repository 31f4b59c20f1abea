"""One line for every spec of a folder."""

from collections.abc import Sequence
from typing import Literal, get_args

from cnnspec.graph.heads import heads
from cnnspec.graph.nodes import Graph
from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import Summary
from cnnspec.reports.summary.stages import inputs
from cnnspec.reports.table import Cell, Column, Sheet, Table
from cnnspec.source.frozen import frozen

_PROBLEM = 31
"""A problem of up to this width stands on one line before a column of figures does."""
_COLUMNS = (
    Column("name"),
    Column("variants"),
    Column("problem", keeps=_PROBLEM),
    Column("input", leaves=2),
    Column("layers", "right", leaves=4),
    Column("trainable", "right"),
    Column("MACs", "right", leaves=3),
    Column("score", leaves=1),
)


_WITH_DATA, _ALONE = ("variants", "input", "layers", "MACs"), ("problem", "score")
"""What a sheet of a subject leaves out: beside a score no sizes, and no problem where the heading says it."""

Subject = Literal["pictures", "segmentation", "texts", "signals"]


@frozen
class OverviewRow:
    """A spec in one line: its name, its summary (None where it has mistakes), and what its header says.

    That is the score, and the problem: what is learnt from what.
    """

    name: str
    summary: Summary | None
    score: str = ""
    problem: str = ""
    subject: Subject | None = None
    """What it is about; None where it has mistakes."""
    has_data: bool = False
    variants: tuple[str, ...] = ()


def subject_of(graph: Graph) -> Subject:
    """What a network is about, by the axes of its first input; with a class for each place it is segmentation."""
    axes = len(graph.nodes[next(iter(graph.inputs.values()))].output)
    if axes == 1:
        return "texts"
    if axes == 2:
        return "signals"
    return "segmentation" if any(head.form == "class" and len(head.shape) > 1 for head in heads(graph)) else "pictures"


def overview_sheet(rows: Sequence[OverviewRow]) -> Sheet:
    """One row a spec; problems and scores have columns where there are any."""
    return _sheet(rows, ("variants",))


def overview_sheets(rows: Sequence[OverviewRow]) -> tuple[Sheet, ...]:
    """A sheet for every subject: first of what comes with data, then of architectures alone, by their variants."""
    sheets = []
    for subject in (*get_args(Subject), None):
        for has_data in (True, False):
            group = [row for row in rows if (row.subject, row.has_data) == (subject, has_data)]
            if group:
                heading = (subject or "others", "with data" if has_data else "architecture alone")
                sheets.append(_sheet(group, _WITH_DATA if has_data else _ALONE, heading))
    return tuple(sheets)


def _sheet(rows: Sequence[OverviewRow], left_out: tuple[str, ...], heading: tuple[str, ...] = ()) -> Sheet:
    said = {"variants": any(row.variants for row in rows), "problem": any(row.problem for row in rows)}
    said |= {"score": any(row.score for row in rows), **dict.fromkeys(left_out, False)}
    kept = [place for place, column in enumerate(_COLUMNS) if said.get(column.title, True)]
    cells = (_row(row) for row in rows)
    columns = tuple(_COLUMNS[place] for place in kept)
    return Sheet(heading, Table(columns, tuple(tuple(row[place] for place in kept) for row in cells)))


def _row(row: OverviewRow) -> tuple[Cell, ...]:
    said = (row.name, " ".join(row.variants), row.problem)
    if row.summary is None:
        return (*said, "has mistakes: validate it", "", "", "", row.score)
    cost, depth = row.summary.cost.totals, str(row.summary.weight_layers)
    trainable, macs = numbers.count(cost.trainable_params), numbers.macs(cost.macs)
    return (*said, inputs(row.summary), depth, trainable, macs, row.score)
