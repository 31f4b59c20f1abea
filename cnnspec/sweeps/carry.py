"""A sweep from its first trial to its last: this process takes trials of the study until none is left for it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean

from cnnspec.analysis import analyse
from cnnspec.results.failure import RunFailed
from cnnspec.results.series import Member
from cnnspec.results.sweep import Sweep, SweepEvent, TrialEnded, TrialEpoch, TrialStarted
from cnnspec.runs.files import refuse_unwritable
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.series import ended, find_members, told
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE
from cnnspec.stopping import Stopping
from cnnspec.sweeps.checked import Checked
from cnnspec.sweeps.state import member_name, state_of, unbegun, wanted_of
from cnnspec.sweeps.study import Claim, Study
from cnnspec.sweeps.trainer import Ending, Trainer, Training

_PATIENCE = 20.0
"""Seconds to wait for the process that trained a run before, and was ended, to be gone."""
_TURN = 0.2


def carry_out(
    sweep: Checked,
    study_path: Path,
    *,
    runs: Path,
    data_root: Path | None = None,
    on_event: Callable[[SweepEvent], None] = lambda event: None,
    stopping: Stopping | None = None,
) -> Sweep:
    """Train what is left of the study that other processes do not train, and tell how it stands.

    Raises Rejected, RunFailed, and KeyboardInterrupt once the state of the training that goes on is saved.
    """
    study = Study(study_path, sweep)
    try:
        _Sweeping(sweep, study, runs, data_root, on_event, stopping or Stopping()).run()
        return state_of(study, sweep, runs)
    finally:
        study.close()


def look(sweep: Checked, study_path: Path, runs: Path) -> Sweep:
    """How the sweep stands; nothing is trained, and where there is no study nothing is written.

    Raises Rejected, and RunFailed where the study could not be written.
    """
    if not study_path.exists():
        refuse_unwritable(study_path)
        return unbegun(sweep, str(study_path))
    study = Study(study_path, sweep)
    try:
        return state_of(study, sweep, runs)
    finally:
        study.close()


class _Sweeping:
    """One process's part of a sweep."""

    def __init__(
        self,
        sweep: Checked,
        study: Study,
        runs: Path,
        data_root: Path | None,
        on_event: Callable[[SweepEvent], None],
        stopping: Stopping,
    ) -> None:
        self._sweep, self._study, self._runs, self._data_root = sweep, study, runs, data_root
        self._on_event, self._stopping = on_event, stopping
        self._wanted = wanted_of(sweep)
        self._resolved = resolved_spec(sweep.spec, {})

    def run(self) -> None:
        """Trial after trial; the process that trains is started for the first."""
        claim = self._study.claim(self._wanted)
        if claim is None:
            return
        with self._stopping.heeded(), self._stopping.held(), Trainer() as trainer:
            while claim is not None:
                self._refuse_changed()
                self._trial(claim, trainer)
                trials = state_of(self._study, self._sweep, self._runs)
                self._on_event(TrialEnded(trials.trials[claim.number], trials.best))
                claim = self._study.claim(self._wanted)

    def _trial(self, claim: Claim, trainer: Trainer) -> None:
        """All of its trainings, and what they came to."""
        members: list[Member] = []
        for number, seed in enumerate(self._sweep.seeds):
            ending = self._training(claim, seed, trainer, first=number == 0)
            if ending.how == "pruned":
                self._study.prune(claim.number)
                return
            member = told(member_name(claim.number, seed), RunFolder(Path(ending.run))) if ending.run else None
            if ending.how != "done" or member is None or self._sweep.monitor not in member.figures:
                self._study.fail(claim.number, self._why(ending, member))
                return
            members.append(member)
        self._study.finish(claim.number, fmean(each.figures[self._sweep.monitor] for each in members))

    def _why(self, ending: Ending, member: Member | None) -> str:
        """Why a trial came to nothing; what is wrong before any trial is finished is wrong with all of them."""
        if ending.how == "rejected" and not any(trial.state.is_finished() for trial in self._study.trials):
            raise Rejected(ending.mistakes)
        reason = ending.reason or (member.reason if member is not None else "")
        return reason or f"it has no {self._sweep.monitor}"

    def _training(self, claim: Claim, seed: int, trainer: Trainer, first: bool) -> Ending:
        """One training, unless it is over already; the first of a trial is what the pruner judges."""
        name = member_name(claim.number, seed)
        there = find_members(self._runs, self._study.series).get(name)
        if there is not None and ended(there):
            return Ending("done", str(there.path))
        self._on_event(TrialStarted(claim.number, self._wanted, claim.values, name))
        settings = (
            *self._sweep.request.settings,
            *(f"{path}={text}" for path, text in claim.values.items()),
            f"training.seed={seed}",
        )
        training = Training(self._sweep.request.spec, settings, self._runs, self._data_root, self._study.series, name)

        def hear(epoch: int, epochs: int, figures: Mapping[str, float]) -> bool:
            if first and self._sweep.monitor in figures:
                self._study.report(claim.number, epoch, figures[self._sweep.monitor])
            self._on_event(TrialEpoch(claim.number, name, epoch, epochs, figures))
            return False

        def judge(epoch: int, epochs: int, figures: Mapping[str, float]) -> bool:
            return epoch + 1 < epochs and self._study.is_hopeless(claim.number)

        judged = judge if first and self._sweep.request.pruner != "none" else None
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return trainer.train(training, judged, hear, self._stopping)
            except RunFailed as failure:
                if failure.diagnostics[0].code != "run-in-use" or time.monotonic() > until:
                    raise
            time.sleep(_TURN)

    def _refuse_changed(self) -> None:
        """Raise Rejected where the spec is not what it was as the sweep began: its trials would not compare."""
        request = self._sweep.request
        spec = analyse(request.spec, request.settings).spec
        if spec is None or resolved_spec(spec, {}) != self._resolved:
            help = "bring it back as it was, or begin another study with --study"
            raise rejected("bad-study", f"{request.spec} has changed since the sweep began", help=help, at=NOWHERE)
