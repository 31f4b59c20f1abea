"""A run that has ended: whether anything is left to train."""

from typing import Any

from cnnspec.results.events import NothingLeft
from cnnspec.results.history import Result
from cnnspec.runs.checkpoint import Found
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.reading import Unreadable
from cnnspec.runs.result import read_result
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected


def nothing_left(folder: RunFolder, found: Found | None, epochs: int) -> NothingLeft | None:
    """What a finished run came to, if a training of so many epochs is over; None where there is something to do.

    Raises Rejected where it would end again as it did, or would have to start anew.
    """
    result = _result(folder)
    if result is None:
        return None
    if result.diverged is not None:
        message = f"{folder.path} failed: {result.reason}; going on would end there again, to the last bit"
        help = f"train a new run, with a lower learning rate for one: cnnspec train {folder.spec} --set ..."
        raise Rejected([Diagnostic("loss-not-finite", message, help=help)])
    if result.status != "finished":
        return None
    done, stopped = result.epochs or 0, found is not None and _stopped(found)
    if done >= epochs or stopped:
        return NothingLeft(str(folder.path), done, stopped, result.metrics)
    if found is None:
        received = f"{folder.path} is finished, and its checkpoints are gone"
        raise rejected("bad-checkpoint", received, "one to go on from", f"train a new run: cnnspec train {folder.spec}")
    return None


def _stopped(found: Found) -> bool:
    training: Any = found.checkpoint.facts["training"]
    return bool(training["stopped"])


def _result(folder: RunFolder) -> Result | None:
    """What result.json says; nothing where it is damaged, as where there is none."""
    try:
        return read_result(folder)
    except Unreadable:
        return None
