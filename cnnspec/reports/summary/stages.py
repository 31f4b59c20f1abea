"""The stage table of one network, as in He et al. 2015, table 1, with parameters, multiply-adds and field beside it."""

from cnnspec.layers.phrase import sizes
from cnnspec.layers.shape import Shape
from cnnspec.reports import numbers
from cnnspec.reports.numbers import count, memory
from cnnspec.reports.summary.collect import Auto, Cost, StageRow, Summary
from cnnspec.reports.table import Cell, Column, Sheet, Table

_COLUMNS = (
    Column("layer name"),
    Column("output size"),
    Column("blocks"),
    Column("params", "right", leaves=1),
    Column("MACs", "right", leaves=2),
    Column("field", "right", leaves=3),
)


def stage_sheet(summary: Summary) -> Sheet:
    """One row a stage, the totals as remarks under it."""
    macs = numbers.in_one_unit(row.cost.totals.macs for row in summary.stages)
    rows = tuple(_row(row, cost) for row, cost in zip(summary.stages, macs, strict=True))
    return Sheet(heading(summary), Table(_COLUMNS, rows), remarks(summary))


def _row(row: StageRow, macs: str) -> tuple[Cell, ...]:
    return (
        f"{row.title}{_frozen(row.cost)}",
        output(row),
        row.blocks,
        count(row.cost.learnt) if row.cost.learnt else "",
        macs,
        numbers.field(row.field),
    )


def _frozen(cost: Cost) -> str:
    """Whether training leaves the stage's parameters as they are."""
    if not cost.frozen:
        return ""
    return " (frozen)" if cost.frozen == cost.learnt else " (partly frozen)"


def output(row: StageRow) -> str:
    """`56×56×64`, and `1×1×512` after a global pool."""
    return sizes((*(1,) * row.pooled, *row.output))


def heading(summary: Summary) -> tuple[str, ...]:
    """Name, reference and input."""
    return (summary.name, summary.reference, f"input {inputs(summary)}")


def inputs(summary: Summary) -> str:
    """`224×224×3`; several by name."""
    if len(summary.inputs) == 1:
        return written(summary.inputs[0][1])
    return ", ".join(f"{name} {written(shape)}" for name, shape in summary.inputs)


def written(shape: Shape) -> str:
    """The sizes, or that there is a single number."""
    return sizes(shape) or "a number"


def remarks(summary: Summary) -> tuple[tuple[str, ...], ...]:
    """Totals, memory, and what the program chose."""
    totals = summary.cost.totals
    depth = numbers.plural(summary.weight_layers, "weight layer")
    counts = (depth, *parameters(summary.cost), f"{numbers.macs(totals.macs)} multiply-adds")
    activations = f"activations of one example {memory(summary.activation_memory)}"
    return (counts, (f"as float32: weights {memory(summary.weight_memory)}", activations), *choices(summary))


def parameters(cost: Cost) -> tuple[str, ...]:
    """The kinds of parameters that there are, trainable ones first."""
    rest = ((cost.frozen, "frozen"), (cost.statistics, "statistics"))
    return (f"{count(cost.totals.trainable_params)} trainable", *(f"{count(n)} {word}" for n, word in rest if n))


def choices(summary: Summary) -> tuple[tuple[str], ...]:
    """What goes without saying in the blocks, and what the program chose or will choose."""
    usual = f"usual  {', '.join(summary.usual)}"
    return (*([(usual,)] if summary.usual else []), *autos(summary))


def autos(summary: Summary) -> tuple[tuple[str], ...]:
    """A line for every choice of the program, and for what it will choose when it trains."""
    later = f"auto  {' and '.join(summary.unsettled)}: settled on the machine that trains; train --dry-run tells"
    return (*((_auto(auto),) for auto in summary.autos), *([(later,)] if summary.unsettled else []))


def _auto(auto: Auto) -> str:
    return f"auto  {auto.choice}{'s' if auto.times > 1 else ''} in {', '.join(auto.stages)}"
