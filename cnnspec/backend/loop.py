"""The training loop: epochs of steps, validation after each, Keras' callbacks at their ends."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import keras
import numpy as np

from cnnspec.backend.averaging import averaged, settle
from cnnspec.backend.callbacks import Best
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import order
from cnnspec.backend.pace import Pace
from cnnspec.backend.snapshot import Diverged, Moment, Snapshot
from cnnspec.backend.steps import NotFinite
from cnnspec.backend.team import SOLO, Team
from cnnspec.backend.watch import Watch
from cnnspec.results.events import EpochEnded, EpochStarted, Event, StepsDone
from cnnspec.results.watched import Watched

_SNAPSHOT_SECONDS = 60.0
"""After so long within an epoch the weights are copied, lest a long epoch that fails be lost whole."""
_START = Moment(0, 0)


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
    watched: Watched | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a training stands: at this moment, with the `figures` of the epoch's steps and the seconds spent on it."""

    moment: Moment
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0


class Keeper(Protocol):
    """What keeps the state of a training, and decides when."""

    every: int
    """Steps between two times that the state is kept."""

    def begin(self, callbacks: list[Any]) -> Place:
        """Put an earlier state back, if there is one, and say where it stands."""

    def keep(self, place: Place, last: bool = False) -> None:
        """Keep the state; `last` waits until it is on the disk, and raises RunFailed where it cannot be."""

    def tell(self) -> None:
        """Tell what could not be kept."""

    def asked(self) -> bool:
        """Whether the training is to stop as soon as it can."""


class Asked(KeyboardInterrupt):
    """Somebody asked the training to stop, and its state is whole."""


