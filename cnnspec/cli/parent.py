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


def end_with_parent() -> None:
    """Where this process is such a worker, look from now on whether the other one is still there."""
    parent = os.environ.get(_VARIABLE, "")
    if parent.isdecimal():
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    time.sleep(_GRACE)
    os._exit(FAILED)
