"""Whether probabilities are what they say: how many of the answers with some probability are right."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.numbers import count, metric
from cnnspec.reports.plot_svg import UNIT, Line, Plot, plot_svg
from cnnspec.reports.run_page.blocks import Block, Drawn, Folded, Section, Tabled, Words
from cnnspec.reports.run_page.reported import Reported, outputs_of
from cnnspec.reports.scores import calibration_sheet
from cnnspec.results.calibration import Calibration


def calibration(runs: Sequence[Reported]) -> Section | None:
    """A drawing for each output that gives probabilities, a line for each run."""
    known = {
        name: [(run, output.calibration) for run, output in found if output.calibration is not None]
        for name, found in outputs_of(runs).items()
    }
    blocks = [block for name, found in known.items() if found for block in _told(name if len(known) > 1 else "", found)]
    return Section("calibration", "Calibration", tuple(blocks)) if blocks else None


def _told(output: str, found: Sequence[tuple[Reported, Calibration]]) -> Iterator[Block]:
    of = "answers" if found[0][1].of == "answers" else "labels"
    yield Words(
        f"on the line {of} are right as often as their probability says; below it they are too sure. The expected "
        "calibration error is the mean distance from the line, each bin by its count."
    )
    title = f"reliability{f' of output {output}' if output else ''}"
    names = [run.name for run, _ in found] if len(found) > 1 else [title]
    lines = tuple(Line(name, tuple(_points(each))) for name, (_, each) in zip(names, found, strict=True))
    named = ("mean probability in a bin", "share right" if of == "answers" else "share that hold")
    yield Drawn((plot_svg(Plot(title, UNIT, UNIT, lines, named, diagonal=True)),))
    for run, each in found:
        brier = f", Brier score {metric(each.brier)}"
        own = f"{run.name}: " if len(found) > 1 else ""
        largest = f"the bin that is furthest off by {metric(each.largest)}"
        told = f"expected calibration error {metric(each.ece)} over {count(each.count)} {of}, {largest}{brier}"
        yield Words(own + told)
        yield Folded(f"{own}the bins as a table", (Tabled(calibration_sheet(each, "")),), screen=True)


def _points(found: Calibration) -> Iterator[tuple[float, float, str]]:
    for each in found.bins:
        if each.confidence is not None and each.accuracy is not None:
            told = f"{count(each.count)} with {each.least:.2f} to {each.most:.2f}: mean {each.confidence:.3f}"
            yield each.confidence, each.accuracy, f"{told}, right {each.accuracy:.3f}"
