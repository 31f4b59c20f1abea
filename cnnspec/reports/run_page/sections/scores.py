"""What the runs came to on a split, and how well each class is told from the others."""

import math
from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.axes import Axis, upright_axis
from cnnspec.reports.classification import classes_sheet
from cnnspec.reports.evaluation import figures_sheet
from cnnspec.reports.numbers import count, metric
from cnnspec.reports.plot_svg import Line, Plot, plot_svg
from cnnspec.reports.run_page.blocks import Block, Drawn, Section, Tabled, Words
from cnnspec.reports.run_page.paired import Pair, noises_of, pairs_of, unlike
from cnnspec.reports.run_page.reported import Reported, beside, missing, outputs_of
from cnnspec.reports.runs.comparing import scores_sheet
from cnnspec.reports.runs.showing import scored_sheets
from cnnspec.reports.scores import between, intervals_of
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.intervals import Interval
from cnnspec.results.noise import Verdict

_MOST_DRAWN = 6
_ACROSS = 21
"""Lines of text by which labels below a drawing are chosen."""


def scores(runs: Sequence[Reported]) -> Section:
    """Several runs begin with their figures beside each other."""
    apart: tuple[Block, ...] = ()
    if len(runs) > 1:
        pairs = pairs_of(runs)
        together = scores_sheet([run.known for run in runs], noises_of(runs, pairs))
        alone = (Words(f"examples are not compared in pairs: {why}"),) if (why := unlike(runs)) else ()
        apart = (Tabled(together), *map(Tabled, _paired(pairs)), *alone, *_intervals(runs))
    return Section("scores", "Scores", (*apart, *beside(runs, lambda run: tuple(_told(run)))))


def _intervals(runs: Sequence[Reported]) -> Iterator[Block]:
    """A drawing for each figure of which several runs have an interval, an interval for each run."""
    drawn = []
    for output, found in outputs_of(runs).items():
        known = [(run.name, intervals_of(figures)) for run, figures in found]
        names = dict.fromkeys(name for _, intervals in known for name in intervals)
        several = f" of {output}" if len(found[0][0].evaluation.outputs if found[0][0].evaluation else ()) > 1 else ""
        for name in names:
            ends = {run: intervals[name] for run, intervals in known if name in intervals}
            drawn += [plot_svg(_beside(f"{name}{several}, 95 % intervals", ends))] if len(ends) > 1 else []
    if drawn:
        yield Drawn(tuple(drawn[:_MOST_DRAWN]))


def _beside(title: str, ends: Mapping[str, Interval]) -> Plot:
    """A line from end to end for each run, one below the other, with the figure between."""
    every = [value for each in ends.values() for value in (each.least, each.value, each.most)]
    lines = tuple(
        Line(name, tuple((value, -float(number), f"{name}: {metric(each.value)}, {between(each)}") for value in values))
        for number, (name, each) in enumerate(ends.items())
        for values in ((each.least, each.value, each.most),)
    )
    return Plot(title, upright_axis(every, _ACROSS), Axis(-len(ends) + 0.0, 1.0, ()), lines)


def _paired(pairs: Sequence[Pair]) -> Iterator[Sheet]:
    """Of answers that are right or wrong, and of numbers, a row for each run that is not the best."""
    right, numbers = ([pair for pair in pairs if (pair.alone is None) is of_numbers] for of_numbers in (False, True))
    if right:
        columns = (Column("right by the best alone", "right"), Column("by the other alone", "right"))
        how = "where a fair coin would be as uneven in less than one case of twenty (McNemar 1947)"
        yield _pair_sheet(right, columns, [tuple(map(count, pair.alone or ())) for pair in right], how)
    if numbers:
        columns = (Column("apart", "right"), Column("95 % interval"))
        cells = [_apart(pair.noise.verdict) for pair in numbers]
        how = "where the mean of the differences is as far from 0 in less than one case of twenty (Student's t)"
        yield _pair_sheet(
            numbers,
            (Column("figure"), *columns),
            [(pair.figure, *each) for pair, each in zip(numbers, cells, strict=True)],
            how,
        )


def _apart(verdict: Verdict) -> tuple[str, str]:
    """How much less the best has, and between which bounds that is."""
    return metric(-verdict.difference), f"{metric(-verdict.high)} to {metric(-verdict.low)}"


def _pair_sheet(pairs: Sequence[Pair], told: Sequence[Column], cells: Sequence[tuple[str, ...]], how: str) -> Sheet:
    several = len({pair.output for pair in pairs}) > 1
    columns = (
        *([Column("output")] if several else []),
        Column("best"),
        Column("beside"),
        *told,
        Column("p", "right"),
        Column("noise"),
    )
    rows = tuple(
        (
            *([pair.output] if several else []),
            pair.best.name,
            pair.other.name,
            *each,
            "" if math.isnan(pair.noise.verdict.p) else metric(pair.noise.verdict.p),
            "larger" if pair.noise.verdict.larger else "within",
        )
        for pair, each in zip(pairs, cells, strict=True)
    )
    heading = (f"example by example on the {pairs[0].split} split",)
    return Sheet(heading, Table(columns, rows), ((f"larger than the noise {how}",),))


def _told(run: Reported) -> Iterator[Block]:
    yield from map(Tabled, scored_sheets(run.known.run))
    yield from missing(run, "scores")
    if run.evaluation is not None:
        several = len(run.evaluation.outputs) > 1
        yield Tabled(figures_sheet(run.evaluation, several))
        sheets = (classes_sheet(output, several) for output in run.evaluation.outputs)
        yield from (Tabled(sheet) for sheet in sheets if sheet is not None)
