"""A disk in this process that is full at one call after another, for what is too short to be worth a process."""

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.failing_disk import REFUSING, full
from tests.support.watched_disk import Call, WatchedDisk

_CALLS = ("mkdir", "rmdir", "unlink", "remove", "chmod", "replace", "rename", "link", "fsync", "ftruncate", "pwrite")


@contextmanager
def full_at(folder: Path, number: int) -> Iterator[list[str]]:
    """Beneath the folder the `number`-th call that a full disk refuses is refused; its name stands in a list then."""
    refused: list[str] = []
    counted = 0

    def goes(call: Call) -> bool:
        nonlocal counted
        counted += call.name in REFUSING
        if counted != number or call.name not in REFUSING or refused:
            return True
        refused.append(call.name)
        return False

    with pytest.MonkeyPatch.context() as patched:
        for name in (*_CALLS, "open"):
            patched.setattr(os, name, getattr(os, name))
        patched.setattr(io, "open", io.open)
        patched.setattr(builtins, "open", builtins.open)
        WatchedDisk(folder, goes, full).install()
        yield refused


def at_each_call(folder: Path, act: Callable[[Path], None]) -> Iterator[tuple[Path, list[str], Exception | None]]:
    """Let `act` meet a full disk at its first call in a folder of its own, at its second, and so on to the last."""
    for number in range(1, 1000):
        place = folder / str(number)
        place.mkdir()
        problem: Exception | None = None
        with full_at(place, number) as refused:
            try:
                act(place)
            except Exception as error:  # whatever it is, it is what is looked at
                problem = error
        yield place, refused, problem
        if not refused:
            return
