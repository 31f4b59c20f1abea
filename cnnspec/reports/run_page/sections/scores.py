"""What the runs came to on a split, and how well each class is told from the others."""

from collections.abc import Iterator, Sequence

from cnnspec.reports.classification import class_sheets
from cnnspec.reports.evaluation import evaluation_sheets
from cnnspec.reports.run_page.blocks import Block, Section, Tabled
from cnnspec.reports.run_page.reported import Reported, beside, missing
from cnnspec.reports.runs.comparing import scores_sheet
from cnnspec.reports.runs.showing import scored_sheets

_WIDTH = 100


def scores(runs: Sequence[Reported]) -> Section:
    """Several runs begin with their figures beside each other."""
    apart: tuple[Block, ...] = ()
    if len(runs) > 1:
        apart = (Tabled(scores_sheet([run.known for run in runs])),)
    return Section("scores", "Scores", (*apart, *beside(runs, lambda run: tuple(_told(run)))))


def _told(run: Reported) -> Iterator[Block]:
    yield from map(Tabled, scored_sheets(run.known.run))
    yield from missing(run, "scores")
    if run.evaluation is not None:
        yield from map(Tabled, evaluation_sheets(run.evaluation, _WIDTH)[:1])
        several = len(run.evaluation.outputs) > 1
        for output in run.evaluation.outputs:
            yield from map(Tabled, class_sheets(output, _WIDTH, several)[:1])
