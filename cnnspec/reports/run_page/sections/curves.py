"""Losses and metrics by epoch: of one run those of training and validation in one drawing, of several theirs."""

from collections.abc import Sequence

from cnnspec.reports.curves_svg import curves_plot
from cnnspec.reports.plot_svg import Plot, plot_svg
from cnnspec.reports.run_page.blocks import Drawn, Section, Words
from cnnspec.reports.run_page.reported import Reported
from cnnspec.runs.log import BESIDE

_VALIDATION = "val_"
_MOST = 24
"""Drawings at the most."""


def curves(runs: Sequence[Reported]) -> Section:
    """A drawing for each figure; one that only training has, as the learning rate, at the end."""
    names = [name.removeprefix(_VALIDATION) for run in runs for name in run.log.figures if name not in BESIDE]
    drawn = [plot for name in dict.fromkeys((*names, "learning_rate")) if (plot := _plot(runs, name)) is not None]
    blocks = (Drawn(tuple(map(plot_svg, drawn[:_MOST]))),) if drawn else (Words("no epoch ended", missing=True),)
    return Section("curves", "Curves", blocks)


def _plot(runs: Sequence[Reported], name: str) -> Plot | None:
    series: dict[str, Sequence[float]] = {}
    lying: dict[str, str] = {}
    validated = f"{_VALIDATION}{name}"
    for run in runs:
        trained, measured = (f"{run.name} train", f"{run.name} val") if len(runs) > 1 else (name, validated)
        if validated in run.log.figures:
            series[measured] = run.log.figures[validated]
            lying[trained] = measured
        elif len(runs) > 1:
            trained = run.name
        if name in run.log.figures:
            series[trained] = run.log.figures[name]
    return curves_plot(series, name, lying)
