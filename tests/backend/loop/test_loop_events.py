"""The events of real trainings come in the order that the head of the loop's module says."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.loop import loop as loop_module
from cnnspec.backend.loop.listeners import Listeners
from cnnspec.backend.loop.loop import Asked, Loop
from cnnspec.backend.loop.snapshot import Diverged, Snapshot
from cnnspec.backend.objective.callbacks import Best
from cnnspec.backend.parallel.participants import Participants
from cnnspec.backend.resume.keeper import Keeper
from cnnspec.backend.run import Run
from cnnspec.backend.steps.stepper import NotFinite, Stepper
from cnnspec.backend.steps.watch import Watch
from cnnspec.backend.train import resume, train
from cnnspec.language.location import locate
from cnnspec.results.failure import RunFailed
from cnnspec.runs.folder import RunFolder
from tests.support.pseudocode import events_of, furthest, lines_used, read_pseudocode
from tests.support.small_runs import MODEL, SMALLEST, small_spec
from tests.support.spec_texts import read

PSEUDOCODE = read_pseudocode(str(loop_module.__doc__))
TRAINING = """
training:
  {epochs: 2, batch_size: 8, loss: auto, seed: 5, ema: {momentum: 0.9}, watch: [gradients], checkpoint: {every: 0.375}}
