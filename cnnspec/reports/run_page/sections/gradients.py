"""The sizes of gradients and activations by stage, where the training watched them."""

import math
from collections.abc import Iterator, Mapping, Sequence

from cnnspec.reports.curves_svg import curves_plot
from cnnspec.reports.plot_svg import plot_svg
from cnnspec.reports.run_page.blocks import Block, Drawn, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside
from cnnspec.reports.runs.watching import compared_sheet, watched_sheets

_HOW = "not watched; training.watch: [gradients, activations] writes them down while a run is trained"


def gradients(runs: Sequence[Reported]) -> Section:
    """Tables for each run, the gradients over all epochs as lines; several runs begin with their gradients together."""
    together = compared_sheet({run.name: run.log.watched for run in runs})
    first: tuple[Block, ...] = (Tabled(together),) if together is not None else ()
    return Section("gradients", "Gradient health", (*first, *beside(runs, lambda run: tuple(_told(run)))))


def _told(run: Reported) -> Iterator[Block]:
    if not run.log.watched:
        yield Words(_HOW)
        return
    yield from map(Tabled, watched_sheets(run.log.watched))
    drawn = [_drawn(run, *told) for told in _figures(run)]
    if any(drawn):
        yield Drawn(tuple(filter(None, drawn)))


def _figures(run: Reported) -> Iterator[tuple[str, Mapping[int, Mapping[str, float]]]]:
    """What is drawn: by epoch, a number for each stage."""
    watched = run.log.watched
    yield "gradients by epoch", {epoch: each.gradients for epoch, each in watched.items()}
    spread = {
        epoch: {stage: activity.deviation for stage, activity in each.activations.items()}
        for epoch, each in watched.items()
    }
    yield "deviation of outputs by epoch", spread


def _drawn(run: Reported, title: str, epochs: Mapping[int, Mapping[str, float]]) -> str:
    """A line for each stage on a logarithmic axis; empty where there are not two epochs."""
    stages = list(dict.fromkeys(stage for each in epochs.values() for stage in each))
    series = {
        stage: [epochs.get(epoch, {}).get(stage, math.nan) for epoch in range(run.log.epochs)] for stage in stages
    }
    plot = curves_plot(series, title, logarithmic=True)
    return "" if plot is None or run.log.epochs < 2 else plot_svg(plot)
