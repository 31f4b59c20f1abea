"""Which of a sweep's paths mattered: fANOVA (Hutter et al. 2014) over the trials that are finished."""

import math

import optuna
from optuna.trial import FrozenTrial, TrialState

from cnnspec.sweeps.checked import Checked

FEWEST = 4
"""Of fewer trials it says nothing."""


def importances(study: optuna.Study, sweep: Checked) -> dict[str, float]:
    """The share of the variance between trials that each path explains by itself, the largest first.

    They add up to less than 1 where what one path does depends on another. Nothing before a few trials are finished,
    where all of them came to the same, or where one path alone differs. The trees are drawn by one seed.
    """
    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    values = [each.value for each in ended]
    if len(ended) < FEWEST or min(values) == max(values):
        return {}
    varied = [each.path for each in sweep.request.space if _varies(ended, each.path)]
    if len(varied) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        found = evaluator.evaluate(study, params=varied)
    except RuntimeError:  # trees over a few trials that came to nearly the same find no variance at all
        return {}
    return {path: float(share) for path, share in found.items() if math.isfinite(share)}


def _varies(trials: list[FrozenTrial], path: str) -> bool:
    return len({each.params[path] for each in trials}) > 1
