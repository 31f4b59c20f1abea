"""Writes checkpoints while the training goes on, in a thread of its own."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

from cnnspec.runs.checkpoint import Checkpoint, write_checkpoint
from cnnspec.runs.folder import RunFolder


class CheckpointWriter:
    """Writes what it is given as soon as it can; where the disk is slower than the training, the latest counts."""

    def __init__(self, folder: RunFolder, keep: int) -> None:
        self._folder, self._keep = folder, keep
        self._waiting: deque[Checkpoint] = deque()
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._last: Future[None] | None = None

    def write(self, checkpoint: Checkpoint) -> None:
        """Write it soon; raises RunFailed where an earlier one could not be written."""
        self._complain()
        self._waiting.append(checkpoint)
        self._last = self._thread.submit(self._write)

    def finish(self) -> None:
        """Wait until everything is on the disk; raises RunFailed where it cannot be."""
        if self._last is not None:
            self._last.result()

    def close(self) -> None:
        """End the thread; what it was given it still writes."""
        self._thread.shutdown()

    def _complain(self) -> None:
        if self._last is not None and self._last.done():
            self._last.result()

    def _write(self) -> None:
        """Write the latest; nothing where a call before this one has."""
        latest = None
        while self._waiting:
            latest = self._waiting.popleft()
        if latest is not None:
            write_checkpoint(self._folder, latest, self._keep)
