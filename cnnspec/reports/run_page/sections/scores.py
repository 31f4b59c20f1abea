"""What the runs came to on a split, and how well each class is told from the others."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.classification import class_sheets
from cnnspec.reports.evaluation import evaluation_sheets
from cnnspec.reports.numbers import count, metric
from cnnspec.reports.run_page.blocks import Block, Section, Tabled
from cnnspec.reports.run_page.paired import Pair, noises_of, pairs_of
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.runs.comparing import scores_sheet
from cnnspec.reports.runs.showing import scored_sheets
from cnnspec.reports.table import Column, Sheet, Table

_WIDTH = 100


def scores(runs: Sequence[Reported]) -> Section:
    """Several runs begin with their figures beside each other."""
    apart: tuple[Block, ...] = ()
    if len(runs) > 1:
        pairs = pairs_of(runs)
        together = scores_sheet([run.known for run in runs], noises_of(runs, pairs))
        apart = (Tabled(together), *([Tabled(_paired(pairs))] if pairs else []))
    return Section("scores", "Scores", (*apart, *beside(runs, lambda run: tuple(_told(run)))))


def _paired(pairs: Sequence[Pair]) -> Sheet:
    """A row for each run that is not the best."""
    several = len({pair.output for pair in pairs}) > 1
    columns = (
        *([Column("output")] if several else []),
        Column("best"),
        Column("beside"),
        Column("right by the best alone", "right"),
        Column("by the other alone", "right"),
        Column("p", "right"),
        Column("noise"),
    )
    rows = tuple(
        (
            *([pair.output] if several else []),
            pair.best.name,
            pair.other.name,
            *map(count, pair.alone),
            metric(pair.noise.verdict.p),
            "larger" if pair.noise.verdict.larger else "within",
        )
        for pair in pairs
    )
    how = "larger than the noise where a fair coin would be as uneven in less than one case of twenty (McNemar 1947)"
    return Sheet((f"example by example on the {pairs[0].split} split",), Table(columns, rows), ((how,),))


def _told(run: Reported) -> Iterator[Block]:
    yield from map(Tabled, scored_sheets(run.known.run))
    yield from missing(run, "scores")
    if run.evaluation is not None:
        yield from map(Tabled, evaluation_sheets(run.evaluation, _WIDTH)[:1])
        several = len(run.evaluation.outputs) > 1
        for output in run.evaluation.outputs:
            yield from map(Tabled, class_sheets(output, _WIDTH, several)[:1])
