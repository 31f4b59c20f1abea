"""What a run depends on, held against what there is now, before it is trained once more."""

import os
import platform
from collections.abc import Iterator
from unicodedata import unidata_version

from cnnspec.results.history import Environment, Run
from cnnspec.results.reproduction import Check
from cnnspec.runs.environment import versions_here
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import read_run
from cnnspec.runs.log import read_log
from cnnspec.runs.opening import HELP, strange
from cnnspec.runs.reading import Unreadable, read_facts
from cnnspec.runs.settings import settings_in
from cnnspec.runs.weights import weights_file
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_BEARING = ("cnnspec", "python", "tensorflow", "keras", "numpy", "scikit-learn", "pillow")
"""Packages that compute something of a training."""
_AGAIN = "copy the run's folder again"


def checks(folder: RunFolder) -> tuple[Check, ...]:
    """Versions, texts, the processor and the seed, then and now; raises Rejected where nothing can be compared with.

    That is where the run did not finish, or its figures or weights are damaged.
    """
    run = read_run(folder)
    if run.status != "finished":
        raise _unfinished(folder, run)
    _refuse_damaged(folder, run)
    return (*_versions(run.environment), *_machine(folder, run.environment), *_seed(folder))


def _refuse_damaged(folder: RunFolder, run: Run) -> None:
    log = read_log(folder)
    if run.problems or log.problems or log.epochs != run.epochs:
        lacks = f"{folder.log.name} has {log.epochs} of {run.epochs} epochs"
        problem = next(iter((*run.problems, *log.problems)), lacks)
        raise rejected("no-run", f"{folder.shown}: {problem}", "the files that train wrote", _AGAIN, at=NOWHERE)
    for path in (weights_file(folder), folder.last):
        if what := strange(path):
            raise rejected("bad-model", f"{path} is {what}", "a model as train saves it", HELP, at=NOWHERE)


def data_checks(folder: RunFolder) -> tuple[Check, ...]:
    """The files of data, once it is known that they are as they were."""
    return tuple(Check(f"data {name}", mark, mark) for name, mark in read_run(folder).environment.data.items())


def _unfinished(folder: RunFolder, run: Run) -> Exception:
    going_on = f"let it end first: cnnspec train --resume {folder.shown}"
    help = {"damaged": _AGAIN, "failed": "train another one: this one ended as it did"}.get(run.status, going_on)
    words = {
        "damaged": next(iter(run.problems), "is damaged"),
        "failed": f"failed: {run.reason}",
        "interrupted": f"was interrupted after {run.epochs} epochs",
        "unfinished": f"has no {folder.result.name}: it was killed, or is being trained",
    }
    received = f"{folder.shown}{':' if run.status == 'damaged' else ''} {words[run.status]}"
    return rejected("not-reproducible", received, "a run that finished", help, at=NOWHERE)


def _versions(environment: Environment) -> Iterator[Check]:
    here = versions_here()
    for name, was in environment.versions.items():
        yield Check(name, was, here.get(name) or "not there", name in _BEARING)


def _machine(folder: RunFolder, environment: Environment) -> Iterator[Check]:
    unicode = _facts(folder).get("unicode")
    if isinstance(unicode, str):
        yield Check("unicode", unicode, unidata_version)
    if environment.platform:
        yield Check("platform", environment.platform, platform.platform())
    if environment.cpus is not None:
        yield Check("processors", str(environment.cpus), str(os.cpu_count()))


def _seed(folder: RunFolder) -> Iterator[Check]:
    """As it began, and as its spec says, which is what is trained."""
    training, began = settings_in(folder)[0].get("training"), _facts(folder).get("seed")
    if isinstance(began, int):
        yield Check("seed", str(began), str(training.get("seed") if isinstance(training, dict) else None))


def _facts(folder: RunFolder) -> dict[str, object]:
    try:
        return dict(read_facts(folder.environment) or {})
    except Unreadable:
        return {}
