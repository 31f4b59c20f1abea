"""Every layer of a network: the long table."""

from collections.abc import Iterator

from cnnspec.reports import numbers
from cnnspec.reports.summary.collect import LayerRow, Summary
from cnnspec.reports.summary.stages import heading, remarks, written
from cnnspec.reports.table import Cell, Column, Sheet, Table

_COLUMNS = (
    Column("layer", keeps=42),
    Column("kind", leaves=5),
    Column("output"),
    Column("params", "right", leaves=1),
    Column("MACs", "right", leaves=2),
    Column("field", "right", leaves=3),
    Column("reads", leaves=4, keeps=30),
)


def layer_sheet(summary: Summary) -> Sheet:
    """One row a layer under the title of its stage; what it reads is said where that is not the row above."""
    macs = numbers.in_one_unit(row.cost.totals.macs for row in summary.layers)
    return Sheet(heading(summary), Table(_COLUMNS, tuple(_rows(summary, macs))), remarks(summary))


def _rows(summary: Summary, macs: list[str]) -> Iterator[tuple[Cell, ...]]:
    stage = ""
    for at, row in enumerate(summary.layers):
        if row.stage != stage:
            stage = row.stage
            yield (stage, *[""] * (len(_COLUMNS) - 1))
        reads = "" if row.reads == (at - 1,) else ", ".join(_name(summary, source, row) for source in row.reads)
        yield _row(row, macs[at], reads)


def _name(summary: Summary, source: int, row: LayerRow) -> str:
    """What a row reads: by its name within the stage where that is the same stage."""
    read = summary.layers[source]
    return read.short if read.stage == row.stage else read.name


def _row(row: LayerRow, macs: str, reads: str) -> tuple[Cell, ...]:
    return (
        f"  {row.short}" if row.stage else row.short,
        row.kind,
        written(row.output),
        numbers.count(row.cost.learnt) if row.cost.learnt else "",
        macs,
        numbers.field(row.field),
        reads,
    )
