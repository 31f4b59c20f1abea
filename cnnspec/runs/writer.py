"""Writes checkpoints and the best model while the training goes on, in a thread of its own."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from cnnspec.results.failure import RunFailed
from cnnspec.runs.checkpoint import Checkpoint, write_checkpoint
from cnnspec.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class BestModel:
    """The weights of an epoch that ended after `step` steps in all; `write` puts their model on the disk."""

    step: int
    write: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a save after so many steps; without a failure all of it is on the disk."""

    step: int
    failure: RunFailed | None = None


class CheckpointWriter:
    """Writes what it is given as soon as it can; where the disk is slower than the training, the latest counts.

    The best model goes before the checkpoint that came after it, and a checkpoint is not written before the best model
    that it speaks of is on the disk.
    """

    def __init__(self, folder: RunFolder, keep: int) -> None:
        self._folder, self._keep = folder, keep
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._begun: deque[Future[None]] = deque()
        self._waiting = threading.Lock()
        self._best: BestModel | None = None
        self._checkpoint: Checkpoint | None = None
        self._outcomes: deque[Outcome] = deque()
        self._last: Outcome | None = None

    def write(self, checkpoint: Checkpoint) -> None:
        """Write it soon."""
        with self._waiting:
            self._checkpoint = checkpoint
        self._begin()

    def write_best(self, best: BestModel) -> None:
        """Write it soon; it is tried again with every checkpoint until it is written."""
        with self._waiting:
            self._best = best
        self._begin()

    def outcomes(self) -> list[Outcome]:
        """What became of the saves that ended since this was asked last, in order."""
        self._let_through(Future.done)
        return [self._outcomes.popleft() for _ in range(len(self._outcomes))]

    def finish(self) -> list[Outcome]:
        """Wait until everything is on the disk; the outcomes that were not asked for yet.

        Raises RunFailed where the last save failed, which then is none of the outcomes.
        """
        self._let_through(lambda future: True)
        if self._last is not None and self._last.failure is not None:
            if self._outcomes and self._outcomes[-1] is self._last:
                self._outcomes.pop()
            raise self._last.failure
        return self.outcomes()

    def close(self) -> None:
        """End the thread; what it was given it still writes."""
        self._thread.shutdown()

    def _begin(self) -> None:
        self._begun.append(self._thread.submit(self._save))

    def _let_through(self, ended: Callable[[Future[None]], bool]) -> None:
        """Raise here what only a mistake of ours can raise there."""
        while self._begun and ended(self._begun[0]):
            self._begun.popleft().result()

    def _save(self) -> None:
        """Write what waits, the latest of each; nothing where a call before this one has."""
        with self._waiting:
            best, checkpoint, self._checkpoint = self._best, self._checkpoint, None
        if best is None and checkpoint is None:
            return
        outcome = self._saved(best, checkpoint)
        if checkpoint is not None or outcome.failure is not None:  # the best model alone is no state that was saved
            self._last = outcome
            self._outcomes.append(outcome)

    def _saved(self, best: BestModel | None, checkpoint: Checkpoint | None) -> Outcome:
        step = checkpoint.step if checkpoint else best.step if best else 0
        try:
            if best is not None:
                best.write()
                self._forget(best)
            if checkpoint is not None:
                write_checkpoint(self._folder, checkpoint, self._keep)
        except RunFailed as failure:
            return Outcome(step, failure)
        return Outcome(step)

    def _forget(self, best: BestModel) -> None:
        """It is written; a later one may wait by now."""
        with self._waiting:
            if self._best is best:
                self._best = None
