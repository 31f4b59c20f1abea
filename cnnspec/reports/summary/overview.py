"""One line for every spec of a folder."""

from collections.abc import Sequence

from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import Summary
from cnnspec.reports.summary.stages import inputs
from cnnspec.reports.table import Cell, Column, Sheet, Table
from cnnspec.source.frozen import frozen

_COLUMNS = (
    Column("name"),
    Column("input", leaves=2),
    Column("layers", "right", leaves=3),
    Column("trainable", "right"),
    Column("MACs", "right", leaves=1),
    Column("score", leaves=4),
)


@frozen
class OverviewRow:
    """A spec in one line: its name, its summary (None where it has mistakes), and the score in its header."""

    name: str
    summary: Summary | None
    score: str = ""


def overview_sheet(rows: Sequence[OverviewRow]) -> Sheet:
    """One row a spec."""
    columns = _COLUMNS if any(row.score for row in rows) else _COLUMNS[:-1]
    return Sheet((), Table(columns, tuple(_row(row)[: len(columns)] for row in rows)))


def _row(row: OverviewRow) -> tuple[Cell, ...]:
    if row.summary is None:
        return (row.name, "has mistakes: validate it", "", "", "", row.score)
    cost, depth = row.summary.cost.totals, str(row.summary.weight_layers)
    trainable, macs = numbers.count(cost.trainable_params), numbers.macs(cost.macs)
    return (row.name, inputs(row.summary), depth, trainable, macs, row.score)
