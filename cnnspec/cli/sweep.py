"""`cnnspec sweep`: which values of a spec do best."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from rich.console import Console

from cnnspec.api.sweeping import asked, require_optuna, swept, with_options
from cnnspec.cli.boundary import WRONG, announce_tensorflow, ends_here, misused, shown_with
from cnnspec.cli.completers import complete_spec
from cnnspec.cli.finding import RunsOption
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import DataRootOption, Format, FormatOption, SetOption
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.screen import errors, flowing, output, page, say, show_diagnostics
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.page import put
from cnnspec.reports.progress import SweepProgress
from cnnspec.reports.safe import shown
from cnnspec.reports.sweep.as_json import sweep_json
from cnnspec.reports.sweep.pictures import sweep_svg
from cnnspec.reports.sweep.table import best_command, planned_sheets, sweep_sheets
from cnnspec.reports.terminal import lay_out
from cnnspec.results.sweep import Sweep
from cnnspec.runs.files import write_text
from cnnspec.runs.places import RUNS
from cnnspec.stopping import Stopping
from cnnspec.sweeps.checked import Checked
from cnnspec.sweeps.request import TRIALS, Mistaken, read_request


class Sampler(StrEnum):
    """How values are chosen."""

    tpe = "tpe"
    random = "random"
    grid = "grid"


class Pruner(StrEnum):
    """What ends a trial early."""

    none = "none"
    median = "median"
    halving = "halving"


_GOING_ON = "the same command goes on with the study, and trains no finished trial again"


@ends_here
def sweep(
    spec: Annotated[
        str,
        Argument(
            metavar="SPEC",
            help="A spec: file.yaml or a bundled name, with @variant if wanted; or a file with a sweep of its own.",
            completion=complete_spec,
        ),
    ],
    over: Annotated[
        list[str] | None,
        Option(
            "--over",
            metavar="PATH=VALUES",
            help="What to try: 'training.batch_size=[16, 32, 64]', or a range, "
            "'training.optimizer.adamw.learning_rate=1e-4..1e-2 log'; may be given again.",
        ),
    ] = None,
    trials: Annotated[
        int | None,
        Option("--trials", metavar="N", min=1, help=f"How many combinations to try; {TRIALS}, or all of a grid."),
    ] = None,
    seeds: Annotated[
        int | None, Option("--seeds", metavar="N", min=1, help="How many seeds to train each with; 1 otherwise.")
    ] = None,
    sampler: Annotated[
        Sampler | None, Option("--sampler", help="How to choose: by what did well (tpe), at random, or all of a grid.")
    ] = None,
    pruner: Annotated[
        Pruner | None, Option("--pruner", help="End a trial early that is worse than most, epoch by epoch.")
    ] = None,
    monitor: Annotated[
        str | None,
        Option("--monitor", metavar="FIGURE", help="What is to get better; else what says which epoch is the best."),
    ] = None,
    study: Annotated[
        Path | None,
        Option("--study", metavar="FILE", help="Its file, which processes and machines share; else beside the runs."),
    ] = None,
    picture: Annotated[
        Path | None,
        Option("--output", "-o", metavar="FILE.svg", help="Draw its course, and a slice for each path."),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace a picture that is there.")] = False,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Check everything, show what would be tried and how the study stands.")
    ] = False,
    runs: RunsOption = RUNS,
    data_root: DataRootOption = None,
    format: FormatOption = Format.table,
    settings: SetOption = None,
) -> None:
    """Try values of a spec, train each with as many seeds as wanted, and tell which did best and what mattered."""
    if picture is not None:
        check_new_file(picture, force, "-o", ".svg")
    with misused():
        require_optuna()
    with shown_with({}), _placed():
        request = with_options(
            read_request(spec, over or ()),
            settings or (),
            trials,
            seeds,
            None if sampler is None else sampler.value,
            None if pruner is None else pruner.value,
            monitor,
        )
        held, base = asked(request)
    show_diagnostics([each for each in base.diagnostics if each.severity == "warning"], base.texts)
    with shown_with(base.texts):
        if dry_run:
            found = swept(held, runs, data_root, study, dry_run=True)
        else:
            found = _carried_out(held, runs, data_root, study, errors() if format is Format.json else output())
    if picture is not None:
        write_text(picture, sweep_svg(found))
    if format is Format.json:
        say(sweep_json(found))
        return
    say(lay_out(planned_sheets(found) if dry_run else sweep_sheets(found), page()))
    if picture is not None:
        say(f"picture: {shown(str(picture))}")
    if command := best_command(found):
        say("\n" + "\n".join(titled_commands([("the best again", command)], page())))


@contextmanager
def _placed() -> Iterator[None]:
    """What is wrong with what the sweep is to go over is shown with its lines."""
    try:
        yield
    except Mistaken as mistakes:
        show_diagnostics(mistakes.diagnostics, mistakes.texts)
        raise SystemExit(WRONG) from None


def _carried_out(held: Checked, runs: Path, data_root: Path | None, study: Path | None, console: Console) -> Sweep:
    """The sweep, once nothing is left of it to train here."""

    def end(unsaved: bool) -> None:
        put(errors(), flowing(f"ended at once; {_GOING_ON}", errors()))

    stopping = Stopping(end)
    announce_tensorflow()
    try:
        with stopping.heeded(), stopping.held(), SweepProgress(console, held.monitor) as progress:
            return swept(held, runs, data_root, study, progress.take, stopping)
    except KeyboardInterrupt:
        put(errors(), flowing(f"interrupted; its state is saved: {_GOING_ON}", errors()))
        raise
