"""Every layer of a network: the long table."""

from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import LayerRow, Summary
from cnnspec.reports.summary.phrases import words
from cnnspec.reports.summary.stages import heading, remarks, written
from cnnspec.reports.table import Cell, Column, Sheet, Table

_COLUMNS = (
    Column("layer"),
    Column("kind"),
    Column("output"),
    Column("params", "right", leaves=1),
    Column("MACs", "right", leaves=2),
    Column("field", "right", leaves=4),
    Column("reads", leaves=3),
)


def layer_sheet(summary: Summary) -> Sheet:
    """One row a layer; what it reads is said where that is not the row above."""
    macs = numbers.in_one_unit(row.cost.totals.macs for row in summary.layers)
    before = ["", *(row.name for row in summary.layers)]
    rows = tuple(_row(*each) for each in zip(summary.layers, before, macs, strict=False))
    return Sheet(heading(summary), Table(_COLUMNS, rows), remarks(summary))


def _row(row: LayerRow, above: str, macs: str) -> tuple[Cell, ...]:
    return (
        row.name,
        words(row.kind),
        written(row.output),
        numbers.count(row.cost.learnt) if row.cost.learnt else "",
        macs,
        numbers.field(row.field),
        "" if row.reads == (above,) else ", ".join(row.reads),
    )
