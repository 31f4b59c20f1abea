"""How far numbers are off: how many by how much, and what was said for what is true."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.axes import upright_axis
from cnnspec.reports.evaluation import residuals_sheet
from cnnspec.reports.plot_svg import LABELLED, Line, Plot, Point, plot_svg
from cnnspec.reports.run_page.blocks import Block, Drawn, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, beside
from cnnspec.results.evaluation import Histogram, Residuals

_ACROSS = 21
"""Lines of text by which labels below a drawing are chosen."""
_MOST = 6
"""Numbers of an output that are drawn one by one."""


def residuals(runs: Sequence[Reported]) -> Section | None:
    """Nothing where no output gives numbers."""
    blocks = beside(runs, lambda run: tuple(_told(run)))
    return Section("residuals", "Residuals", blocks) if blocks else None


def _told(run: Reported) -> Iterator[Block]:
    for output in () if run.evaluation is None else run.evaluation.outputs:
        drawn = [svg for each in output.residuals[:_MOST] for svg in _drawings(each)]
        if drawn:
            left = len(output.residuals) - _MOST
            yield Tabled(residuals_sheet(output, True))
            yield Drawn(tuple(drawn))
            if left > 0:
                yield Words(f"and {left} more numbers, whose figures are above")


def _drawings(found: Residuals) -> Iterator[str]:
    of = "" if found.unit is None else f" of [{found.unit}]"
    if found.histogram is not None:
        yield plot_svg(_histogram(found.histogram, f"residuals{of}"))
    if found.pairs:
        yield plot_svg(_pairs(found.pairs, f"true and predicted{of}"))


def _histogram(found: Histogram, title: str) -> Plot:
    """Steps over the edges."""
    points: list[Point] = [(found.edges[0], 0.0, "")]
    for number, left, right in zip(found.counts, found.edges, found.edges[1:], strict=False):
        points += [(left, float(number), ""), (right, float(number), "")]
    line = Line("examples", (*points, (found.edges[-1], 0.0, "")), dotted=False)
    upright = upright_axis((0.0, *map(float, found.counts)), LABELLED)
    return Plot(title, upright_axis(found.edges, _ACROSS), upright, (line,), ("prediction minus label", ""))


def _pairs(pairs: Sequence[tuple[float, float]], title: str) -> Plot:
    """A dot for each example; on the diagonal the prediction is right."""
    every = [number for pair in pairs for number in pair]
    across, upright = upright_axis(every, _ACROSS), upright_axis(every, LABELLED)
    line = Line("examples", tuple((true, said, "") for true, said in pairs), joined=False)
    return Plot(title, across, upright, (line,), ("true", "predicted"), diagonal=True)
