"""`cnnspec evaluate`: a run's best weights on one of its splits."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cnnspec.cli.boundary import backend, ends_here, understood
from cnnspec.cli.options import DataRootOption, Format, FormatOption
from cnnspec.cli.screen import page, say
from cnnspec.reports.evaluation import evaluation_json, evaluation_sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.runs.folder import open_run


class Split(StrEnum):
    """Which examples."""

    train = "train"
    validation = "validation"
    test = "test"


@ends_here
def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, as in runs/digits-1.")],
    split: Annotated[Split, typer.Option("--split", help="Which examples to evaluate on.")] = Split.test,
    data_root: DataRootOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Evaluate the best weights of a run: loss and metrics over a split."""
    folder = open_run(run if run.exists() or run.is_absolute() else _below_runs(run))
    spec, graph, _ = understood(str(folder.spec), ())
    evaluation = backend("evaluate").evaluate(folder, spec, graph, split=split.value, data_root=data_root)
    say(evaluation_json(evaluation) if format is Format.json else lay_out((evaluation_sheet(evaluation),), page()))


def _below_runs(run: Path) -> Path:
    """`digits-1` means `runs/digits-1` where that is there."""
    below = Path("runs") / run
    return below if below.exists() else run
