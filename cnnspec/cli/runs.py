"""`cnnspec runs`: what was run, with which settings, and what came of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cnnspec.analysis import Analysis, analyse
from cnnspec.cli.boundary import ends_here, usage_error
from cnnspec.cli.command import Command
from cnnspec.cli.finding import RUNS, RunArgument, RunsOption, complete_run, find_run
from cnnspec.cli.giving import inputs_of
from cnnspec.cli.options import Format, FormatOption
from cnnspec.cli.screen import page, say
from cnnspec.graph.facts import totals
from cnnspec.graph.nodes import Graph
from cnnspec.reports.curves import curve
from cnnspec.reports.numbers import count, macs
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.comparing import scores_sheet, settings_sheet
from cnnspec.reports.runs.data import compare_json, run_json, runs_json
from cnnspec.reports.runs.facts import Known
from cnnspec.reports.runs.listing import Listed, runs_sheet
from cnnspec.reports.runs.showing import Shown, command_lines, run_sheets
from cnnspec.reports.runs.watching import compared_sheet, watched_sheets
from cnnspec.reports.safe import shown
from cnnspec.reports.terminal import lay_out
from cnnspec.results.history import Run
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import file_sizes, find_runs, newest_first, read_run
from cnnspec.runs.log import Log, read_log
from cnnspec.runs.resumption import resumption, spread_of
from cnnspec.runs.settings import differences, flattened, read_settings
from cnnspec.source.diagnostic import suggestion

app = typer.Typer(help="What was run, with which settings and scores.", invoke_without_command=True)

_SHOWN = frozenset({"vars", "data", "training", "fold"})
"""The sections whose settings are shown; the network is one line."""
_NEWEST = 20
_SMALL, _LARGE = 8, 14
"""Lines of the curves of one run, and of several."""

SortOption = Annotated[
    str | None,
    typer.Option("--sort", metavar="FIGURE", help="Best first by a figure, as in test_accuracy; else newest first."),
]
AllOption = Annotated[bool, typer.Option("--all", help=f"Every run; else at most {_NEWEST}.")]
MetricOption = Annotated[
    str | None,
    typer.Option("--metric", metavar="FIGURE", help="Which figure to draw; by default what says which is best."),
]


@app.callback()
def default(context: typer.Context) -> None:
    """What was run, with which settings and scores."""
    if context.invoked_subcommand is None:
        list_runs()


@app.command("list", short_help="One line for every run", cls=Command)
@ends_here
def list_runs(
    runs: RunsOption = RUNS, sort: SortOption = None, every: AllOption = False, format: FormatOption = Format.table
) -> None:
    """One line for every run: how it ended, its best figures, and what was changed since the one before."""
    found = _sorted([read_run(folder) for folder in _folders(runs)], sort)
    kept = found if every or format is Format.json else found[:_NEWEST]
    if format is Format.json:
        say(runs_json([_known(run) for run in kept]))
    elif kept:
        say(lay_out((runs_sheet(_listed(kept, found), sort or "", len(found) - len(kept)),), page()))
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
    known = _known(found)
    _require(metric, log.figures, "this run")
    if format is Format.json:
        say(run_json(known, log.figures, log.watched))
        return
    settings = [item for item in flattened(known.settings) if item[0].partition(".")[0] in _SHOWN]
    analysis = analyse(str(folder.spec))
    say(lay_out(run_sheets(Shown(known, settings, _network(analysis.graph), file_sizes(folder))), page()))
    name = (metric or _judged([known], [log])).removeprefix("val_")
    _draw({each: log.figures[each] for each in (name, f"val_{name}") if each in log.figures}, name, _SMALL)
    if sheets := watched_sheets(log.watched):
        say(Text("\n").append_text(lay_out(sheets, page())))
    say("\n" + command_lines(known.run, _next(found, known.settings, _given(folder, analysis)), page()))


@app.command("compare", short_help="Settings that differ, scores and curves of several runs", cls=Command)
@ends_here
def compare_runs(
    compared: Annotated[
        list[Path], typer.Argument(metavar="RUN", help="Two runs or more.", autocompletion=complete_run)
    ],
    metric: MetricOption = None,
    runs: RunsOption = RUNS,
    format: FormatOption = Format.table,
) -> None:
    """Runs beside each other: the settings in which they differ, their scores, their curves."""
    folders = list(dict.fromkeys(find_run(run, runs) for run in compared))
    if len(folders) < 2:
        raise usage_error("one run alone cannot be compared", "name two runs or more, or cnnspec runs show RUN")
    found = [read_run(folder) for folder in folders]
    known = _named(found)
    logs = [read_log(folder) for folder in folders]
    _require(metric, [name for log in logs for name in log.figures], "these runs")
    drawn = metric or _judged(known, logs)
    differing = list(
        differences([{**each.settings, **run.environment.compared} for each, run in zip(known, found, strict=True)])
    )
    if format is Format.json:
        say(compare_json(known, differing, [log.figures for log in logs], [log.watched for log in logs]))
        return
    say(lay_out((settings_sheet(known, differing), scores_sheet(known)), page()))
    lines = {each.name: log.figures.get(drawn, ()) for each, log in zip(known, logs, strict=True)}
    _draw(lines, drawn, _LARGE)
    if sheet := compared_sheet({each.name: log.watched for each, log in zip(known, logs, strict=True)}):
        say(Text("\n").append_text(lay_out((sheet,), page())))


def _folders(runs: Path) -> list[RunFolder]:
    """The run folders; none where the usual folder is not there yet."""
    if not runs.is_dir():
        if runs == RUNS:
            return []
        raise usage_error(f"there is no folder {runs}", "give the folder that train was given as --runs")
    try:
        return find_runs(runs)
    except OSError as error:
        raise usage_error(f"{runs} cannot be read: {error.strerror}") from None


def _sorted(runs: list[Run], figure: str | None) -> list[Run]:
    """Newest first, or best first by a figure; those that have no such figure come last."""
    found = newest_first(runs)
    if figure is None:
        return found
    _require(figure, [name for run in found for name in run.scores], "these runs")
    sign = 1 if phrases.is_lower_better(figure) else -1
    return sorted(found, key=lambda run: _rank(run.scores.get(figure, math.nan) * sign))


def _rank(value: float) -> tuple[bool, float]:
    return (True, 0.0) if math.isnan(value) else (False, value)


def _require(figure: str | None, known: Iterable[str], who: str) -> None:
    """Refuse a figure that was asked for and that there is not."""
    names = list(dict.fromkeys(known))
    if figure is not None and figure not in names:
        raise usage_error(f"{who} measured no {figure}", suggestion(figure, names))


def _known(run: Run) -> Known:
    settings, problem = _settings(run)
    return Known(run, settings, problem, run.name)


def _settings(run: Run) -> tuple[dict[str, object], str]:
    """The run's settings, and among them the fold of a cross-validation, which its command gave."""
    settings, problem = read_settings(RunFolder(Path(run.path)))
    return {**settings, **({"fold": run.environment.fold} if run.environment.fold else {})}, problem


