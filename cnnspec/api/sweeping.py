"""A sweep from Python: what is tried over which values, and what it came to."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.api.named import PathLike, Settings, path_of, written
from cnnspec.api.new_file import checked_new
from cnnspec.api.printed import Printed
from cnnspec.api.run import Run
from cnnspec.language.location import STANDARD_INPUT
from cnnspec.reports.sweep.as_json import sweep_json
from cnnspec.reports.sweep.pictures import sweep_svg
from cnnspec.reports.sweep.table import planned_sheets, sweep_sheets
from cnnspec.reports.table import Sheet
from cnnspec.results.sweep import Sweep, SweepEvent
from cnnspec.results.sweep import Trial as TrialOf
from cnnspec.runs.files import write_text
from cnnspec.runs.finding import safe_name
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.places import RUNS
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE
from cnnspec.stopping import Stopping
from cnnspec.sweeps.checked import Checked, checked
from cnnspec.sweeps.request import Pruner, Request, Sampler, read_request

__all__ = ["Over", "Pruner", "Sampler", "Swept", "sweep", "swept_from"]

_ENDING = ".study"
Over = Mapping[str, str | Sequence[object]]


def require_optuna() -> None:
    """Raise Rejected where the library that draws and prunes is not installed."""
    if find_spec("optuna") is None:
        help = "pip install 'cnnspec[sweep]'"
        raise rejected("usage", "a sweep needs optuna, which is not installed", help=help, at=NOWHERE)


def asked(request: Request) -> tuple[Checked, Analysis]:
    """The request with every value tried on its spec, and the analysis of that; raises Rejected."""
    if request.spec == STANDARD_INPUT:
        help = "save it in a file: every trial reads it"
        raise rejected("usage", "a sweep of a spec on standard input", help=help, at=NOWHERE)
    base = analyse(request.spec, request.settings)
    base.require()
    return checked(request, base), base


def study_of(sweep: Checked, runs: Path, study: Path | None) -> Path:
    """Where the study is: as it is named, else beside the runs by the name of the spec, its variant among it."""
    if study is not None and (not study.name or study.is_dir()):
        raise rejected("usage", f"the study {str(study)!r}", "a file", "write --study runs/mine.study", at=NOWHERE)
    return study or runs / f"{safe_name(sweep.spec.shown.replace('@', '-').removesuffix('.yaml'))}{_ENDING}"


def swept(
    sweep: Checked,
    runs: Path,
    data_root: Path | None,
    study: Path | None,
    on_event: Callable[[SweepEvent], None] = lambda event: None,
    stopping: Stopping | None = None,
    dry_run: bool = False,
) -> Sweep:
    """All that is left of the sweep, carried out; or how it stands. Raises Rejected, RunFailed or KeyboardInterrupt."""
    path = study_of(sweep, runs, study)
    if dry_run:
        found = door.sweep.look(sweep, path, runs)
    else:
        found = door.sweep.carry_out(sweep, path, runs=runs, data_root=data_root, on_event=on_event, stopping=stopping)
    elsewhere = () if runs == RUNS else ("--runs", str(runs))
    return replace(found, options=elsewhere if data_root is None else (*elsewhere, "--data-root", str(data_root)))


@dataclass(frozen=True, slots=True, repr=False)
class Swept(Printed):
    """What a sweep came to: its `trials`, the `best`, how much each path mattered."""

    told: Sweep

    @property
    def trials(self) -> tuple[TrialOf, ...]:
        """Each trial with its values, its state, its figure and its runs, by number."""
        return self.told.trials

    @property
    def best(self) -> TrialOf | None:
        """The best trial that is finished."""
        return self.told.best

    @property
    def importances(self) -> dict[str, float]:
        """The share of what differs between trials that each path explains by itself, by fANOVA."""
        return dict(self.told.importances)

    def runs(self, trial: int) -> tuple[Run, ...]:
        """The runs of a trial, one a seed."""
        return tuple(Run(RunFolder(Path(each.run))) for each in self.told.trials[trial].members)

    def to_json(self) -> str:
        """All of it as JSON."""
        return sweep_json(self.told)

    def svg(self) -> str:
        """The picture: its course, and a slice for each path."""
        return sweep_svg(self.told)

    def save(self, output: PathLike, force: bool = False) -> None:
        """Write the picture to an .svg file; raises Rejected where that is there, unless `force` replaces it."""
        write_text(checked_new(Path(output), force, (".svg",)), self.svg())

    def __repr__(self) -> str:
        best = "" if self.best is None else f", best {self.told.monitor} {self.best.value:.4g}"
        return f"<Swept {self.told.spec}: {len(self.trials)} trials{best}>"

    def _sheets(self, width: int) -> tuple[Sheet, ...]:
        return sweep_sheets(self.told) if self.trials else planned_sheets(self.told)


def sweep(
    spec: PathLike,
    over: Over | None = None,
    *,
    trials: int | None = None,
    seeds: int | None = None,
    sampler: Sampler | None = None,
    pruner: Pruner | None = None,
    monitor: str | None = None,
    study: PathLike | None = None,
    runs: PathLike = RUNS,
    data_root: PathLike | None = None,
    set: Settings | None = None,
    dry_run: bool = False,
) -> Swept:
    """Try values of a spec: `over={"training.batch_size": [16, 32], "data.validation_split": "0.1..0.3"}`.

    `spec` is a path or a bundled name, or a file of a sweep, which says what is not given here. Each trial trains with
    `seeds` seeds into runs below `runs`, and is judged by the mean of `monitor`. `sampler` is tpe, random or grid;
    `pruner` ends trials early: median or halving. The `study`, a file, may be shared by several processes; the same
    call goes on with it, and with `dry_run` only tells how it stands.

    Ctrl-C raises KeyboardInterrupt once the state is saved. Raises Rejected or RunFailed.
    """
    path = path_of(spec, "sweep() takes a spec's path or bundled name")
    asks = (trials, seeds, sampler, pruner, monitor)
    return swept_from(path, written(set), over, asks, study=study, runs=runs, data_root=data_root, dry_run=dry_run)


Asks = tuple[int | None, int | None, Sampler | None, Pruner | None, str | None]
"""How many trials and seeds, by which sampler and pruner, and what is watched."""


def swept_from(
    spec: str,
    settings: Sequence[str],
    over: Over | None,
    asks: Asks,
    *,
    study: PathLike | None,
    runs: PathLike,
    data_root: PathLike | None,
    dry_run: bool,
) -> Swept:
    """What `sweep` does, of a spec as commands name it."""
    require_optuna()
    texts = [f"{each}={value if isinstance(value, str) else json.dumps(list(value))}" for each, value in _items(over)]
    held, _ = asked(with_options(read_request(spec, texts), settings, *asks))
    root = None if data_root is None else Path(data_root)
    return Swept(swept(held, Path(runs), root, None if study is None else Path(study), dry_run=dry_run))


def _items(over: Over | None) -> Iterable[tuple[str, str | Sequence[object]]]:
    return (over or {}).items()


def with_options(
    request: Request,
    settings: Sequence[str],
    trials: int | None,
    seeds: int | None,
    sampler: Sampler | None,
    pruner: Pruner | None,
    monitor: str | None,
) -> Request:
    """What options say over what a file says; raises Rejected for numbers below 1."""
    for name, number in (("trials", trials), ("seeds", seeds)):
        if number is not None and number < 1:
            raise rejected("usage", f"{name} {number}", "1 or more", at=NOWHERE)
    return replace(
        request,
        settings=(*request.settings, *settings),
        trials=trials if trials is not None else request.trials,
        seeds=seeds or request.seeds,
        sampler=sampler or request.sampler,
        pruner=pruner or request.pruner,
        monitor=monitor or request.monitor,
    )
