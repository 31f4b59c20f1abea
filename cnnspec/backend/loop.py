"""The training loop: epochs of steps, validation after each, Keras' callbacks at their ends."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cnnspec.backend.callbacks import Best
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import order
from cnnspec.backend.steps import NotFinite, Stepper
from cnnspec.runs.events import EpochEnded, EpochStarted, Event, StepsDone
from cnnspec.runs.failure import RunFailed


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
    """Trains a compiled model. `after_epoch` is called when an epoch is over, before early stopping acts on it."""

    def __init__(
        self,
        learner: Any,
        train: Batches,
        validation: Batches | None,
        course: Course,
        best: Best,
        after_epoch: Callable[[Epoch], None],
        on_event: Callable[[Event], None],
    ) -> None:
        self._learner, self._stepper = learner, Stepper(learner)
        self._train, self._validation = train, validation
        self._course, self._best = course, best
        self._after_epoch, self._emit = after_epoch, on_event
        self._validation_seconds = 0.0

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may be a smaller batch."""
        return -(-self._train.count // self._course.batch_size)

    def run(self, callbacks: list[Any]) -> int:
        """Train until the last epoch or until a callback stops it; how many epochs there were. Raises RunFailed."""
        course = self._course
        listed = keras.callbacks.CallbackList(callbacks, model=self._learner, epochs=course.epochs, steps=self.steps)
        self._learner.stop_training = False
        listed.on_train_begin()
        done = 0
        while done < course.epochs and not self._learner.stop_training:
            listed.on_epoch_begin(done)
            epoch = self._epoch(done)
            self._after_epoch(epoch)
            listed.on_epoch_end(done, dict(epoch.figures))
            done += 1
        self._learner.optimizer.finalize_variable_values(self._learner.trainable_variables)
        listed.on_train_end()
        return done

    def score(self, batches: Batches) -> dict[str, float]:
        """Loss and metrics on a split, with the weights as they are."""
        size = self._course.batch_size
        with batches.in_use():
            for _ in self._stepper.test(batches.over(np.arange(batches.count), size), -(-batches.count // size)):
                pass
        return self._stepper.figures()

    def _epoch(self, number: int) -> Epoch:
        started = time.perf_counter()
        self._emit(EpochStarted(number, self._course.epochs))
        with self._train.in_use():
            figures = self._learn(number)
        _refuse_infinite(figures, number)
        if self._validation is not None:
            before = time.perf_counter()
            figures |= {f"val_{name}": value for name, value in self.score(self._validation).items()}
            self._validation_seconds = time.perf_counter() - before
        seconds = time.perf_counter() - started
        rate = float(self._learner.optimizer.learning_rate)
        best = self._best.improves(number, figures)
        self._emit(EpochEnded(number, self._course.epochs, figures, seconds, rate, best))
        return Epoch(number, figures, seconds, rate, best)

    def _learn(self, number: int) -> dict[str, float]:
        course = self._course
        rows = order(self._train.count, course.seed, number)
        started = last = time.perf_counter()
        before = 0
        try:
            for done in self._stepper.train(self._train.over(rows, course.batch_size, number), self.steps):
                now = time.perf_counter()
                rate = (done - before) * course.batch_size / (now - last)
                left = self._left(number, done, (now - started) / done)
                figures = self._stepper.figures()
                self._emit(StepsDone(number, course.epochs, done, self.steps, figures, rate, left))
                before, last = done, now
        except NotFinite as problem:
            raise _diverged(number, f"step {problem.step}") from None
        return self._stepper.figures()

    def _left(self, epoch: int, done: int, step_seconds: float) -> float:
        epochs = self._course.epochs - epoch
        return step_seconds * (epochs * self.steps - done) + epochs * self._validation_seconds


def _refuse_infinite(figures: Mapping[str, float], epoch: int) -> None:
    if not np.isfinite(figures["loss"]):
        raise _diverged(epoch, "its end")


def _diverged(epoch: int, place: str) -> RunFailed:
    message = f"the loss is no finite number any more at {place} of epoch {epoch + 1}"
    return RunFailed("loss-not-finite", message, "lower the learning rate, add a warm-up, or rescale the input")