def _named(runs: list[Run]) -> list[Known]:
    """The runs with their settings, called by their whole paths where several have one name."""
    names = [run.name for run in runs]
    return [replace(_known(run), name=run.path) if names.count(run.name) > 1 else _known(run) for run in runs]


def _listed(kept: Sequence[Run], found: Sequence[Run]) -> list[Listed]:
    """Each run with what it changed against the one before it of the same name."""
    in_order = sorted(found, key=lambda run: (run.spec_name, run.number))
    before = {run.path: earlier for earlier, run in pairwise(in_order) if earlier.spec_name == run.spec_name}
    return [_against(_known(run), before.get(run.path)) for run in kept]


def _against(known: Known, before: Run | None) -> Listed:
    earlier = _settings(before)[0] if before else {}
    if before is None or not earlier or not known.settings:
        return Listed(known)
    return Listed(known, before.name, tuple(differences([earlier, known.settings])))


def _judged(runs: Sequence[Known], logs: Sequence[Log]) -> str:
    """The figure to draw: what says which epoch is best in all runs, else a loss that they have."""
    monitors = {phrases.monitor(each) for each in runs}
    candidates = ("val_loss", "loss") if len(monitors) > 1 else (*monitors, "val_loss", "loss")
    return next((name for name in candidates if all(name in log.figures for log in logs)), "loss")


def _draw(lines: Mapping[str, Sequence[float]], title: str, height: int) -> None:
    """The curves, unless no run has two epochs."""
    if max(map(len, lines.values()), default=0) > 1:
        say(Text(f"\n {title} by epoch", style="bold"))
        say(curve(lines, page().width - 1, height, page()))


def _network(graph: Graph | None) -> str:
    """The size of the network in one line; nothing where the spec has mistakes."""
    if graph is None:
        return ""
    found = totals(graph.nodes)
    trainable = f"{count(found.trainable_params)} of them trainable"
    return f"{count(found.params)} parameters, {trainable}, {macs(found.macs)} multiply-adds"


def _given(folder: RunFolder, analysis: Analysis) -> list[str]:
    """What the run can be given to predict; in general words where its spec has mistakes."""
    if analysis.spec is None or analysis.graph is None:
        return ["INPUT"]
    return inputs_of(folder, analysis.spec, analysis.graph)


def _next(run: Run, settings: Mapping[str, object], given: Sequence[str]) -> list[tuple[str, ...]]:
    """What can be done with the run now; `given` is what it can predict."""
    folder = RunFolder(Path(run.path))
    untested = run.scores and not any(name.startswith("test_") for name in run.scores)
    split = ("--split", "validation") if untested else ()
    trained = [("cnnspec", "evaluate", run.path, *split), ("cnnspec", "predict", run.path, *given)]
    again = ("cnnspec", "train", str(folder.spec), *_data_root(run, settings))
    compared = ("cnnspec", "runs", "compare", run.path, "RUN")
    resumed = [tuple(resumption(run.path, spread_of(_last_command(run))))] if run.resumable else []
    return [*resumed, *(trained if folder.best.exists() else []), compared, again]


def _last_command(run: Run) -> Sequence[str]:
    """The command that trained it last."""
    return next((each.machine.command for each in reversed(run.environment.resumed)), run.environment.command)


def _data_root(run: Run, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Where data paths start, for a spec that has some: its own folder is the run's now."""
    data = settings.get("data")
    folder = run.environment.data_folder
    if not isinstance(data, dict) or "train" not in data or not folder:
        return ()
    return ("--data-root", str(Path.home() / folder[2:]) if folder.startswith("~/") else folder)
