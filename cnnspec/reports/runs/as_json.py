"""Runs for scripts; epochs count from 0, as in their files, and a figure that is no number is null."""

from collections.abc import Sequence

from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.collect import Known
from cnnspec.reports.safe import json_text
from cnnspec.results.history import Resumption
from cnnspec.results.watched import Watched
from cnnspec.runs.log import Log
from cnnspec.runs.noise import Noise
from cnnspec.runs.settings import Difference


def runs_json(runs: Sequence[Known]) -> str:
    """A list with one object a run."""
    return json_text([_facts(known) for known in runs])


def run_json(known: Known, log: Log) -> str:
    """One run, with its figures of every epoch, the phase of each and what was watched."""
    return json_text(_whole(known, log))


def compare_json(
    runs: Sequence[Known], differences: Sequence[Difference], logs: Sequence[Log], noises: Sequence[Noise] = ()
) -> str:
    """The runs with their figures, each differing setting with what those runs have that set it, and the noise."""
    paths = [known.run.shown for known in runs]
    differing = [{"setting": each.path, "values": _by_run(paths, each)} for each in differences]
    each = [_whole(*parts) for parts in zip(runs, logs, strict=True)]
    return json_text({"runs": each, "differences": differing, "noise": [_noise(each) for each in noises]})


def _noise(noise: Noise) -> dict[str, object]:
    verdict = noise.verdict
    decided = {name: getattr(verdict, name) for name in ("difference", "larger", "how", "low", "high", "p")}
    return {"figure": noise.figure, "best": list(noise.best), "next": list(noise.next), **decided}


def _whole(known: Known, log: Log) -> dict[str, object]:
    seen = [{"epoch": epoch, **_watched(each)} for epoch, each in log.watched.items()]
    phases = {"phases": list(log.phases)} if log.phases else {}
    return {**_facts(known), "figures": dict(log.figures), **phases, **({"watched": seen} if seen else {})}


def _watched(watched: Watched) -> dict[str, object]:
    activations = {
        stage: {"mean": each.mean, "deviation": each.deviation, "silent": each.silent}
        for stage, each in watched.activations.items()
    }
    return {"steps": watched.steps, "gradients": dict(watched.gradients), "activations": activations}


def _by_run(paths: Sequence[str], difference: Difference) -> dict[str, object]:
    values = zip(paths, difference.values, strict=True)
    return {path: value for path, value in values if phrases.is_set(value)}


def _facts(known: Known) -> dict[str, object]:
    run = known.run
    best = run.best and {"epoch": run.best.epoch, "monitor": run.best.monitor, "value": run.best.value}
    return {
        "run": run.shown,
        "status": run.status,
        "reason": run.reason,
        "started": phrases.moment_utc(run.started),
        "seconds": run.seconds,
        "epochs": run.epochs,
        "best": best,
        "scores": dict(run.scores),
        "examples": dict(run.examples),
        "tags": list(run.tags),
        "note": run.note,
        "settings": known.settings,
        "auto": dict(run.environment.auto),
        "ran_on": [dict(each.facts) for each in run.environment.ran_on],
        "versions": dict(run.environment.versions),
        "resumed": [_resumed(each) for each in run.environment.resumed],
        "problems": list(dict.fromkeys(filter(None, (*run.problems, known.problem)))),
    }


def _resumed(resumption: Resumption) -> dict[str, object]:
    return {
        "started": phrases.moment_utc(resumption.started),
        "epoch": resumption.epoch,
        "step": resumption.step,
        "command": list(resumption.machine.command),
        "versions": dict(resumption.machine.versions),
        "cpus": resumption.machine.cpus,
    }
