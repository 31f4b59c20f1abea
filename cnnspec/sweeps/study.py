"""A study: its trials in Optuna's journal, claimed one at a time by however many processes there are.

What is drawn for a trial depends on its number, the study's seed and the trials before it alone: a process that goes
on with a study, and one that never stopped, draw the same.
"""

import contextlib
import json
import math
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from cnnspec.runs.files import disk_errors, refuse_unwritable
from cnnspec.runs.resolved import resolved_spec
from cnnspec.runs.settings import Unset, differences, written_settings
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE
from cnnspec.source.values import show
from cnnspec.sweeps.checked import Checked, combinations
from cnnspec.sweeps.journal import damaged, open_journal
from cnnspec.sweeps.locks import Locks
from cnnspec.sweeps.request import Request
from cnnspec.sweeps.space import Dimension, Range

_NAME = "cnnspec"
_FACTS = "cnnspec"
"""The name of the study within its journal, and of what it keeps of the sweep."""
_ATTEMPTS = 200
"""Draws of a combination that is not there yet, before the first one that is left is taken."""
_MOST_COUNTED = 100_000
"""Combinations that are counted."""
_REASON = "reason"


@dataclass(frozen=True, slots=True)
class Claim:
    """A trial that this process owns: its number, and its values by path, as --set takes them."""

    number: int
    values: Mapping[str, str]


class Study:
    """The study of a sweep at a path; raises Rejected where that is another's, or damaged, and RunFailed."""

    def __init__(self, path: Path, sweep: Checked) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.path, self._sweep = path, sweep
        self._distributions = {each.path: _distribution(each) for each in sweep.request.space}
        if not path.exists():
            refuse_unwritable(path)
        with disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._locks = Locks(path.with_suffix(".lock"))
        try:
            with self._locks.study(), _readable(path):
                self._storage = open_journal(path, self._locks)
                refuse_unwritable(path)
                self._study = self._opened()
                self._id = self._storage.get_study_id_from_name(_NAME)
        except BaseException:
            self.close()
            raise
        self.series = str(self._facts["series"])

    def close(self) -> None:
        """Let others have the trials that are not finished."""
        self._locks.close()

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials as they stand, by number."""
        with _readable(self.path):
            return list(self._study.get_trials(deepcopy=False))

    def claim(self, wanted: int) -> Claim | None:
        """The next trial to be trained here, of so many in all; None where none is left, or others train the rest.

        Trials that somebody began and nobody goes on with come first.
        """
        with self._locks.study():
            trials = self.trials
            for trial in trials:
                if trial.state == TrialState.RUNNING and self._locks.own(trial.number):
                    return Claim(trial.number, self.values(trial))
            if len(trials) >= wanted or (values := self._drawn(trials)) is None:
                return None
            held = dict(zip(self._distributions, values, strict=True))
            frozen = create_trial(state=TrialState.RUNNING, params=held, distributions=self._distributions)
            number = self._storage.get_trial_number_from_id(self._storage.create_new_trial(self._id, frozen))
            self._locks.own(number)
            return Claim(number, self.values(frozen))

    def report(self, number: int, epoch: int, value: float) -> None:
        """Keep the watched figure of an epoch, unless it is kept already.

        Epochs count from 0; in the study they count from 1, as successive halving takes them for what was spent.
        """
        if epoch + 1 not in self.trials[number].intermediate_values:
            self._storage.set_trial_intermediate_value(self._trial_id(number), epoch + 1, value)

    def epochs(self, trial: FrozenTrial) -> dict[int, float]:
        """The watched figures of a trial's epochs, which count from 0."""
        return {epoch - 1: value for epoch, value in sorted(trial.intermediate_values.items())}

    def is_hopeless(self, number: int) -> bool:
        """Whether the pruner would end the trial where it stands."""
        return bool(self._pruner().prune(self._study, self.trials[number]))

    def finish(self, number: int, value: float) -> None:
        """The trial came to this; what is no number is a failure."""
        if math.isfinite(value):
            self._tell(number, TrialState.COMPLETE, value)
        else:
            self.fail(number, f"{self._sweep.monitor} is no finite number")

    def prune(self, number: int) -> None:
        """It was ended early."""
        self._tell(number, TrialState.PRUNED, None)

    def fail(self, number: int, reason: str) -> None:
        """It came to nothing."""
        self._storage.set_trial_user_attr(self._trial_id(number), _REASON, reason)
        self._tell(number, TrialState.FAIL, None)

    def _tell(self, number: int, state: TrialState, value: float | None) -> None:
        values = None if value is None else [value]
        with disk_errors(self.path):
            self._storage.set_trial_state_values(self._trial_id(number), state, values)
        self._locks.leave(number)

    def _trial_id(self, number: int) -> int:
        return int(self._storage.get_trial_id_from_study_id_trial_number(self._id, number))

    @property
    def held(self) -> optuna.Study:
        """Optuna's own."""
        return self._study

    def values(self, trial: FrozenTrial) -> dict[str, str]:
        """The values of a trial by path, as --set takes them."""
        return {each.path: _text(each, trial.params[each.path]) for each in self._sweep.request.space}

    def reason(self, trial: FrozenTrial) -> str:
        """Why a trial came to nothing; empty where it did not."""
        return str(trial.user_attrs.get(_REASON, ""))

    def _opened(self) -> optuna.Study:
        """The study in the journal, made where it holds none; raises Rejected where it is another's."""
        direction = "minimize" if self._sweep.direction == "min" else "maximize"
        names = optuna.get_all_study_names(self._storage)
        if names and names != [_NAME]:
            raise damaged(self.path, f"holds the study {names[0]!r}, which cnnspec did not begin")
        with disk_errors(self.path):
            if names:
                study = optuna.load_study(storage=self._storage, study_name=_NAME)
            else:
                study = optuna.create_study(storage=self._storage, study_name=_NAME, direction=direction)
            if _FACTS not in study.user_attrs:
                study.set_user_attr(_FACTS, {**facts_of(self._sweep), "series": secrets.token_hex(8)})
        self._facts: dict[str, Any] = study.user_attrs[_FACTS]
        _refuse_other(self.path, self._facts, facts_of(self._sweep))
        return study

    def _drawn(self, trials: list[FrozenTrial]) -> tuple[Any, ...] | None:
        """Values for the next trial, another combination than any before; None where all were tried."""
        known = {tuple(trial.params[path] for path in self._distributions) for trial in trials}
        if self._sweep.request.sampler == "grid":
            return next((each for each in self._every() if each not in known), None)
        if count_of(self._sweep) <= len(known):
            return None
        for attempt in range(_ATTEMPTS):
            values = self._one(trials, attempt)
            if values not in known:
                return values
        return next((each for each in self._every() if each not in known), None)

    def _every(self) -> Any:
        """Every combination, as Optuna has its values; of ranges that cannot be counted none."""
        dimensions = self._sweep.request.space
        if any(each.listed is None for each in dimensions):
            return
        grid = Request("", dimensions, sampler="grid")
        for texts in combinations(grid):
            yield tuple(_held(each, text) for each, text in zip(dimensions, texts, strict=True))

    def _one(self, trials: list[FrozenTrial], attempt: int) -> tuple[Any, ...]:
        """A combination, drawn in a copy of the study, so that one that is there already leaves no trace."""
        copy = optuna.create_study(direction=self._study.direction, sampler=self._sampler(len(trials), attempt))
        copy.add_trials(trials)
        trial = copy.ask(self._distributions)
        values = (_rounded(each, trial.params[each.path]) for each in self._sweep.request.space)
        return tuple(values)

    def _sampler(self, number: int, attempt: int) -> optuna.samplers.BaseSampler:
        seed = (self._sweep.first_seed * 1_000_003 + number * 1_009 + attempt) % 2**32
        if self._sweep.request.sampler == "random":
            return optuna.samplers.RandomSampler(seed=seed)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup_of(len(self._distributions)))

    def _pruner(self) -> optuna.pruners.BasePruner:
        if self._sweep.request.pruner == "halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=0)