class Loop:
    """Trains a compiled model. `after_epoch` is called when an epoch is over, before early stopping acts on it.

    With `ema`, validation, `after_epoch` and the callbacks see the averaged weights, and so does what follows. With a
    `keeper` the state is kept now and then, and the training goes on from where it stands. A `watch` sees every step.
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
        keeper: Keeper | None = None,
        watch: Watch | None = None,
        team: Team = SOLO,
    ) -> None:
        self._learner, self._watch, self._team = learner, watch, team
        self._stepper = team.stepper(learner, course.batch_size, xla, watch)
        self._train, self._validation = train, validation
        self._course, self._best = course, best
        self._after_epoch, self._emit, self._keeper = after_epoch, on_event, keeper
        self._pace, self._learnt = Pace(self.steps), 0.0
        self._tested, self._compiling = False, 0.0
        self._sound = Snapshot(learner)

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may be a smaller batch."""
        return -(-self._train.count // self._course.batch_size)

    def run(self, callbacks: list[Any]) -> int:
        """Train until the last epoch or until a callback stops it; how many epochs there were.

        Raises Diverged, and Asked, a KeyboardInterrupt, once the state is kept.
        """
        course = self._course
        listed = keras.callbacks.CallbackList(callbacks, model=self._learner, epochs=course.epochs, steps=self.steps)
        self._learner.stop_training = False
        listed.on_train_begin()
        place = self._begin(callbacks)
        if self._keeper and self._keeper.asked():
            self._leave(place)
        while place.moment.epoch < course.epochs and not self._learner.stop_training:
            listed.on_epoch_begin(place.moment.epoch)
            try:
                self._epoch(place, listed)
            except Diverged:
                self._sound.restore()
                raise
            place = Place(Moment(place.moment.epoch + 1, 0))
            self._rest(place)
        if self._keeper:
            self._keeper.keep(place, last=True)
        self.settle()
        listed.on_train_end()
        return place.moment.epoch

    def settle(self) -> None:
        """Let averaged weights, where there are any, replace the weights: the training is over."""
        settle(self._learner.optimizer, self._learner.trainable_variables)

    def score(self, batches: Batches) -> dict[str, float]:
        """Loss and metrics on a split, with the weights as they are; raises Asked."""
        size = self._course.batch_size
        started = time.perf_counter()
        with batches.in_use():
            for _ in self._stepper.test(batches.over(np.arange(batches.count), size), -(-batches.count // size)):
                if not self._tested:
                    self._tested, self._compiling = True, time.perf_counter() - started
                if self._keeper and self._keeper.asked():
                    raise Asked
        return self._stepper.figures()

    def _begin(self, callbacks: list[Any]) -> Place:
        place = self._keeper.begin(callbacks) if self._keeper else Place(_START)
        self._team.alike(self._learner.variables)
        if place.moment != _START:
            with self._averaged():
                self._sound.take(place.moment)
        return place

    def _epoch(self, place: Place, callbacks: Any) -> None:
        started = time.perf_counter() - place.seconds
        number = place.moment.epoch
        self._emit(EpochStarted(number, self._course.epochs))
        with self._train.in_use():
            figures = self._learn(place)
        learnt = Place(Moment(number, self.steps), figures, time.perf_counter() - started)
        try:
            with self._averaged():
                self._judge(learnt, started, callbacks)
        except Asked:
            self._leave(learnt)

    def _judge(self, place: Place, started: float, callbacks: Any) -> None:
        number = place.moment.epoch
        measured = {**place.figures, **self._validate()}
        figures = self._team.agreed(lambda: measured)
        self._refuse_infinite(figures, number)
        seconds = time.perf_counter() - started
        rate = float(self._learner.optimizer.learning_rate)
        best = self._best.improves(number, figures)
        watched = self._watch.watched() if self._watch else None
        self._pace.rested(time.perf_counter() - self._learnt - self._compiling)
        left = self._pace.left(self._course.epochs - number - 1)
        self._emit(EpochEnded(number, self._course.epochs, figures, seconds, rate, best, watched, left))
        self._after_epoch(Epoch(number, figures, seconds, rate, best, watched))
        callbacks.on_epoch_end(number, dict(figures))

    def _rest(self, place: Place) -> None:
        """Keep the state where it is due and the training goes on; stop here if somebody asked for it."""
        if self._keeper is None:
            return
        self._keeper.tell()
        if self._keeper.asked():
            self._leave(place)
        done, learnt = place.moment.epoch * self.steps + place.moment.step, place.moment.step == self.steps
        over = place.moment.epoch == self._course.epochs or self._learner.stop_training
        if done % self._keeper.every == 0 and not (learnt or over):
            self._keeper.keep(place)

    def _leave(self, place: Place) -> None:
        assert self._keeper is not None
        self._keeper.keep(place, last=True)
        raise Asked

    def _pause(self, number: int, done: int) -> int:
        """The step of an epoch at which the state is to be kept next."""
        if self._keeper is None:
            return self.steps
        before, every = number * self.steps, self._keeper.every
        return (before + done) // every * every + every - before

    def _averaged(self) -> AbstractContextManager[None]:
        return averaged(self._learner.optimizer, self._learner.trainable_variables)

    def _validate(self) -> dict[str, float]:
        if self._validation is None:
            return {}
        return {f"val_{name}": value for name, value in self.score(self._validation).items()}

    def _learn(self, place: Place) -> Mapping[str, float]:
        course, number, begun = self._course, place.moment.epoch, place.moment.step
        figures = place.figures
        batches = self._train.over(order(self._train.count, course.seed, number), course.batch_size, number, begun)
        started = last = copied = time.perf_counter()
        before = begun
        if self._learnt:
            self._pace.rested(started - self._learnt - self._compiling)
            self._compiling = 0.0
        try:
            for done in self._stepper.train(batches, self.steps, begun, lambda done: self._pause(number, done)):
                now = time.perf_counter()
                known = self._pace.stepped(done - before, now - last)
                rate = (done - before) * course.batch_size / (now - last) if known else None
                left = self._pace.left(course.epochs - number, done)
                figures = self._stepper.figures()
                self._emit(StepsDone(number, course.epochs, done, self.steps, figures, rate, left))
                before, last = done, now
                copied = self._copy(Moment(number, done), now, copied)
                self._rest(Place(Moment(number, done), figures, place.seconds + now - started))
        except NotFinite as problem:
            more = f"{problem.loss}, at a learning rate of {problem.rate:.3g}"
            raise self._diverged("loss is no finite number", f"step {problem.step}", number, more) from None
        self._learnt = time.perf_counter()
        return figures

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
