"""A study as it stands, read from its journal and from the folders of its runs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from cnnspec.results.series import Member
from cnnspec.results.sweep import Sweep, Trial
from cnnspec.results.sweep import TrialState as State
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.series import find_members, told
from cnnspec.sweeps.checked import Checked
from cnnspec.sweeps.importances import importances
from cnnspec.sweeps.request import TRIALS
from cnnspec.sweeps.space import Range
from cnnspec.sweeps.study import Study, count_of

_STATES: Mapping[TrialState, State] = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


def wanted_of(sweep: Checked) -> int:
    """How many trials there are to be: as asked for, and never more than there are combinations."""
    usual = count_of(sweep) if sweep.request.sampler == "grid" else TRIALS
    return int(min(sweep.request.trials or usual, count_of(sweep)))


def member_name(trial: int, seed: int) -> str:
    """What a training of a trial is called in its series."""
    return f"trial {trial + 1}, seed {seed}"


def unbegun(sweep: Checked, study: str) -> Sweep:
    """A sweep of which no trial has begun."""
    request = sweep.request
    return Sweep(
        spec=sweep.spec.shown,
        argument=request.spec,
        study=study,
        space={each.path: str(each) for each in request.space},
        logarithmic=frozenset(each.path for each in request.space if isinstance(each, Range) and each.log),
        wanted=wanted_of(sweep),
        seeds=sweep.seeds,
        sampler=request.sampler,
        pruner=request.pruner,
        monitor=sweep.monitor,
        direction=sweep.direction,
        trials=(),
        importances={},
        settings=request.settings,
    )


def state_of(study: Study, sweep: Checked, runs: Path) -> Sweep:
    """All of it; a trial that somebody began and nobody goes on with is running, too."""
    members = find_members(runs, study.series)
    trials = tuple(_trial(each, study, sweep, members) for each in study.trials)
    return replace(unbegun(sweep, str(study.path)), trials=trials, importances=importances(study.held, sweep))


def _trial(trial: FrozenTrial, study: Study, sweep: Checked, members: Mapping[str, RunFolder]) -> Trial:
    names = [member_name(trial.number, seed) for seed in sweep.seeds]
    state = _STATES.get(trial.state, "running")
    return Trial(
        number=trial.number,
        values=study.values(trial),
        state=state,
        value=trial.value if state == "finished" else None,
        members=tuple(_member(name, members[name], state) for name in names if name in members),
        epochs=study.epochs(trial),
        reason=study.reason(trial),
    )


def _member(name: str, folder: RunFolder, state: State) -> Member:
    found = told(name, folder)
    if found.status == "finished" or state != "pruned":
        return found
    return Member(name, found.run, "pruned", found.figures, found.best, found.epochs, found.seconds)
