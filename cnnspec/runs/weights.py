"""Which of a run's two files of weights is meant."""

from pathlib import Path

from cnnspec.runs.folder import RunFolder
from cnnspec.runs.opening import HELP, is_there, strange
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE


def weights_file(folder: RunFolder) -> Path:
    """The run's best model, or its last where no epoch ended; raises Rejected if there is neither, or no file."""
    path = next((path for path in (folder.best, folder.last) if is_there(path)), None)
    if path is None:
        raise rejected(
            "no-model", f"{folder.path} has neither best.keras nor last.keras", "a run with a trained model", at=NOWHERE
        )
    if what := strange(path):
        raise rejected("bad-model", f"{path} is {what}", "a model as train saves it", HELP, at=NOWHERE)
    return path
