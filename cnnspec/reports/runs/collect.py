"""Runs as reports have them: with their settings, and what each changed against the one before it."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from cnnspec.reports.runs.better import is_lower_better
from cnnspec.results.history import Run
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.log import Log
from cnnspec.runs.noise import Noise, noise_of
from cnnspec.runs.selection import Candidate
from cnnspec.runs.settings import UNSET, Difference, Settings, differences, flattened, read_settings, section

_NAME = re.compile(r"[A-Za-z_]\w*")
_WATCHING = (("checkpoint", "best"), ("early_stopping", "monitor"))


@dataclass(frozen=True, slots=True)
class Known:
    """A run with its settings, and why there are none where they cannot be read; `name` tells it from others."""

    run: Run
    settings: Settings
    problem: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A run, and what it changed against an earlier run `before` of the same name, where there is one."""

    known: Known
    before: str = ""
    changes: tuple[Difference, ...] = ()


def known(run: Run) -> Known:
    """The run with the settings in its folder."""
    settings, problem = _settings(run)
    return Known(run, settings, problem, run.name)


def told_apart(runs: Sequence[Run]) -> list[Known]:
    """The runs with their settings, called by their whole paths where several have one name."""
    names = [run.name for run in runs]
    return [replace(known(run), name=run.shown) if names.count(run.name) > 1 else known(run) for run in runs]


def listed(kept: Sequence[Run], found: Sequence[Run]) -> list[Listed]:
    """Each run that is kept with what it changed against the one before it of the same name, among all found."""
    in_order = sorted(found, key=lambda run: (run.numbered_name, run.number))
    before = {run.path: earlier for earlier, run in pairwise(in_order) if earlier.numbered_name == run.numbered_name}
    return [_against(known(run), before.get(run.path)) for run in kept]


def differing(runs: Sequence[Known]) -> list[Difference]:
    """Where the settings of runs differ, and where what they ran on does."""
    return list(differences([{**each.settings, **each.run.environment.compared} for each in runs]))


def noises(runs: Sequence[Known]) -> list[Noise]:
    """For each figure whether the best run differs from the next by more than the noise, and how that is known."""
    names = dict.fromkeys(name for known in runs for name in known.run.scores)
    alike = not data_differing(runs)
    there = [Candidate(each.run, each.settings, each.name) for each in runs]
    found = (noise_of(name, there, lower_in(runs, name), alike) for name in names)
    return [each for each in found if each is not None]


def lower_in(runs: Sequence[Known | Candidate], name: str) -> bool:
    """Whether small values of a figure are better, by what the first of the runs that has it says of it."""
    return is_lower_better(name, next((each.settings for each in runs if name in each.run.scores), {}))


def data_differing(runs: Sequence[Known]) -> tuple[str, ...]:
    """By what the data of runs differs, so that their figures are of different examples: settings, files, the fold.

    What only changes training batches makes no difference to what is measured.
    """
    marked = all(each.run.environment.data for each in runs)
    found = differences([_data(each, marked) for each in runs])
    return tuple(each.path for each in found if each.path.split(".")[:2] != ["data", "augment"])


def _data(known: Known, marked: bool) -> dict[str, object]:
    """What says which examples a run learnt and was measured on, with the variables that this is said with."""
    settings, data = known.settings, known.settings.get("data", UNSET)
    variables = settings.get("vars")
    used = {name for _, value in flattened(data) if "$" in str(value) for name in _NAME.findall(str(value))}
    named = {name: value for name, value in variables.items() if name in used} if isinstance(variables, dict) else {}
    fold = settings.get("fold", UNSET)
    files = dict(known.run.environment.data) if marked else {}  # of a run that was ended early nothing is known
    return {"data": data, "vars": named, "data files": files, "fold": fold}


def seeds_divide(runs: Sequence[Known], split: str) -> bool:
    """Whether the seeds of runs alone make the examples of a split others: drawn, or set aside from the training ones.

    Only settings are looked at, which must else be the same.
    """
    seeds = {parts.get("seed") or 0 for each in runs for parts in (section(each.settings, "training"),)}
    return len(seeds) > 1 and any(_by_seed(each, split) for each in runs)


def _by_seed(known: Known, split: str) -> bool:
    data, fold = section(known.settings, "data"), known.settings.get("fold") is not None
    sources = importlib.import_module("cnnspec.language.data").SOURCES  # whoever lists runs needs none of its classes
    source = data.get("source")
    drawn = isinstance(source, str) and source in sources and sources[source].drawn
    return drawn or fold or (split != "test" and data.get("validation_split") is not None)


def monitor(known: Known) -> str:
    """The figure by which a run is judged: what says which epoch is best, else the loss; empty where it has none."""
    if known.run.best is not None:
        return known.run.best.monitor
    named = (_monitored(known, section, key) for section, key in _WATCHING)
    return next((name for name in (*named, "val_loss", "loss") if name in known.run.scores), "")


def judged(runs: Sequence[Known], logs: Sequence[Log]) -> str:
    """The figure to draw: what says which epoch is best in all runs, else a loss that they have."""
    monitors = {monitor(each) for each in runs}
    candidates = ("val_loss", "loss") if len(monitors) > 1 else (*monitors, "val_loss", "loss")
    return next((name for name in candidates if all(name in log.figures for log in logs)), "loss")


def _settings(run: Run) -> tuple[dict[str, object], str]:
    """The run's settings, and among them the fold of a cross-validation, which its command gave."""
    settings, problem = read_settings(RunFolder(Path(run.path)))
    return {**settings, **({"fold": run.environment.fold} if run.environment.fold else {})}, problem


def _against(known: Known, before: Run | None) -> Listed:
    earlier = _settings(before)[0] if before else {}
    if before is None or not earlier or not known.settings:
        return Listed(known)
    return Listed(known, before.name, tuple(differences([earlier, known.settings])))


def _monitored(known: Known, name: str, key: str) -> str:
    """What a section of `training` watches by its settings."""
    options = section(known.settings, "training").get(name)
    watched = options.get(key) if isinstance(options, dict) else None
    return watched if isinstance(watched, str) else ""
