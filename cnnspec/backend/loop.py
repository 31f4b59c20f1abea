"""The training loop: epochs of steps, validation after each, Keras' callbacks at their ends."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cnnspec.backend.averaging import averaged, settle
from cnnspec.backend.callbacks import Best
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import order
from cnnspec.backend.snapshot import Diverged, Moment, Snapshot
from cnnspec.backend.steps import NotFinite, Stepper
from cnnspec.runs.events import EpochEnded, EpochStarted, Event, StepsDone

_SNAPSHOT_SECONDS = 60.0
"""After so long within an epoch the weights are copied, lest a long epoch that fails be lost whole."""


@dataclass(frozen=True, slots=True)
class Course:
    """How long the training is, and what decides its order."""

    epochs: int
    batch_size: int
    seed: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch came to; figures of the validation start with `val_`."""

    number: int
    figures: Mapping[str, float]
    seconds: float
    learning_rate: float
    best: bool


class Loop:
    """Trains a compiled model. `after_epoch` is called when an epoch is over, before early stopping acts on it.

    With `ema`, validation, `after_epoch` and the callbacks see the averaged weights, and so does what follows.
    """

    def __init__(
        self,
        learner: Any,
        train: Batches,
        validation: Batches | None,
        course: Course,
        best: Best,
        after_epoch: Callable[[Epoch], None],
        on_event: Callable[[Event], None],
        xla: bool = False,
    ) -> None:
        self._learner, self._stepper = learner, Stepper(learner, xla)
        self._train, self._validation = train, validation
        self._course, self._best = course, best
        self._after_epoch, self._emit = after_epoch, on_event
        self._validation_seconds = 0.0
        self._sound = Snapshot(learner)

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may be a smaller batch."""
        return -(-self._train.count // self._course.batch_size)

    def run(self, callbacks: list[Any]) -> int:
        """Train until the last epoch or until a callback stops it; how many epochs there were. Raises Diverged."""
        course = self._course
        listed = keras.callbacks.CallbackList(callbacks, model=self._learner, epochs=course.epochs, steps=self.steps)
        self._learner.stop_training = False
        listed.on_train_begin()
        done = 0
        while done < course.epochs and not self._learner.stop_training:
            listed.on_epoch_begin(done)
            try:
                self._epoch(done, listed)
            except Diverged:
                self._sound.restore()
                raise
            done += 1
        self.settle()
        listed.on_train_end()
        return done

    def settle(self) -> None:
        """Let averaged weights, where there are any, replace the weights: the training is over."""
        settle(self._learner.optimizer, self._learner.trainable_variables)

    def score(self, batches: Batches) -> dict[str, float]:
        """Loss and metrics on a split, with the weights as they are."""
        size = self._course.batch_size
        with batches.in_use():
            for _ in self._stepper.test(batches.over(np.arange(batches.count), size), -(-batches.count // size)):
                pass
        return self._stepper.figures()

    def _epoch(self, number: int, callbacks: Any) -> None:
        started = time.perf_counter()
        self._emit(EpochStarted(number, self._course.epochs))
        with self._train.in_use():
            figures = self._learn(number)
        with self._averaged():
            figures |= self._validate()
            self._refuse_infinite(figures, number)
            seconds = time.perf_counter() - started
            rate = float(self._learner.optimizer.learning_rate)
            best = self._best.improves(number, figures)
            self._emit(EpochEnded(number, self._course.epochs, figures, seconds, rate, best))
            self._after_epoch(Epoch(number, figures, seconds, rate, best))
            callbacks.on_epoch_end(number, dict(figures))

    def _averaged(self) -> AbstractContextManager[None]:
        return averaged(self._learner.optimizer, self._learner.trainable_variables)

    def _validate(self) -> dict[str, float]:
        if self._validation is None:
            return {}
        started = time.perf_counter()
        figures = {f"val_{name}": value for name, value in self.score(self._validation).items()}
        self._validation_seconds = time.perf_counter() - started
        return figures

    def _learn(self, number: int) -> dict[str, float]:
        course = self._course
        rows = order(self._train.count, course.seed, number)
        started = last = copied = time.perf_counter()
        before = 0
        try:
            for done in self._stepper.train(self._train.over(rows, course.batch_size, number), self.steps):
                now = time.perf_counter()
                rate = (done - before) * course.batch_size / (now - last)
                left = self._left(number, done, (now - started) / done)
                figures = self._stepper.figures()
                self._emit(StepsDone(number, course.epochs, done, self.steps, figures, rate, left))
                before, last = done, now
                copied = self._copy(Moment(number, done), now, copied)
        except NotFinite as problem:
            more = f"{problem.loss}, at a learning rate of {problem.rate:.3g}"
            raise self._diverged("loss is no finite number", f"step {problem.step}", number, more) from None
        return self._stepper.figures()

    def _left(self, epoch: int, done: int, step_seconds: float) -> float:
        epochs = self._course.epochs - epoch
        return step_seconds * (epochs * self.steps - done) + epochs * self._validation_seconds

    def _copy(self, moment: Moment, now: float, before: float) -> float:
        """Copy the weights if the last copy is old; when the last was made."""
        if now - before < _SNAPSHOT_SECONDS:
            return before
        with self._averaged():
            self._sound.take(moment)
        return now

    def _refuse_infinite(self, figures: Mapping[str, float], epoch: int) -> None:
        for name, what in (("loss", "loss is no finite number"), ("val_loss", "validation loss is no finite number")):
            if not np.isfinite(figures.get(name, 0.0)):
                raise self._diverged(what, "the end", epoch, f"{figures[name]}, at {self._rate()}")
        if not self._sound.take(Moment(epoch, self.steps)):
            raise self._diverged("network has weights that are no finite numbers", "the end", epoch, self._rate())

    def _rate(self) -> str:
        return f"a learning rate of {float(self._learner.optimizer.learning_rate):.3g}"

    def _diverged(self, what: str, place: str, epoch: int, more: str) -> Diverged:
        said = f"the {what} any more at {place} of epoch {epoch + 1} ({more})"
        return Diverged(said, self._sound.moment)
