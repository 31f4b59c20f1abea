"""What was run: every run of a folder, and several beside each other."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.api.curves import Curves
from cnnspec.api.named import PathLike, path_of
from cnnspec.api.printed import PAGE, Printed
from cnnspec.api.run import Run, open_run
from cnnspec.reports.curves import titled_curve
from cnnspec.reports.html_tables import sheets_html
from cnnspec.reports.runs.as_csv import runs_csv
from cnnspec.reports.runs.as_json import compare_json, runs_json
from cnnspec.reports.runs.collect import Known, differing, judged, known, listed, lower_in, noises, told_apart
from cnnspec.reports.runs.comparing import scores_sheet, settings_sheet
from cnnspec.reports.runs.listing import runs_sheet
from cnnspec.reports.runs.watching import compared_sheet
from cnnspec.reports.safe import shown
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.history import Run as Told
from cnnspec.runs.folder import RunFolder, refuse_twice
from cnnspec.runs.history import find_runs, newest_first, read_run
from cnnspec.runs.log import Log, read_log
from cnnspec.runs.noise import Noise
from cnnspec.runs.places import RUNS
from cnnspec.runs.selection import Candidate, chosen, in_order, require_known
from cnnspec.runs.settings import Difference
from cnnspec.source.answers import reason
from cnnspec.source.diagnostic import Rejected, rejected, suggestion
from cnnspec.source.route import NOWHERE

_CURVES = 14
"""Lines of the curves of several runs."""


@dataclass(frozen=True, slots=True, repr=False)
class Runs(Printed):
    """Runs, newest first, or best first by a figure: a sequence; `str()` is a line for each."""

    told: tuple[Told, ...]
    sort: str = ""
    among: tuple[Told, ...] = ()
    """All runs of the folder, where these are some: what a run changed is told against the one before it."""

    @property
    def table(self) -> dict[str, list[object]]:
        """A list for each column, ready for `pandas.DataFrame`: run, status, epochs, tags, note, and every score."""
        names = list(dict.fromkeys(name for run in self.told for name in run.scores))
        head: dict[str, list[object]] = {
            "run": [run.name for run in self.told],
            "status": [run.status for run in self.told],
            "epochs": [run.epochs for run in self.told],
        }
        head["tags"] = [list(run.tags) for run in self.told]
        head["note"] = [run.note for run in self.told]
        return {**head, **{name: [run.scores.get(name) for run in self.told] for name in names}}

    def to_json(self) -> str:
        """All of it as JSON."""
        return runs_json([known(run) for run in self.told])

    def to_csv(self) -> str:
        """All of it as comma-separated values: facts, every figure, and the settings that differ."""
        return runs_csv([known(run) for run in self.told])

    def __len__(self) -> int:
        return len(self.told)

    def __getitem__(self, number: int) -> Run:
        return Run(RunFolder(Path(self.told[number].path)))

    def __iter__(self) -> Iterator[Run]:
        return (self[number] for number in range(len(self)))

    def __repr__(self) -> str:
        return f"<Runs: {', '.join(run.name for run in self.told) or 'none'}>"

    def __str__(self) -> str:
        return lay_out(self._sheets(PAGE.width), PAGE).plain if self.told else "no runs"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return (runs_sheet(listed(list(self.told), list(self.among or self.told)), self.sort, 0),)


def list_runs(
    runs: PathLike = RUNS, sort: str | None = None, where: str | None = None, *, reverse: bool = False
) -> Runs:
    """The runs of a folder, newest first; with a figure to `sort` by, as `test_accuracy`, the best first.

    By anything else, as `seconds` or `training.batch_size`, the smallest comes first; `reverse` turns it round. `where`
    is a condition, as `"val_accuracy > 0.9 and spec == digits"`, and the runs are those that it holds for.

    Raises Rejected where there is no such folder, for a mistake in the condition, or where no run has what is named;
    the usual folder may not be there yet.
    """
    found = newest_first(
        [read_run(folder) for folder in run_folders(Path(path_of(runs, "list_runs() takes a folder")))]
    )
    candidates = [Candidate(run, known(run).settings) for run in found] if where is not None or sort else []
    chosen_runs = tuple(found if where is None else chosen(candidates, where))
    if sort is None:
        return Runs(chosen_runs[::-1] if reverse else chosen_runs, among=tuple(found))
    require_known(candidates, sort)
    kept = [each for each in candidates if each.run in chosen_runs]
    return Runs(tuple(_sorted(kept, sort, reverse)), sort, tuple(found))


def _sorted(candidates: Sequence[Candidate], name: str, reverse: bool) -> list[Told]:
    """Best first by a figure, smallest first by anything else, those without it last."""
    if not any(name in each.run.scores for each in candidates):
        return in_order(candidates, name, reverse)
    return in_order(candidates, name, lower_in(candidates, name) == reverse)


def run_folders(runs: Path) -> list[RunFolder]:
    """The run folders; none where the usual folder is not there yet. Raises Rejected."""
    if not runs.is_dir():
        if runs == RUNS:
            return []
        help = "give the folder that train was given as --runs"
        raise rejected("usage", f"there is no folder {shown(str(runs))}", help=help, at=NOWHERE)
    try:
        return find_runs(runs)
    except OSError as error:
        raise rejected("usage", f"{shown(str(runs))} cannot be read: {reason(error)}", at=NOWHERE) from None


def require_figure(figure: str | None, names: Iterable[str], who: str) -> None:
    """Raise Rejected for a figure that was asked for and that there is not."""
    there = list(dict.fromkeys(names))
    if figure is not None and figure not in there:
        raise _unmeasured(figure, there, who)


def _unmeasured(figure: str, names: Sequence[str], who: str) -> Rejected:
    return rejected("usage", f"{who} measured no {figure}", help=suggestion(figure, names), at=NOWHERE)


@dataclass(frozen=True, slots=True, repr=False)
class RunsCompared(Printed):
    """Runs beside each other: the settings in which they differ, their scores, their curves over each other."""

    runs: tuple[Run, ...]
    differences: tuple[Difference, ...]
    figure: str
    _known: tuple[Known, ...]
    _logs: tuple[Log, ...]

    @property
    def curves(self) -> Curves:
        """The figure by epoch, of each run by its name."""
        lines = {each.name: log.figures.get(self.figure, ()) for each, log in zip(self._known, self._logs, strict=True)}
        phases = self._logs[0].phases if len({log.phases for log in self._logs}) == 1 else ()
        return Curves(self.figure, lines, phases)

    def to_json(self) -> str:
        """All of it as JSON."""
        return compare_json(self._known, self.differences, self._logs, self.noises)

    @property
    def noises(self) -> tuple[Noise, ...]:
        """For each figure the best run and the next, and whether they differ by more than the noise."""
        return tuple(noises(self._known))

    def __repr__(self) -> str:
        return f"<RunsCompared: {', '.join(each.name for each in self._known)}>"

    def __str__(self) -> str:
        curves = self.curves
        drawn = titled_curve(curves.series, curves.title, PAGE.width - 1, _CURVES, PAGE, curves.phases)
        return lay_out(self._sheets(PAGE.width), PAGE).plain + (f"\n\n{drawn.plain}" if drawn else "")

    def _repr_html_(self) -> str:
        """For notebooks: the tables, and the curves."""
        return f"{sheets_html(self._sheets(PAGE.width))}<div>{self.curves._repr_html_()}</div>"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        watched = compared_sheet({each.name: log.watched for each, log in zip(self._known, self._logs, strict=True)})
        return (
            settings_sheet(self._known, self.differences),
            scores_sheet(self._known, self.noises),
            *([watched] if watched else []),
        )


def compare_runs(*runs: PathLike, metric: str | None = None) -> RunsCompared:
    """Two runs or more beside each other; `metric` is the figure whose curves are drawn, else what says which is best.

    Raises Rejected where one of them is no run, or measured no such figure.
    """
    opened = [open_run(run) for run in runs]
    refuse_twice(run.told.shown for run in opened)
    if len(opened) < 2:
        raise rejected("usage", "one run alone cannot be compared", "two runs or more", at=NOWHERE)
    beside, logs = told_apart([run.told for run in opened]), [read_log(RunFolder(run.path)) for run in opened]
    require_figure(metric, [name for log in logs for name in log.figures], "these runs")
    figure = metric or judged(beside, logs)
    return RunsCompared(tuple(opened), tuple(differing(beside)), figure, tuple(beside), tuple(logs))
