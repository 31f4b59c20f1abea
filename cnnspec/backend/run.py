"""One run, from its first epoch or its checkpoint to its result."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cnnspec.backend.keras_errors import step_errors
from cnnspec.backend.loop.doubts import Doubts
from cnnspec.backend.loop.listeners import Listeners
from cnnspec.backend.loop.loop import Loop
from cnnspec.backend.loop.parts import Hooks
from cnnspec.backend.loop.progress import Epoch, Moment
from cnnspec.backend.loop.snapshot import Diverged
from cnnspec.backend.loop.so_far import SoFar
from cnnspec.backend.model.build import save_model
from cnnspec.backend.objective.callbacks import (
    build_early_stopping,
    build_reduce_on_plateau,
)
from cnnspec.backend.parallel.participants import SOLO, Participants
from cnnspec.backend.plan import plan_of
from cnnspec.backend.ready import Part, Ready
from cnnspec.backend.resume.checkpoint_form import ResumePoint
from cnnspec.backend.resume.keeper import Keeper, recorded, row_of
from cnnspec.backend.resume.state import check_weights
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.locate import with_place
from cnnspec.results.events import (
    Doubted,
    Event,
    Figures,
    Resumed,
    RunStarted,
    Scored,
    StepsDone,
    StopAsked,
    StoppedEarly,
)
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import Best, Ended, Result, TrainResult
from cnnspec.results.transfer import loaded_layers
from cnnspec.runs.checkpoint import remove_unfinished
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.metrics import add_epoch
from cnnspec.runs.result import write_result
from cnnspec.stopping import Stopping


class Run:
    """One run from its first epoch, or from the `point` where it goes on, to its result."""

    def __init__(
        self,
        ready: Ready,
        folder: RunFolder,
        *,
        on_event: Callable[[Event], None],
        point: ResumePoint | None = None,
        participants: Participants = SOLO,
        stopping: Stopping | None = None,
        callbacks: Sequence[Any] = (),
    ) -> None:
        self._ready, self._job, self._folder, self._emit = ready, ready.job, folder, on_event
        self._participants, self._writes = participants, participants.is_chief
        self._record, self._stopping = recorded(point), stopping or Stopping()
        self._heeding = participants.heeding(lambda: self._stopping.asked)
        self._ends, self._told, self._concluded = threading.Lock(), False, False
        self._doubts, self._part, self._listeners = Doubts(), ready.part, Listeners(callbacks)
        self._pass_over_told(point)
        self._keeper = Keeper(
            ready, folder, self._record, asked=self._asked, on_event=on_event, point=point, writes=self._writes
        )
        self._loop = self._loop_of(ready.part)

    def _loop_of(self, part: Part) -> Loop:
        hooks = Hooks(self._keep, self._hear, self._keeper, self._listeners)
        return Loop(part.trainee, part.course, hooks, self._participants)

    def carry_out(self, resumed: Resumed | None = None) -> TrainResult:
        """Train, keep, score; whatever ends it early, what there is is kept and result.json says why."""
        self._emit(RunStarted(self._folder.name, str(self._folder.path), plan_of(self._job)))
        if resumed is not None:
            self._emit(resumed)
        try:
            with self._boundaries(), contextlib.closing(self._keeper):
                self._restore_best()
                self._train()
                return self._finish()
        except KeyboardInterrupt:
            self._conclude("interrupted", {})
            raise
        except RunFailed as failure:
            with contextlib.suppress(RunFailed):
                kept = failure.kept if isinstance(failure, Diverged) else None
                self._conclude("failed", {}, str(failure), kept)
            raise

    @contextlib.contextmanager
    def _boundaries(self) -> Iterator[None]:
        stopping = self._stopping.saving(self._acknowledge, self._leave)
        with stopping, memory_errors(), step_errors(), self._participants.watched():
            yield

    def _asked(self) -> bool:
        """Whether this process or another was asked to stop."""
        asked = self._heeding()
        if asked:
            # The thread that hears of signals may not have come to say so: by whom is known all the same.
            self._acknowledge(self._stopping.by)
        return asked

    def _acknowledge(self, by: str) -> None:
        with self._ends:
            told, self._told = self._told, True
        if not told:
            self._emit(StopAsked(by))

    def _leave(self) -> None:
        """Leave the folder without saving anything, whatever the main thread is doing to it."""
        self._conclude("interrupted", {})
        if self._writes:
            remove_unfinished(self._folder)

    def _train(self) -> None:
        """All phases that are left, one after the other; the last one's weights are last.keras."""
        following: Part | None = self._part
        while following is not None:
            if following is not self._part:
                self._part, self._loop = following, self._entered(following)
            stopping = self._early_stopping()
            self._learn([callback for callback in (stopping, self._plateau()) if callback is not None])
            following = self._ready.after(self._part, len(self._record.epochs))
            if following is None:
                self._save(self._folder.last)
            self._announce_stop(stopping)

    def _entered(self, part: Part) -> Loop:
        self._keeper.enter(part)
        return self._loop_of(part)

    def _learn(self, callbacks: list[Any]) -> None:
        try:
            self._loop.run(callbacks)
        except KeyboardInterrupt:
            # The checkpoint has the weights to go on with; what people look at has their averages, as at the end.
            self._loop.settle()
            self._save(self._folder.last)
            raise
        except Diverged:
            # The copy that the loop has put back is of averages already.
            self._save(self._folder.last)
            raise

    def _finish(self) -> TrainResult:
        metrics = {**self._record.epochs[self._ready.trainee.best.epoch].figures, **self._test()}
        self._conclude("finished", metrics)
        return TrainResult(str(self._folder.path), metrics, self._participants.is_chief)

    def _keep(self, epoch: Epoch) -> None:
        self._record.epochs.append(epoch)
        if self._writes:
            add_epoch(self._folder, *row_of(epoch))
        if epoch.best:
            self._record.best_weights = self._ready.model.get_weights()
            self._keeper.keep_best()
        self._warn()

    def _hear(self, event: Event) -> None:
        self._emit(event)
        if isinstance(event, StepsDone):
            self._warn(event.figures)

    def _warn(self, running: Figures = MappingProxyType({})) -> None:
        """Say once what is amiss, after an epoch or in the midst of one."""
        for found in self._doubts.new(self._so_far(self._record.epochs, running)):
            self._emit(Doubted(with_place(found, self._job.spec, self._job.graph)))

    def _pass_over_told(self, point: ResumePoint | None) -> None:
        """What another process said before the run went on is not said again."""
        for count in range(self._part.begun.epoch, len(self._record.epochs) + 1):
            list(self._doubts.new(self._so_far(self._record.epochs[:count])))
        if point is not None and point.position.moment.step:
            list(self._doubts.new(self._so_far(self._record.epochs, point.position.figures)))

    def _so_far(self, epochs: Sequence[Epoch], running: Figures = MappingProxyType({})) -> SoFar:
        part, job, trainee = self._part, self._part.job, self._part.trainee
        return SoFar(
            epochs[part.begun.epoch :],
            part.steps,
            job.graph,
            trainee.best.monitor,
            trainee.best.mode,
            trainee.yardstick,
            float(trainee.learner.optimizer.learning_rate),
            running,
            job.training.gradient_clip is not None,
            frozenset(doubt.code for doubt in job.doubts),
            part.begun.epoch,
            loaded_layers(job.transfer),
        )

    def _save(self, path: Path) -> None:
        """Of several processes one writes."""
        if self._writes:
            save_model(self._ready.model, path)

    def _restore_best(self) -> None:
        """Let best.keras be that of the checkpoint: a later epoch may have put its own there."""
        if self._record.best_weights:
            check_weights(self._record.best_weights, self._ready.model)
            self._keeper.keep_best()

    def _test(self) -> dict[str, float]:
        test = self._job.dataset.test
        if test is None:
            return {}
        # last.keras is written, and the state too: from here on nobody needs the last weights.
        self._ready.model.set_weights(self._record.best_weights)
        figures = self._loop.score(self._ready.batches(test))
        self._emit(Scored("test", test.count, self._ready.trainee.best.epoch, figures))
        return {f"test_{name}": value for name, value in figures.items()}

    def _early_stopping(self) -> Any:
        written = self._part.job.training.early_stopping
        return None if written is None else build_early_stopping(written, self._job.objective.directions)

    def _plateau(self) -> Any:
        written = self._part.job.training.reduce_on_plateau
        return None if written is None else build_reduce_on_plateau(written, self._job.objective.directions)

    def _announce_stop(self, stopping: Any) -> None:
        course, epochs = self._part.course, len(self._record.epochs)
        if stopping is None or epochs == course.epochs:
            return
        restored = course.begun.epoch + int(stopping.best_epoch) if stopping.restore_best_weights else None
        self._emit(StoppedEarly(epochs - 1, stopping.monitor, restored, course.phase))

    def _conclude(
        self, status: Ended, metrics: Mapping[str, float], reason: str = "", kept: Moment | None = None
    ) -> None:
        """Write result.json, unless it is there: the process may be ended while it is finishing."""
        with self._ends:
            if self._writes and not self._concluded:
                write_result(self._folder, self._result(status, metrics, reason, kept))
                self._concluded = True

    def _result(self, status: Ended, metrics: Mapping[str, float], reason: str, kept: Moment | None) -> Result:
        best, epochs = self._ready.trainee.best, self._record.epochs
        return Result(
            status=status,
            epochs=len(epochs),
            best=Best(best.epoch, best.monitor, best.value) if epochs else None,
            seconds=round(self._record.seconds, 1),
            metrics=metrics,
            reason=reason,
            fold=self._job.fold,
            diverged=None if kept is None else (kept.epoch, kept.step),
            not_saved=self._keeper.unsaved,
            examples=self._examples(),
        )

    def _examples(self) -> dict[str, int]:
        """How many examples the figures of each split are of."""
        dataset = self._job.dataset
        splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
        return {name: split.count for name, split in splits.items() if split is not None}
