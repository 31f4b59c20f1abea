"""What was taken for what: a shaded square of classes."""

import math
from collections.abc import Iterator, Sequence

from cnnspec.reports.numbers import count
from cnnspec.reports.run_page.blocks import Block, Matrix, Section, Shade, Words
from cnnspec.reports.run_page.reported import Reported, beside
from cnnspec.results.evaluation import OutputFigures

_MOST = 100
"""A larger square cannot be read; the worst pairs stand with the scores."""
_LEVELS = 9


def confusion(runs: Sequence[Reported]) -> Section | None:
    """Nothing where no output chooses one class."""
    blocks = beside(runs, lambda run: tuple(_told(run)))
    return Section("confusion", "What was taken for what", blocks) if blocks else None


def _told(run: Reported) -> Iterator[Block]:
    outputs = () if run.evaluation is None else run.evaluation.outputs
    for output in (each for each in outputs if each.form == "class" and each.classes):
        if len(outputs) > 1:
            yield Words(f"output {output.output}")
        if output.matrix is None or len(output.classes) > _MOST:
            yield Words(f"{count(len(output.classes))} classes, too many for a square; the worst pairs are above")
        else:
            yield Words("a row for each true class, a column for what it was taken for; shaded by the share of the row")
            yield _matrix(output, output.matrix)


def _matrix(output: OutputFigures, matrix: Sequence[Sequence[int]]) -> Matrix:
    names = tuple(each.name for each in output.classes)
    rows = tuple(
        tuple(_shade(names, row, column, cells) for column in range(len(names))) for row, cells in enumerate(matrix)
    )
    return Matrix("true", names, rows)


def _shade(names: Sequence[str], row: int, column: int, cells: Sequence[int]) -> Shade:
    number, share = cells[column], cells[column] / max(1, sum(cells))
    level = math.ceil(math.sqrt(share) * _LEVELS)  # mistakes are few, and are to be seen
    told = f"{count(number)} of {names[row]} taken for {names[column]}, {share:.1%}"
    return Shade(count(number) if number else "", level, row == column, told)
