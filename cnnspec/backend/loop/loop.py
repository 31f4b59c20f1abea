"""The training loop: epochs of steps, validation after each, Keras' callbacks at their ends.

A training in phases is one loop after the other, whose callbacks count epochs from its own start. Every event in its
order; a test holds real trainings against this. Without `ema` the averages are the weights themselves; without a
keeper, a watch or a validation split what is theirs is left out.

    callbacks.on_train_begin
    keeper.begin
    participants.alike
    averages.in, snapshot.take, averages.out
    keeper.asked
    if it is to stop: keeper.keep, raise Asked
    listeners.begin
    for each epoch that is left, until a callback stops the training:
        callbacks.on_epoch_begin, listeners.epoch_begins
        EpochStarted
        listeners.steps_begin
        if the epoch is at its first step: watch.begin
        for each call of some steps:
            steps
            if the loss is not finite: snapshot.restore, raise Diverged
            listeners.steps_end
            StepsDone
            if the last copy is old: averages.in, snapshot.take, averages.out
            keeper.tell, keeper.asked
            if it is to stop: keeper.keep, raise Asked
            if the state is due: keeper.keep
            if steps are left: listeners.steps_begin
        averages.in
        if there is a validation split: listeners.test_begins
        for each call of some validation steps:
            validation steps, keeper.asked
            if it is to stop: averages.out, keeper.keep, raise Asked
        if there is a validation split: listeners.test_ends
        participants.agreed
        if a loss is not finite: averages.out, snapshot.restore, raise Diverged
        snapshot.take
        if a weight is not finite: averages.out, snapshot.restore, raise Diverged
        best.improves
        if there is a watch: watch.watched
        EpochEnded
        after_epoch
        listeners.epoch_ends, callbacks.on_epoch_end
        averages.out
        keeper.tell, keeper.asked
        if it is to stop: keeper.keep, raise Asked
        if the state is due and the training goes on: keeper.keep
    keeper.keep
    averages.settle
    callbacks.on_train_end
    if no phase comes after it: listeners.end
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import order
from cnnspec.backend.loop.averaging import averaged, settle
from cnnspec.backend.loop.parts import Hooks, Trainee
from cnnspec.backend.loop.progress import Course, Epoch, Moment, Position
from cnnspec.backend.loop.snapshot import Diverged, Snapshot
from cnnspec.backend.loop.time_left import TimeLeft
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.parallel.participants import SOLO, Participants
from cnnspec.backend.steps.stepper import NotFinite
from cnnspec.results.events import EpochEnded, EpochStarted, StepsDone

_SNAPSHOT_SECONDS = 60.0
"""After so long within an epoch the weights are copied, lest a long epoch that fails be lost whole."""


class Asked(KeyboardInterrupt):
    """Somebody asked the training to stop, and its state is whole."""


class Loop:
    """Trains a compiled model over its course.

    With `ema`, validation, `after_epoch` and the callbacks see the averaged weights, and so does what follows. With a
    keeper the state is kept now and then, and the training goes on from where it stands.
    """

    def __init__(self, trainee: Trainee, course: Course, hooks: Hooks, participants: Participants = SOLO) -> None:
        self._trainee, self._learner, self._course = trainee, trainee.learner, course
        self._emit, self._after_epoch, self._keeper = hooks.on_event, hooks.after_epoch, hooks.keeper
        self._participants, self._listeners = participants, hooks.listeners
        self._stepper = participants.stepper(trainee.learner, course.batch_size, course.xla, trainee.watch)
        self._time_left, self._learnt = TimeLeft(self.steps), 0.0
        self._tested, self._compiling = False, 0.0
        self._sound = Snapshot(trainee.learner)

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may be a smaller batch."""
        return -(-self._trainee.train.count // self._course.batch_size)

    def run(self, callbacks: list[Any]) -> int:
        """Train until the last epoch or until a callback stops it; how many epochs there were.

        Raises Diverged, and Asked, a KeyboardInterrupt, once the state is kept.
        """
        course = self._course
        epochs = course.epochs - course.begun.epoch
        listed = keras.callbacks.CallbackList(callbacks, model=self._learner, epochs=epochs, steps=self.steps)
        # Callbacks forget all they know when a training begins: what the checkpoint says of them must come after that.
        self._learner.stop_training = False
        listed.on_train_begin()
        position = self._begin(callbacks)
        if self._keeper and self._keeper.asked():
            self._leave(position)
        self._listeners.begin(self._learner, course.all_epochs, self.steps)
        while position.moment.epoch < course.epochs and not self._learner.stop_training:
            listed.on_epoch_begin(position.moment.epoch - course.begun.epoch)
            self._listeners.epoch_begins(position.moment.epoch)
            try:
                self._epoch(position, listed)
            except Diverged:
                self._sound.restore()
                raise
            position = Position(Moment(position.moment.epoch + 1, 0))
            self._rest(position)
        # The state goes first: with more epochs the training goes on from the weights, not from their averages.
        if self._keeper:
            self._keeper.keep(position, last=not course.later)
        self.settle()
        listed.on_train_end()
        if not course.later:
            self._listeners.end()
        return position.moment.epoch

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

    def _begin(self, callbacks: list[Any]) -> Position:
        first = Moment(self._course.begun.epoch, 0)
        position = self._keeper.begin(callbacks) if self._keeper else Position(first)
        # Whoever begins draws weights, and another kind of processor may draw others.
        self._participants.alike(self._learner.variables)
        refresh(self._learner)
        # A first copy was taken of weights that a checkpoint has replaced.
        with self._averaged():
            self._sound.take(position.moment)
        return position

    def _epoch(self, position: Position, callbacks: Any) -> None:
        started = time.perf_counter() - position.seconds
        number = position.moment.epoch
        self._emit(EpochStarted(number, self._course.all_epochs, self._course.phase))
        with self._trainee.train.in_use():
            figures = self._learn(position)
        learnt = Position(Moment(number, self.steps), figures, time.perf_counter() - started)
        try:
            with self._averaged():
                self._judge(learnt, started, callbacks)
        except Asked:
            # Only here are the weights themselves back, with which a training must go on.
            self._leave(learnt)

    def _judge(self, position: Position, started: float, callbacks: Any) -> None:
        number = position.moment.epoch
        measured = {**position.figures, **self._validate()}
        # All must call one epoch the best and stop after the same one, though their sums may differ in the last bits.
        figures = self._participants.agreed(lambda: measured)
        # Before anything looks at them: neither the best epoch nor a callback may remember a loss that is no number.
        self._refuse_infinite(figures, number)
        seconds = time.perf_counter() - started
        rate = float(self._learner.optimizer.learning_rate)
        best = self._trainee.best.improves(number, figures)
        watched = self._trainee.watch.watched() if self._trainee.watch else None
        self._time_left.rested(time.perf_counter() - self._learnt - self._compiling)
        epochs, phase = self._course.all_epochs, self._course.phase
        left = self._time_left.left(epochs - number - 1)
        self._emit(EpochEnded(number, epochs, figures, seconds, rate, best, watched, left, phase))
        # Before the callbacks: early stopping may put earlier weights back, and after_epoch keeps this epoch's.
        self._after_epoch(Epoch(number, figures, seconds, rate, best, watched, phase))
        self._listeners.epoch_ends(number, figures)
        callbacks.on_epoch_end(number - self._course.begun.epoch, dict(figures))

    def _rest(self, position: Position) -> None:
        """Keep the state where it is due and the training goes on; stop here if somebody asked for it."""
        if self._keeper is None:
            return
        self._keeper.tell()
        if self._keeper.asked():
            self._leave(position)
        # After its last step an epoch is not over: its state is due once the callbacks have seen it. At the very end
        # the last state is kept, which waits for the disk.
        done, learnt = self._course.done(position.moment, self.steps), position.moment.step == self.steps
        over = position.moment.epoch == self._course.epochs or self._learner.stop_training
        if done % self._keeper.every == 0 and not (learnt or over):
            self._keeper.keep(position)

    def _leave(self, position: Position) -> None:
        assert self._keeper is not None
        self._keeper.keep(position, last=True)
        raise Asked

    def _pause(self, number: int, done: int) -> int:
        """The step of an epoch at which the state is to be kept next."""
        if self._keeper is None:
            return self.steps
        before, every = self._course.done(Moment(number, 0), self.steps), self._keeper.every
        return (before + done) // every * every + every - before

    def _averaged(self) -> AbstractContextManager[None]:
        return averaged(self._learner.optimizer, self._learner.trainable_variables)

    def _validate(self) -> dict[str, float]:
        if self._trainee.validation is None:
            return {}
        self._listeners.test_begins()
        figures = self.score(self._trainee.validation)
        self._listeners.test_ends(figures)
        return {f"val_{name}": value for name, value in figures.items()}

    def _learn(self, position: Position) -> Mapping[str, float]:
        course, number, begun = self._course, position.moment.epoch, position.moment.step
        figures = position.figures
        batches = self._trainee.train.over(
            order(self._trainee.train.count, course.seed, number), course.batch_size, number, begun
        )
        started = last = copied = time.perf_counter()
        before = begun
        if self._learnt:
            self._time_left.rested(started - self._learnt - self._compiling)
            self._compiling = 0.0
        self._listeners.steps_begin(begun)
        try:
            for done in self._stepper.train(batches, self.steps, begun, lambda done: self._pause(number, done)):
                now = time.perf_counter()
                known = self._time_left.stepped(done - before, now - last)
                rate = (done - before) * course.batch_size / (now - last) if known else None
                left = self._time_left.left(course.all_epochs - number, done)
                figures = self._stepper.figures()
                self._listeners.steps_end(done - 1, figures)
                self._emit(StepsDone(number, course.all_epochs, done, self.steps, figures, rate, left, course.phase))
                before, last = done, now
                copied = self._copy(Moment(number, done), now, copied)
                self._rest(Position(Moment(number, done), figures, position.seconds + now - started))
                if done < self.steps:
                    self._listeners.steps_begin(done)
        except NotFinite as problem:
            more = f"{problem.loss}, at a learning rate of {problem.rate:.3g}"
            raise self._diverged("loss is no finite number", f"step {problem.step}", number, more) from None
        self._learnt = time.perf_counter()
        return figures

    def _copy(self, moment: Moment, now: float, before: float) -> float:
        """Copy the weights if the last copy is old; when the last was made.

        The averages are copied: a training that diverges ends with what its best epochs are judged by.
        """
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

    def _diverged(self, what: str, where: str, epoch: int, more: str) -> Diverged:
        said = f"the {what} any more at {where} of epoch {epoch + 1} ({more})"
        return Diverged(said, self._sound.moment)
