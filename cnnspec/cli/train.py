"""`cnnspec train`: the main job."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cnnspec.cli.boundary import backend, ends_here, shown_with, understood, usage_error
from cnnspec.cli.finding import RUNS, RunsOption
from cnnspec.cli.options import DataRootOption, Format, FormatOption, SetOption, SpecArgument, standard_input
from cnnspec.cli.reporter import Reporter, planned_json, show_plan
from cnnspec.cli.screen import errors, output, page, say
from cnnspec.reports.ending import command_lines, evaluation_command
from cnnspec.reports.evaluation import run_json
from cnnspec.reports.page import put
from cnnspec.reports.safe import shown
from cnnspec.runs.fold import is_part, read_numbers
from cnnspec.runs.folder import RunFolder

FoldOption = Annotated[
    str | None,
    typer.Option(
        "--fold", metavar="K/N", help="Cut the training data into N parts, test on part K and train on the rest."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Check everything, show what the training would do, and write nothing.")
]


@ends_here
def train(
    spec: SpecArgument,
    runs: RunsOption = RUNS,
    data_root: DataRootOption = None,
    fold: FoldOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """Train a spec's network; the run's folder keeps the spec, the figures and the weights."""
    part = None if fold is None else read_fold(fold)
    read, graph, analysis = understood(spec, settings or (), standard_input)
    job = backend("train")
    if dry_run:
        with shown_with(analysis.texts):
            plan = job.plan(read, graph, data_root=data_root, fold=part)
        if format is Format.json:
            say(planned_json(plan, read, graph))
        else:
            show_plan(output(), read.shown, plan, read, graph)
        return
    reporter = Reporter(errors() if format is Format.json else output(), read, graph)
    try:
        with shown_with(analysis.texts), reporter:
            result = job.train(read, graph, runs_dir=runs, data_root=data_root, fold=part, on_event=reporter.take)
            reporter.finish()
    except KeyboardInterrupt:
        _say_interrupted(reporter)
        raise
    if format is Format.json or not page().terminal:
        say(run_json(result.run, result.metrics))


def read_fold(text: str) -> tuple[int, int]:
    """`3/10` as numbers; raises what ends the command where it is no part of a whole."""
    fold = read_numbers(text)
    if fold is None:
        raise usage_error(f"--fold {shown(text)}; expected K/N, part K of N", "write --fold 1/10")
    number, parts = fold
    if parts < 2:
        raise usage_error(f"--fold {shown(text)}; expected two parts or more", "write --fold 1/10")
    if not is_part(number, parts):
        help = f"write --fold 1/{parts} to --fold {parts}/{parts}"
        raise usage_error(f"--fold {shown(text)} is no part; expected 1 to {parts}", help)
    return fold


def _say_interrupted(reporter: Reporter) -> None:
    """What an interrupted run leaves, once there is something."""
    if reporter.run is None or not RunFolder(Path(reporter.run.path)).best.exists():
        return
    command = evaluation_command(reporter.run.path, reporter.run.plan.counts)
    said = f"interrupted after epoch {reporter.epochs}; the weights so far: {shown(reporter.run.path)}"
    if page(errors()).terminal:
        put(errors(), "\n".join([said, *command_lines([command] if command else [])]))
    else:
        put(errors(), f"{said}{f' ({shown(shlex.join(command))})' if command else ''}")
