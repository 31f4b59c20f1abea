"""What each threshold makes of a probability, where there are two classes or labels: ROC, precision and recall."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnspec.reports.plot_svg import UNIT, Line, Plot, Point, plot_svg
from cnnspec.reports.run_page.blocks import Block, Drawn, Section, Tabled
from cnnspec.reports.run_page.reported import Reported, outputs_of
from cnnspec.reports.scores import threshold_note, threshold_sheet
from cnnspec.results.evaluation import OutputFigures
from cnnspec.results.threshold_curves import ThresholdCurves

Named = tuple[str, ThresholdCurves]


def thresholds(runs: Sequence[Reported]) -> Section | None:
    """Two drawings for each output that has such curves, a line for each run and label; then their areas."""
    blocks = [block for name, found in outputs_of(runs).items() for block in _told(name, _named(runs, found), found)]
    return Section("thresholds", "Thresholds", tuple(blocks)) if blocks else None


def _named(runs: Sequence[Reported], found: Sequence[tuple[Reported, OutputFigures]]) -> list[Named]:
    several = len(runs) > 1
    return [
        (f"{run.name} {each.name}" if several else each.name, each) for run, output in found for each in output.curves
    ]


def _told(output: str, curves: Sequence[Named], found: Sequence[tuple[Reported, OutputFigures]]) -> Iterator[Block]:
    if not curves:
        return
    roc = tuple(Line(name, tuple(_roc(each)), dotted=False) for name, each in curves)
    recall = tuple(Line(name, tuple(_recall(each)), dotted=False) for name, each in curves)
    yield Drawn(
        (
            plot_svg(Plot("ROC", UNIT, UNIT, roc, ("false positive rate", "true positive rate"), diagonal=True)),
            plot_svg(Plot("precision and recall", UNIT, UNIT, recall, ("recall", "precision"))),
        )
    )
    named = tuple(replace(each, name=name) for name, each in curves)
    yield Tabled(threshold_sheet(named, f"output {output}", threshold_note(found[0][1])))


def _roc(curves: ThresholdCurves) -> Iterator[Point]:
    for false, true in zip(curves.roc.false_positive_rates, curves.roc.true_positive_rates, strict=True):
        yield false, true, ""


def _recall(curves: ThresholdCurves) -> Iterator[Point]:
    for recall, precision in zip(curves.precision_recall.recalls, curves.precision_recall.precisions, strict=True):
        yield recall, precision, ""
