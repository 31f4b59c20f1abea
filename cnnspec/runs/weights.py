"""Which of a run's two files of weights is meant."""

from pathlib import Path

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import HELP, is_there, strange
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def weights_file(folder: RunFolder, last: bool = False) -> Path:
    """The run's best model, or its last where no epoch ended or where that is asked for.

    Raises Rejected if there is none, or no file.
    """
    meant = (folder.last,) if last else (folder.best, folder.last)
    path = next((path for path in meant if is_there(path)), None)
    if path is None:
        received = f"{folder.path} has {'no' if last else 'neither best.keras nor'} last.keras"
        raise rejected("no-model", received, "a run with a trained model", at=NOWHERE)
    if what := strange(path):
        raise rejected("bad-model", f"{path} is {what}", "a model as train saves it", HELP, at=NOWHERE)
    return path
