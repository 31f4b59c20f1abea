"""Runs for scripts; epochs count from 0, as in their files, and a figure that is no number is null."""

from collections.abc import Mapping, Sequence

from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.facts import Difference, Known
from cnnspec.reports.safe import json_text

Figures = Mapping[str, Sequence[float]]


def runs_json(runs: Sequence[Known]) -> str:
    """A list with one object a run."""
    return json_text([_facts(known) for known in runs])


def run_json(known: Known, figures: Figures) -> str:
    """One run, with its figures of every epoch."""
    return json_text({**_facts(known), "figures": dict(figures)})


def compare_json(runs: Sequence[Known], differences: Sequence[Difference], figures: Sequence[Figures]) -> str:
    """The runs with their figures, and each differing setting with what those runs have that set it."""
    paths = [known.run.path for known in runs]
    differing = [{"setting": each.path, "values": _by_run(paths, each)} for each in differences]
    each = [{**_facts(known), "figures": dict(lines)} for known, lines in zip(runs, figures, strict=True)]
    return json_text({"runs": each, "differences": differing})


def _by_run(paths: Sequence[str], difference: Difference) -> dict[str, object]:
    values = zip(paths, difference.values, strict=True)
    return {path: value for path, value in values if phrases.is_set(value)}


def _facts(known: Known) -> dict[str, object]:
    run = known.run
    best = run.best and {"epoch": run.best.epoch, "monitor": run.best.monitor, "value": run.best.value}
    return {
        "run": run.path,
        "status": run.status,
        "reason": run.reason,
        "started": phrases.moment_utc(run.started),
        "seconds": run.seconds,
        "epochs": run.epochs,
        "best": best,
        "scores": dict(run.scores),
        "settings": known.settings,
        "auto": dict(run.environment.auto),
        "versions": dict(run.environment.versions),
        "problems": list(dict.fromkeys(filter(None, (*run.problems, known.problem)))),
    }
