"""A sweep as JSON."""

from cnnspec.reports.safe import json_text
from cnnspec.reports.series import member_facts
from cnnspec.results.sweep import Sweep, Trial


def sweep_json(sweep: Sweep) -> str:
    """All of it; trials and epochs count from 0, values are as --set takes them."""
    return json_text(
        {
            "spec": sweep.spec,
            "study": sweep.study,
            "space": dict(sweep.space),
            "sampler": sweep.sampler,
            "pruner": sweep.pruner,
            "monitor": sweep.monitor,
            "direction": sweep.direction,
            "seeds": list(sweep.seeds),
            "wanted": sweep.wanted,
            "best": None if sweep.best is None else sweep.best.number,
            "importances": dict(sweep.importances),
            "trials": [_facts(each, sweep.monitor) for each in sweep.trials],
        }
    )


def _facts(trial: Trial, monitor: str) -> dict[str, object]:
    found = trial.estimate(monitor)
    return {
        "trial": trial.number,
        "state": trial.state,
        **({"reason": trial.reason} if trial.reason else {}),
        "values": dict(trial.values),
        "value": trial.value,
        "deviation": None if found is None else found.deviation,
        "interval": None if found is None else [found.low, found.high],
        "epochs": [[epoch, value] for epoch, value in (trial.epochs or {}).items()],
        "runs": [member_facts(each) for each in trial.members],
    }
