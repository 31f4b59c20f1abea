"""`cnnspec evaluate`: a run's best weights on one of its splits."""

from enum import StrEnum
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import announce_tensorflow, ends_here, shown_with
from cnnspec.cli.completers import RUNS
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.options import DataRootOption, Format, FormatOption
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.evaluation import evaluation_json, evaluation_sheets
from cnnspec.reports.terminal import lay_out


class Split(StrEnum):
    """Which examples."""

    train = "train"
    validation = "validation"
    test = "test"


@ends_here
def evaluate(
    run: RunArgument,
    split: Annotated[Split, Option("--split", help="Which examples to evaluate on.")] = Split.test,
    data_root: DataRootOption = None,
    changed_data: Annotated[
        bool, Option("--changed-data", help="Go on where the data is not what it was when the run was trained.")
    ] = False,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
) -> None:
    """Evaluate the best weights of a run: loss, metrics and, for classes, how well each is told from the others."""
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with shown_with(analysis.texts):
        announce_tensorflow()
        evaluation = door.evaluate.evaluate(
            folder, spec, graph, split=split.value, data_root=data_root, changed_data=changed_data
        )
    if format is Format.json:
        say(evaluation_json(evaluation))
    else:
        say(lay_out(evaluation_sheets(evaluation, page().width), page()))
