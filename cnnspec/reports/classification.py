"""How well classes are told apart: a row for each class, and what was taken for what."""

from collections.abc import Sequence
from itertools import product

from rich.cells import cell_len, set_cell_size

from cnnspec.reports.columns import GAP
from cnnspec.reports.numbers import count, listed, metric, plural
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.evaluation import ClassFigures, Confusion, OutputFigures

_MARGINS = 2
_MOST_COLUMNS = 24
"""A larger matrix cannot be read, however wide the page is."""
_NAMES = (20, 12)
"""So much room, or at the least so much, names of classes get beside a matrix."""
_HEADING = 12
_KEPT = 40
"""Names of classes up to this width are not broken before a column of figures goes."""
_WORST = 15


def class_sheets(figures: OutputFigures, width: int, titled: bool) -> tuple[Sheet, ...]:
    """The classes, and for one class of several what was confused; `titled` where outputs have names."""
    found = classes_sheet(figures, titled)
    if found is None or figures.form == "labels":
        return () if found is None else (found,)
    return (found, _confused(figures, f"output {figures.output}" if titled else "", width))


def classes_sheet(figures: OutputFigures, titled: bool) -> Sheet | None:
    """A row for each class or label; None where there are none."""
    title = f"output {figures.output}" if titled else ""
    if figures.form == "labels":
        return _classes(figures, title, "every label right")
    return _classes(figures, title, "accuracy") if figures.classes else None


def _classes(figures: OutputFigures, title: str, accuracy: str) -> Sheet:
    columns = (
        Column("label" if figures.form == "labels" else "class", keeps=_KEPT),
        Column("precision", "right"),
        Column("recall", "right"),
        Column("F1", "right"),
        Column("support", "right", leaves=1),
        Column("predicted", "right", leaves=2),
    )
    rows, totals = (tuple(map(_row, each)) for each in (figures.classes, figures.averages))
    heading = (title or "by class", "" if figures.accuracy is None else f"{accuracy} {metric(figures.accuracy)}")
    averages = tuple((f"{name} average", *cells) for name, *cells in totals)
    return Sheet(heading, Table(columns, rows, averages), _remarks(figures))


def _row(row: ClassFigures) -> tuple[str, ...]:
    predicted = "" if row.predicted is None else count(row.predicted)
    return (row.name, *(f"{value:.4f}" for value in (row.precision, row.recall, row.f1)), count(row.support), predicted)


def _remarks(figures: OutputFigures) -> tuple[tuple[str, ...], ...]:
    cases = {
        "never predicted, so precision counts as 0": [row.name for row in figures.classes if not row.predicted],
        "without examples, so recall counts as 0": [row.name for row in figures.classes if not row.support],
        "neither here nor predicted": figures.absent,
    }
    return tuple((f"{case}: {listed(names)}",) for case, names in cases.items() if names)


def _confused(figures: OutputFigures, title: str, width: int) -> Sheet:
    names = [shown(row.name) for row in figures.classes]
    table = None if figures.matrix is None else _matrix(names, figures.matrix, width - _MARGINS)
    if table is not None:
        return Sheet((title, "rows are the true classes, columns what they were taken for"), table)
    columns = (Column("true"), Column("taken for"), Column("count", "right"), Column("share", "right", leaves=1))
    worst = figures.confusions[:_WORST]
    rows = tuple((each.true, each.predicted, count(each.count), f"{each.share:.1%}") for each in worst)
    return Sheet((title, "the worst confusions"), Table(columns, rows), _rest(figures.confusions))


def _rest(confusions: Sequence[Confusion]) -> tuple[tuple[str, ...], ...]:
    if not confusions:
        return (("no example was taken for another class",),)
    more = confusions[_WORST:]
    examples = plural(sum(each.count for each in more), "example")
    return ((f"and {plural(len(more), 'more pair')} of classes, {examples}",),) if more else ()


def _matrix(names: Sequence[str], matrix: Sequence[Sequence[int]], width: int) -> Table | None:
    """The matrix as a table, with names shortened or numbered in its heading; None where there is no room."""
    digits = max(len(str(number)) for row in matrix for number in row)
    numbered = [f"{place} {name}" for place, name in enumerate(names, 1)]
    for (rows, headings), most in product(((names, _short), (numbered, _numbers)), _NAMES):
        room = (width - min(most, max(map(cell_len, rows)))) // len(names) - GAP
        if room >= digits and len(names) <= _MOST_COLUMNS and (columns := headings(names, min(room, _HEADING))):
            cells = ((name, *map(_cell, row)) for name, row in zip(rows, matrix, strict=True))
            return Table((Column("true"), *(Column(name, "right") for name in columns)), tuple(cells))
    return None


def _cell(number: int) -> str:
    return str(number) if number else "."


def _short(names: Sequence[str], room: int) -> list[str]:
    """The names, or as much of their beginnings as there is room for; nothing if that does not tell them apart."""
    short = [name if cell_len(name) <= room else f"{set_cell_size(name, room - 1).rstrip()}…" for name in names]
    return short if len(set(short)) == len(names) else []


def _numbers(names: Sequence[str], room: int) -> list[str]:
    return [str(place) for place in range(1, len(names) + 1)] if len(str(len(names))) <= room else []
