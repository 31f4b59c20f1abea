"""What came of an export: how far the file is from the run's model, how large it is, and how fast."""

from dataclasses import asdict

from cnnspec.reports.numbers import count, memory
from cnnspec.reports.safe import json_text, shown
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.exported import KINDS, Compared, Exported


def exported_sheet(exported: Exported) -> Sheet:
    """A row for each output; above them the file, below what it took to compare it."""
    kept = "" if exported.precision == "float32" else f" in {exported.precision}"
    heading = (exported.file, f"{KINDS[exported.format].runtime}{kept}", memory(exported.size))
    judged = any(each.own is not None for each in exported.outputs)
    columns = (
        Column("output"),
        Column("largest difference", "right"),
        *((Column(name, "right") for name in ("run's accuracy", "file's", "points lost")) if judged else ()),
    )
    rows = tuple(_row(each, judged) for each in exported.outputs)
    return Sheet(heading, Table(columns, rows), _remarks(exported))


def _row(output: Compared, judged: bool) -> tuple[str, ...]:
    figures = [output.own, output.accuracy]
    shares = ["" if share is None else f"{share:.2%}" for share in figures]
    lost = "" if output.lost is None else f"{output.lost + 0:.2f}"
    return (shown(output.output), f"{output.difference:.1e}", *((*shares, lost) if judged else ()))


def _remarks(exported: Exported) -> tuple[tuple[str, ...], ...]:
    batches = ", ".join(map(str, exported.batches))
    compared = f"{count(exported.samples)} examples of the {exported.split} split, {batches} at once"
    speed = f"{_time(exported.alone)} for one example, {_time(exported.together)} each for {exported.at_once} at once"
    scales = [f"{each.output} {each.scale:.4g}" for each in exported.outputs if each.scale > 1]
    scaled = (f"differences are shares of the largest number: {', '.join(map(shown, scales))}",) if scales else ()
    beside = tuple(f"beside it: {shown(file)}" for file in exported.files if file != exported.file)
    return tuple((words,) for words in (compared, speed, *scaled, *exported.notes, *beside))


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms"


def exported_json(exported: Exported) -> str:
    """The same for scripts; a figure that there is not is null."""
    outputs = [asdict(each) | {"points_lost": each.lost} for each in exported.outputs]
    return json_text(asdict(exported) | {"outputs": outputs})
