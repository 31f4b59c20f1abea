"""One line for every spec of a folder."""

from collections.abc import Sequence

from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import Summary
from cnnspec.reports.summary.stages import inputs
from cnnspec.reports.table import Cell, Column, Sheet, Table
from cnnspec.source.frozen import frozen

_PROBLEM = 31
"""A problem of up to this width stands on one line before a column of figures does."""
_COLUMNS = (
    Column("name"),
    Column("problem", keeps=_PROBLEM),
    Column("input", leaves=2),
    Column("layers", "right", leaves=4),
    Column("trainable", "right"),
    Column("MACs", "right", leaves=3),
    Column("score", leaves=1),
)


@frozen
class OverviewRow:
    """A spec in one line: its name, its summary (None where it has mistakes), and what its header says.

    That is the score, and the problem: what is learnt from what.
    """

    name: str
    summary: Summary | None
    score: str = ""
    problem: str = ""


def overview_sheet(rows: Sequence[OverviewRow]) -> Sheet:
    """One row a spec; problems and scores have columns where there are any."""
    absent = {
        title
        for title, said in (("problem", [row.problem for row in rows]), ("score", [row.score for row in rows]))
        if not any(said)
    }
    kept = [place for place, column in enumerate(_COLUMNS) if column.title not in absent]
    cells = (_row(row) for row in rows)
    columns = tuple(_COLUMNS[place] for place in kept)
    return Sheet((), Table(columns, tuple(tuple(row[place] for place in kept) for row in cells)))


def _row(row: OverviewRow) -> tuple[Cell, ...]:
    if row.summary is None:
        return (row.name, row.problem, "has mistakes: validate it", "", "", "", row.score)
    cost, depth = row.summary.cost.totals, str(row.summary.weight_layers)
    trainable, macs = numbers.count(cost.trainable_params), numbers.macs(cost.macs)
    return (row.name, row.problem, inputs(row.summary), depth, trainable, macs, row.score)
