"""`cnnspec runs`: what was run, with which settings, and what came of it."""

import shlex
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cnnspec.analysis import Analysis, analyse
from cnnspec.api.runs import list_runs as runs_of_folder
from cnnspec.api.runs import require_figure
from cnnspec.cli.boundary import ends_here, misused, usage_error
from cnnspec.cli.command import Command
from cnnspec.cli.completers import complete_run
from cnnspec.cli.finding import RunArgument, RunsOption, find_run
from cnnspec.cli.options import Format, FormatOption
from cnnspec.cli.parameters import Argument, Option
from cnnspec.cli.runs_changed import note_run, remove_runs, tag_run
from cnnspec.cli.screen import page, say
from cnnspec.reports.commands import titled_commands
from cnnspec.reports.curves import titled_curve
from cnnspec.reports.examples import inputs_of
from cnnspec.reports.numbers import plural
from cnnspec.reports.runs.as_json import compare_json, run_json
from cnnspec.reports.runs.collect import differing, judged, known, listed, noises, told_apart
from cnnspec.reports.runs.comparing import paired_command, scores_sheet, settings_sheet
from cnnspec.reports.runs.listing import runs_sheet
from cnnspec.reports.runs.showing import command_lines, next_commands, python_line, run_sheets, shown_run
from cnnspec.reports.runs.watching import compared_sheet, watched_sheets
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.runs.condition import WHERE
from cnnspec.runs.folder import RunFolder, refuse_twice
from cnnspec.runs.history import read_run
from cnnspec.runs.log import read_log
from cnnspec.runs.places import RUNS

app = typer.Typer(help="What was run, with which settings and scores.", invoke_without_command=True)

_NEWEST = 20
_SMALL, _LARGE = 8, 14
"""Lines of the curves of one run, and of several."""

SortOption = Annotated[
    str | None,
    Option("--sort", metavar="NAME", help="Best first by a figure, as in test_accuracy; smallest first by what else."),
]
ReverseOption = Annotated[bool, Option("--reverse", help="The other way round.")]
WhereOption = Annotated[
    str | None,
    Option("--where", metavar="CONDITION", help="Only those runs, as in 'val_accuracy>0.9 and spec==digits'."),
]


class ListFormat(StrEnum):
    """How a list of runs is written."""

    table = "table"
    json = "json"
    csv = "csv"


ListFormatOption = Annotated[ListFormat, Option("--format", help="How to print it.")]
AllOption = Annotated[bool, Option("--all", help=f"Every run; else at most {_NEWEST}.")]
MetricOption = Annotated[
    str | None,
    Option("--metric", metavar="FIGURE", help="Which figure to draw; by default what says which is best."),
]


@app.callback()
def default(
    context: typer.Context,
    runs: RunsOption = RUNS,
    where: WhereOption = None,
    sort: SortOption = None,
    reverse: ReverseOption = False,
    every: AllOption = False,
    format: ListFormatOption = ListFormat.table,
) -> None:
    """What was run, with which settings and scores; without a command, one line for every run."""
    command = context.invoked_subcommand
    if command is None:
        list_runs(runs, where, sort, reverse, every, format)
        return
    given = {
        f"--runs {runs}": runs != RUNS,
        f"--where {shlex.quote(where or '')}": where,
        f"--sort {sort}": sort,
        "--reverse": reverse,
        "--all": every,
        f"--format {format}": format != "table",
    }
    if early := [written for written, is_given in given.items() if is_given]:
        help = f"write it behind: cnnspec runs {command} ... {' '.join(early)}"
        raise usage_error(f"{early[0].split()[0]} before the command {command}", help)


@app.command("list", short_help="One line for every run", cls=Command)
@ends_here
def list_runs(
    runs: RunsOption = RUNS,
    where: WhereOption = None,
    sort: SortOption = None,
    reverse: ReverseOption = False,
    every: AllOption = False,
    format: ListFormatOption = ListFormat.table,
) -> None:
    """One line for every run: how it ended, its best figures, and what was changed since the one before."""
    with misused({WHERE: where or ""}):
        found = runs_of_folder(runs, sort, where, reverse=reverse)
    if format is not ListFormat.table:
        say(found.to_json() if format is ListFormat.json else found.to_csv(), end="\n" * (format is ListFormat.json))
        return
    kept = found.told if every else found.told[:_NEWEST]
    if kept:
        left_out = len(found) - len(kept)
        say(lay_out((runs_sheet(listed(kept, found.among), sort or "", left_out),), page()))
    elif found.among:
        say(f"of {plural(len(found.among), 'run')} none is so")
    else:
        say(f"there is no run in {shown(str(runs))} yet; try: cnnspec train digits")


