"""`cnnspec reproduce`: a run trained once more, and whether it came to the same."""

from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.api.reproducing import Begun, begun, threads_of
from cnnspec.cli.boundary import FINE, WRONG, announce_tensorflow, ends_here, shown_with
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.options import DataRootOption, Format, FormatOption
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import errors, flowing, page, say
from cnnspec.cli.screen import output as standard_output
from cnnspec.cli.train import command_of
from cnnspec.cli.work import Work
from cnnspec.cli.workers import LocalWorkers
from cnnspec.reports.page import put
from cnnspec.reports.reproduction import checks_sheet, data_line, reproduction_json, verdict_lines
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.reproduction import Reproduction
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.places import RUNS, below_runs
from cnnspec.runs.reproducing import checks, data_checks


@ends_here
def reproduce(
    run: RunArgument,
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="DIR", help="The folder of runs for the new one; else that of --runs."),
    ] = None,
    data_root: DataRootOption = None,
    start_from: Annotated[
        Path | None,
        Option("--start-from", metavar="RUN", help="Where the weights lie now that the run began with, if it did."),
    ] = None,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
) -> None:
    """Train a run once more, as its folder says, into a new one; ends with 0 where it is identical, with 1 where not.

    Versions, the processor, spec, seed and data are held against what they were. Nothing of the old run changes.
    """
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    found = checks(folder)
    console = errors() if format is Format.json else standard_output()
    put(console, lay_out((checks_sheet(folder.shown, found),), page(console)))
    with shown_with(analysis.texts), threads_of(folder):
        announce_tensorflow()
        origin = None if start_from is None else below_runs(start_from, runs)
        began = begun(folder, spec, graph, data_root, origin)
        data = data_checks(folder)
        put(console, flowing(shown(data_line(data, began.held)), console))
        target = output or runs
        work = Work(
            began.spec,
            graph,
            None,
            began.devices,
            began.workers,
            format,
            target,
            data_root,
            began.fold,
            began.start,
            analysis.texts,
        )
        result = work.carry_out(LocalWorkers(began.workers or 1, _command(folder, began, target)))
        told = door.reproduced.reproduced(folder, RunFolder(Path(result.run)), (*found, *data))
    _tell(told, format)
    raise SystemExit(FINE if told.identical else WRONG)


def _tell(told: Reproduction, format: Format) -> None:
    if format is Format.json:
        say(reproduction_json(told))
        return
    say("")
    for line in verdict_lines(told):
        say(flowing(shown(line)))


def _command(folder: RunFolder, began: Begun, runs: Path) -> list[str]:
    """What makes another worker train the same."""
    fold = None if began.fold is None else "/".join(map(str, began.fold))
    start = began.start
    options = {"--data-root": began.spec.folder, "--fold": fold, "--runs": runs, "--workers": began.workers}
    beginning = {} if start is None else {"--start-from": start.path, "--partial": not start.strict, "--new": start.new}
    return command_of(str(folder.spec), {**options, **beginning}, ())