"""
PLAIN = """
training: {epochs: 2, batch_size: 8, loss: auto, seed: 5}
"""
BEFORE_A_STOP = {
    "at once": ["participants.alike", "averages.in", "snapshot.take", "averages.out"],
    "in an epoch": ["StepsDone", "keeper.tell"],
    "in a validation": ["validation steps"],
    "after an epoch": ["averages.out", "keeper.tell"],
}
"""What is told right before somebody asks a training to stop."""


class Recorder:
    """What a loop calls while it runs, in order. Before an event `upset` may do something to the learner."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.running: Any = None
        self.stops: list[str] | None = None
        self.upset: Callable[[str, Any], None] = lambda event, learner: None

    def note(self, event: str) -> None:
        """Something happens."""
        if self.running is not None:
            self.upset(event, self.running)
            self.told.append(event)

    def asked(self) -> bool:
        """Whether it is asked to stop here."""
        asked = self.stops is not None and self.told[-len(self.stops) :] == self.stops
        self.note("keeper.asked")
        return asked

    def method(self, patch: pytest.MonkeyPatch, owner: Any, name: str, event: str) -> None:
        """Note the calls of a method, but not what it calls in turn."""
        real = getattr(owner, name)

        def noted(this: Any, *arguments: Any, **named: Any) -> Any:
            self.note(event)
            running, self.running = self.running, None
            try:
                return real(this, *arguments, **named)
            finally:
                self.running = running

        patch.setattr(owner, name, noted)

    def steps(self, patch: pytest.MonkeyPatch, name: str, event: str) -> None:
        """Note each call of several steps, one that fails too."""
        real = getattr(Stepper, name)

        def noted(this: Any, *arguments: Any, **named: Any) -> Iterator[int]:
            try:
                for done in real(this, *arguments, **named):
                    self.note(event)
                    yield done
            except NotFinite:
                self.note(event)
                raise

        patch.setattr(Stepper, name, noted)

    def averages(self, patch: pytest.MonkeyPatch) -> None:
        """Note when averages are put in the weights' place, and the weights back."""
        real, settle = loop_module.averaged, loop_module.settle

        @contextlib.contextmanager
        def noted(*arguments: Any) -> Iterator[None]:
            self.note("averages.in")
            try:
                with real(*arguments):
                    yield
            finally:
                self.note("averages.out")

        def settled(*arguments: Any) -> None:
            self.note("averages.settle")
            settle(*arguments)

        patch.setattr(loop_module, "averaged", noted)
        patch.setattr(loop_module, "settle", settled)

    def loops(self, patch: pytest.MonkeyPatch) -> None:
        """Listen only while a loop runs, and note how it ends."""
        real = Loop.run

        def running(this: Any, *arguments: Any) -> int:
            self.running = this._learner
            try:
                return real(this, *arguments)
            except (Asked, Diverged) as error:
                self.note(f"raise {type(error).__name__}")
                raise
            finally:
                self.running = None

        patch.setattr(Loop, "run", running)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Listens to everything that the pseudocode names."""
    recorder = Recorder()
    methods = {
        keras.callbacks.CallbackList: ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end"),
        Listeners: (
            *("begin", "epoch_begins", "steps_begin", "steps_end"),
            *("test_begins", "test_ends", "epoch_ends", "end"),
        ),
        Keeper: ("begin", "keep", "tell"),
        Participants: ("alike", "agreed"),
        Snapshot: ("take", "restore"),
        Best: ("improves",),
        Watch: ("begin", "watched"),
    }
    called = {keras.callbacks.CallbackList: "callbacks"}
    for owner, names in methods.items():
        for name in names:
            recorder.method(monkeypatch, owner, name, f"{called.get(owner, owner.__name__.lower())}.{name}")
    recorder.method(monkeypatch, Run, "_keep", "after_epoch")
    recorder.steps(monkeypatch, "train", "steps")
    recorder.steps(monkeypatch, "test", "validation steps")
    recorder.averages(monkeypatch)
    recorder.loops(monkeypatch)
    monkeypatch.setattr(Run, "_asked", lambda run: recorder.asked())
    return recorder


def ran(recorder: Recorder, place: Path, training: str = TRAINING, model: str = SMALLEST) -> list[str]:
    """What happened in a training of a network, however it ended."""
    recorder.told.clear()
    place.mkdir(exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt, RunFailed):
        train(*small_spec(place, training, model), runs_dir=place / "runs", on_event=noting(recorder))
    return list(recorder.told)


def went_on(recorder: Recorder, place: Path) -> list[str]:
    """What happened when the run in a place went on."""
    recorder.told.clear()
    folder = RunFolder(place / "runs" / "small-1")
    resume(folder, *read(locate(str(folder.spec), print)), data_root=place, on_event=noting(recorder))
    return list(recorder.told)


def noting(recorder: Recorder) -> Callable[[object], None]:
    """Events are told under their names, but for those of saves, which come from other threads."""
    names = ("EpochStarted", "StepsDone", "EpochEnded")
    return lambda event: recorder.note(type(event).__name__) if type(event).__name__ in names else None


def poisoned(event: str, learner: Any) -> None:
    """A weight is lost after the last step, of which no loss tells."""
    if event == "participants.agreed":
        weight = learner.trainable_variables[0]
        weight.assign(np.full(weight.shape, np.nan))


def lost_in_validation(event: str, learner: Any) -> None:
    """All weights are lost before the validation."""
    if event == "averages.in" and int(learner.optimizer.iterations) > 0:
        for weight in learner.trainable_variables:
            weight.assign(np.full(weight.shape, np.nan))


def trainings(recorder: Recorder, patch: pytest.MonkeyPatch, place: Path) -> Iterator[tuple[str, list[str]]]:
    """Each in its own way, so that together they do all that a training does."""
    yield "to its end", ran(recorder, place / "whole")
    yield "with nothing beside", ran(recorder, place / "plain", PLAIN)
    for name, recorder.stops in BEFORE_A_STOP.items():
        yield f"stopped {name}", ran(recorder, place / name)
    recorder.stops = None
    shutil.copytree(place / "in an epoch", place / "again")
    yield "going on", went_on(recorder, place / "again")
    with patch.context() as hasty:
        hasty.setattr(loop_module, "_SNAPSHOT_SECONDS", -1.0)
        yield "with copies", ran(recorder, place / "copies")
    yield "diverging", ran(recorder, place / "diverging", PLAIN.replace("seed", "optimizer: {sgd: 1e30}, seed"), MODEL)
    recorder.upset = lost_in_validation
    yield "without a validation loss", ran(recorder, place / "lost", PLAIN)
    recorder.upset = poisoned
    yield "without a weight", ran(recorder, place / "poisoned", PLAIN)


def test_the_events_of_trainings_come_as_the_pseudocode_says_and_all_that_it_says_happens(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each training is accounted for from its first event to its last; together they use every line."""
    used: set[int] = set()
    for name, told in trainings(recorder, monkeypatch, tmp_path):
        lines = lines_used(PSEUDOCODE, told)
        assert lines is not None, f"{name}: not after {furthest(PSEUDOCODE, told)[-8:]}"
        used |= lines
    assert used == {event.line for event in events_of(PSEUDOCODE)}


def test_an_event_in_another_place_is_noticed(recorder: Recorder, tmp_path: Path) -> None:
    """One that comes after the next, one that is left out, and one too many."""
    told = ran(recorder, tmp_path)
    assert lines_used(PSEUDOCODE, told) is not None
    place = told.index("after_epoch")
    event, after = told[place : place + 2]
    for changed in ([after, event], [after], ["EpochEnded", event, after]):
        assert lines_used(PSEUDOCODE, [*told[:place], *changed, *told[place + 2 :]]) is None, changed
