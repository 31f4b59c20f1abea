"""`cnnspec evaluate`: a run's best weights on one of its splits."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import announce_tensorflow, ends_here, shown_with, usage_error
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.new_file import already_there, check_new_file
from cnnspec.cli.options import DataRootOption, Format, FormatOption
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.evaluation import evaluation_json, evaluation_sheets
from cnnspec.reports.mistaken import mistakes_csv
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.evaluation import MOST_MISTAKES, Evaluation, with_worst
from cnnspec.runs.files import AlreadyThere, write_with
from cnnspec.runs.places import RUNS


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
    data: Annotated[
        Path | None,
        Option("--data", metavar="PATH", help="Evaluate on what lies there, read as the run's own data is."),
    ] = None,
    by: Annotated[
        str, Option("--by", metavar="COLUMN", help="Tell figures for each value of a column of the data, too.")
    ] = "",
    groups: Annotated[
        str,
        Option("--groups", metavar="COLUMN", help="Examples with one value there belong together: for the intervals."),
    ] = "",
    threshold: Annotated[
        str,
        Option(
            "--threshold",
            metavar="auto|NUMBER",
            help="From which probability on yes is said, or an answer is sure: what is best on the validation split, "
            "or a number. Kept in the run, for predict --unsure.",
        ),
    ] = "",
    changed_data: Annotated[
        bool, Option("--changed-data", help="Go on where the data is not what it was when the run was trained.")
    ] = False,
    mistakes: Annotated[
        Path | None,
        Option("--mistakes", metavar="FILE.csv", help="Write every example that was mistaken into this file."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a file of mistakes that is there.")] = False,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
) -> None:
    """Evaluate the best weights of a run: loss, metrics and, for classes, how well each is told from the others."""
    if mistakes is not None:
        check_new_file(mistakes, force, "--mistakes", ".csv")
    value = _threshold(threshold)
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with shown_with(analysis.texts):
        announce_tensorflow()
        if not (spec.training and spec.training.xla):  # as it was trained: its figures then, to the last digit
            door.startup.make_repeatable()
        thresholds = (
            door.thresholds.keep_thresholds(
                folder, spec, graph, value, data_root=data_root if data is None else None, changed_data=changed_data
            )
            if threshold
            else ()
        )
        evaluation = door.evaluate.evaluate(
            folder,
            spec,
            graph,
            split=split.value,
            data_root=data_root,
            changed_data=changed_data,
            data=data,
            by=by,
            groups=groups,
            thresholds=thresholds,
            most=None if mistakes else MOST_MISTAKES,
        )
    if mistakes is not None:
        _write(mistakes, evaluation, force)
        evaluation = with_worst(evaluation)
    if format is Format.json:
        say(evaluation_json(evaluation))
    else:
        file = "" if mistakes is None else str(mistakes)
        say(lay_out(evaluation_sheets(evaluation, page().width, file), page()))


def _threshold(written: str) -> float | None:
    """The number, None for auto or nothing; shows and raises what ends the command for anything else."""
    if written in ("", "auto"):
        return None
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise usage_error(f"--threshold {shown(written)} is no probability", "write auto, or a number from 0 to 1")
    return value


def _write(path: Path, evaluation: Evaluation, force: bool) -> None:
    """Write all mistakes."""

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(mistakes_csv(evaluation))

    try:
        write_with(path, write, force)
    except AlreadyThere:
        raise already_there(path) from None
