"""A worker that `--workers` started ends with the process that started it, whatever ended that one."""

import os
import threading
import time

from cnnspec.cli.boundary import FAILED

_VARIABLE = "CNNSPEC_PARENT"
_GRACE = 35.0
"""Seconds that the training has to notice by itself and end as it should."""


def as_parent() -> dict[str, str]:
    """What the environment of a worker says, so that it ends with this process."""
    return {_VARIABLE: str(os.getpid())}


def orphaned() -> str:
    """That the other process has ended, where this one is such a worker and that is so."""
    parent = os.environ.get(_VARIABLE, "")
    gone = parent.isdecimal() and os.getppid() != int(parent)
    return "the process that started this one has ended" if gone else ""


def end_with_parent() -> None:
    """Where this process is such a worker, look from now on whether the other one is still there."""
    if _VARIABLE in os.environ:
        threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    while not orphaned():
        time.sleep(1.0)
    time.sleep(_GRACE)
    os._exit(FAILED)
