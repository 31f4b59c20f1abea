"""Trainings that keep every checkpoint, however slow the disk is beside so short a training."""

from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager

import pytest

from cnnspec.backend.resume import keeper
from cnnspec.runs.checkpoint import Checkpoint
from cnnspec.runs.writer import CheckpointWriter


@contextmanager
def each_written() -> Iterator[None]:
    """Within it no checkpoint is left out for the next one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeper, "CheckpointWriter", _Patient)
        yield


class _Patient(CheckpointWriter):
    """Waits until each is written."""

    def write(self, checkpoint: Checkpoint) -> None:
        super().write(checkpoint)
        wait(self._begun)