def startup_of(paths: int) -> int:
    """How many trials are drawn at random before TPE begins."""
    return max(5, 2 * paths)


def count_of(sweep: Checked) -> float:
    """How many combinations there are; infinity where they cannot be counted."""
    count = 1.0
    for each in sweep.request.space:
        listed = each.listed
        count *= math.inf if listed is None else len(listed)
    return count if count <= _MOST_COUNTED else math.inf


def facts_of(sweep: Checked) -> dict[str, Any]:
    """What makes a study that of a sweep; how many trials it has may change."""
    request = sweep.request
    return {
        "spec": written_settings(resolved_spec(sweep.spec, {})),
        "over": {each.path: str(each) for each in request.space},
        "seeds": list(sweep.seeds),
        "sampler": request.sampler,
        "pruner": request.pruner,
        "monitor": sweep.monitor,
    }


def _refuse_other(path: Path, had: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise Rejected where the study is not that of the sweep, naming what differs first."""
    if not isinstance(had, dict) or not isinstance(had.get("series"), str):
        raise damaged(path, "says nothing of its sweep")
    plain = json.loads(json.dumps(wanted))
    found = list(differences([{key: had.get(key) for key in plain}, plain]))
    if not found:
        return
    first = found[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    one, other = ("not there" if isinstance(value, Unset) else show(value) for value in first.values)
    received = f"{path} is the study of another sweep: {first.path} was {one} and is now {other}{more}"
    help = f"give this one a study of its own: --study {path.with_name(f'other-{path.name}')}"
    raise rejected("bad-study", received, help=help, at=NOWHERE)


def _distribution(dimension: Dimension) -> BaseDistribution:
    if not isinstance(dimension, Range):
        return CategoricalDistribution([each.text for each in dimension.values])
    low, high, step = dimension.low, dimension.high, dimension.step
    if dimension.whole:
        whole = 1 if step is None else round(step)
        last = round(low) + (round(high) - round(low)) // whole * whole
        return IntDistribution(round(low), last, log=dimension.log, step=whole)
    if step is not None:
        high = low + math.floor((high - low) / step + 1e-9) * step
    return FloatDistribution(low, high, log=dimension.log, step=step)


def _text(dimension: Dimension, value: Any) -> str:
    return dimension.written(value) if isinstance(dimension, Range) else str(value)


def _held(dimension: Dimension, text: str) -> Any:
    """A value as Optuna has it."""
    if not isinstance(dimension, Range):
        return text
    return int(text) if dimension.whole else float(text)


def _rounded(dimension: Dimension, value: Any) -> Any:
    """A drawn value as it will be written, so that what is written is what the study knows."""
    if isinstance(dimension, Range):
        return _held(dimension, dimension.written(value))
    return value


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What Optuna raises of a journal that holds no history of a study is said as that."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        raise damaged(path, "does not tell one study from its beginning") from problem