@app.command("show", short_help="One run: settings, scores, curve, files", cls=Command)
@ends_here
def show_run(
    run: RunArgument, metric: MetricOption = None, runs: RunsOption = RUNS, format: FormatOption = Format.table
) -> None:
    """One run: its settings, what was chosen by itself, where it ran, its scores and its curve."""
    folder = find_run(run, runs)
    found, log = read_run(folder), read_log(folder)
    asked = known(found)
    with misused():
        require_figure(metric, log.figures, "this run")
    if format is Format.json:
        say(run_json(asked, log))
        return
    analysis = analyse(str(folder.spec), trained=True)
    say(lay_out(run_sheets(shown_run(asked, analysis.graph)), page()))
    name = (metric or judged([asked], [log])).removeprefix("val_")
    _draw({each: log.figures[each] for each in (name, f"val_{name}") if each in log.figures}, name, _SMALL, log.phases)
    if sheets := watched_sheets(log.watched):
        say(Text("\n").append_text(lay_out(sheets, page())))
    say("\n" + command_lines(found, next_commands(asked, _given(folder, analysis)), page()))
    if line := python_line(asked):
        say(line)


app.command("rm", short_help="Remove runs for good", cls=Command)(remove_runs)
app.command("tag", short_help="Give a run tags, or take them", cls=Command)(tag_run)
app.command("note", short_help="Let a run have a note", cls=Command)(note_run)


@app.command("compare", short_help="Settings that differ, scores and curves of several runs", cls=Command)
@ends_here
def compare_runs(
    compared: Annotated[list[Path], Argument(metavar="RUN", help="Two runs or more.", completion=complete_run)],
    metric: MetricOption = None,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
) -> None:
    """Runs beside each other: the settings in which they differ, their scores, their curves.

    Of each figure it says whether the best run is better than the next by more than the noise, and how that is known.
    """
    folders = [find_run(run, runs) for run in compared]
    with misused():
        refuse_twice(folder.shown for folder in folders)
    if len(folders) < 2:
        raise usage_error("one run alone cannot be compared", "name two runs or more, or cnnspec runs show RUN")
    beside = told_apart([read_run(folder) for folder in folders])
    logs = [read_log(folder) for folder in folders]
    with misused():
        require_figure(metric, [name for log in logs for name in log.figures], "these runs")
    drawn = metric or judged(beside, logs)
    differences = differing(beside)
    if format is Format.json:
        say(compare_json(beside, differences, logs, noises(beside)))
        return
    say(lay_out((settings_sheet(beside, differences), scores_sheet(beside, found := noises(beside))), page()))
    lines = {each.name: log.figures.get(drawn, ()) for each, log in zip(beside, logs, strict=True)}
    alike = logs[0].phases if len({log.phases for log in logs}) == 1 else ()
    _draw(lines, drawn, _LARGE, alike)
    if sheet := compared_sheet({each.name: log.watched for each, log in zip(beside, logs, strict=True)}):
        say(Text("\n").append_text(lay_out((sheet,), page())))
    if command := paired_command(beside, found):
        say("\n" + "\n".join(titled_commands([("the same examples in pairs", command)], page())))


def _draw(lines: Mapping[str, Sequence[float]], title: str, height: int, phases: Sequence[str]) -> None:
    """The curves, unless no run has two epochs."""
    if drawn := titled_curve(lines, title, page().width - 1, height, page(), phases):
        say(Text("\n").append_text(drawn))


def _given(folder: RunFolder, analysis: Analysis) -> list[str]:
    """What the run can be given to predict; in general words where its spec has mistakes."""
    if analysis.spec is None or analysis.graph is None:
        return ["INPUT"]
    return inputs_of(folder, analysis.spec, analysis.graph)
