"""What a run has come to so far, kept in checkpoints and read back from one."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf

from cnnspec.backend.data.splits import Array
from cnnspec.backend.loop.parts import Trainee
from cnnspec.backend.loop.progress import Epoch, Moment, Position
from cnnspec.backend.model.build import build_model, save_model
from cnnspec.backend.ready import Part, Ready
from cnnspec.backend.resume.checkpoint_form import BEST, ResumePoint
from cnnspec.backend.resume.state import State, TrainingState, packed_all
from cnnspec.graph.nodes import Graph
from cnnspec.results.events import Event
from cnnspec.results.history import SavesFailed
from cnnspec.runs.checkpoint import Checkpoint
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.log import WATCH, written_watched
from cnnspec.runs.metrics import PHASE, Row
from cnnspec.runs.settings import read_settings
from cnnspec.runs.unsaved import Unsaved
from cnnspec.runs.writer import BestModel, CheckpointWriter, Outcome


@dataclass(slots=True)
class Record:
    """The epochs of a run, the weights of the best one, and the seconds that earlier processes spent."""

    epochs: list[Epoch] = field(default_factory=list)
    best_weights: list[Array] = field(default_factory=list)
    before: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long the run took until now, over all its processes."""
        return self.before + time.perf_counter() - self.started


def row_of(epoch: Epoch) -> Row:
    """An epoch as metrics.csv and metrics.jsonl have it."""
    beside = {"learning_rate": epoch.learning_rate, "seconds": round(epoch.seconds, 3)}
    watched = {} if epoch.watched is None else {WATCH: written_watched(epoch.watched)}
    phase = {PHASE: epoch.phase} if epoch.phase else {}
    return epoch.number, epoch.figures, {**phase, **beside, **watched}


def recorded(point: ResumePoint | None) -> Record:
    """What a run had come to where it goes on."""
    if point is None:
        return Record()
    return Record(list(point.epochs), list(point.best_weights), point.seconds)


def try_state(point: ResumePoint, trainee: Trainee, graph: Graph) -> None:
    """Put a checkpoint's state into a network that is not trained; raises Rejected where it does not fit."""
    TrainingState(trainee.learner, (), trainee.best, trainee.watched).restore(point.state, graph.earlier_names())


def steps_between(every: float, steps: int) -> int:
    """Steps between two checkpoints, so many epochs apart."""
    return max(1, math.floor(every * steps + 0.5))


class Keeper:
    """Writes checkpoints and best.keras beside the training, and begins from the `point` where it goes on.

    Of several processes one writes. A save that fails is told, and the training goes on with the older ones.
    """

    def __init__(
        self,
        ready: Ready,
        folder: RunFolder,
        record: Record,
        *,
        asked: Callable[[], bool],
        on_event: Callable[[Event], None],
        point: ResumePoint | None = None,
        writes: bool = True,
    ) -> None:
        job = ready.job
        self._part, self._every = ready.part, job.training.checkpoint.every
        self.asked = asked
        self._record, self._point = record, point
        self._settings = read_settings(folder)[0] if writes else {}
        self._earlier = job.graph.earlier_names()
        self._state: TrainingState | None = None
        self._writer = CheckpointWriter(folder, job.training.checkpoint.keep) if writes else None
        self._best_file = BestModelWriter(folder.best, job.graph, job.spec.name, job.training.precision)
        self._unsaved, self._emit = Unsaved(ready.part.steps), on_event
        self._count_from(ready.part)

    @property
    def every(self) -> int:
        """Steps between two times that the state is kept."""
        return steps_between(self._every, self._part.steps)

    def enter(self, part: Part) -> None:
        """From now on the state is that of another phase, which begins."""
        self._part, self._point = part, None
        self._count_from(part)

    def _count_from(self, part: Part) -> None:
        self._unsaved.from_here_on(part.begun.step, part.begun.epoch, part.steps)

    def begin(self, callbacks: list[Any]) -> Position:
        """Put the checkpoint's state back, if there is one."""
        trainee = self._part.trainee
        self._state = TrainingState(trainee.learner, callbacks, trainee.best, trainee.watched)
        if self._point is None:
            return Position(Moment(self._part.begun.epoch, 0))
        self._state.restore(self._point.state, self._earlier)
        return self._point.position

    @property
    def unsaved(self) -> tuple[SavesFailed, ...]:
        """The saves of this process that failed."""
        return self._unsaved.collected()

    def keep(self, position: Position, last: bool = False) -> None:
        """Keep a copy of the state; raises RunFailed where it is the last one and could not be written."""
        if self._writer is None:
            return
        assert self._state is not None
        self._writer.write(self._checkpoint(position, self._state.collect()))
        if last:
            self._tell(self._writer.finish())
        self.tell()

    def keep_best(self) -> None:
        """Keep the weights of the best epoch that the record has; they must not change any more."""
        if self._writer is not None:
            write = partial(self._best_file.write, self._record.best_weights)
            self._writer.write_best(BestModel(self._step(Moment(len(self._record.epochs), 0)), write))

    def tell(self) -> None:
        """Tell which saves failed."""
        if self._writer is not None:
            self._tell(self._writer.outcomes())

    def close(self) -> None:
        """Write what is still to be written, tell what could not be, and end."""
        if self._writer is None:
            return
        self._writer.close()
        self.tell()
        for event in self._unsaved.rest():
            self._emit(event)

    def _tell(self, outcomes: list[Outcome]) -> None:
        for event in self._unsaved.told(outcomes):
            self._emit(event)

    def _checkpoint(self, position: Position, state: State) -> Checkpoint:
        moment, record = position.moment, self._record
        begun = self._part.begun
        facts = {
            "place": (moment.epoch, moment.step, dict(position.figures), position.seconds),
            "training": dict(state.facts),
            "run": {"epochs": [_kept(epoch) for epoch in record.epochs], "seconds": record.seconds},
            "settings": self._settings,
            "phase": (begun.phase, begun.epoch, begun.step, begun.taken),
        }
        pieces = (*state.pieces, *packed_all(BEST, record.best_weights))
        return Checkpoint(self._step(moment), facts, pieces)

    def _step(self, moment: Moment) -> int:
        """How many steps of the training are over."""
        return self._part.begun.step + self._part.course.done(moment, self._part.steps)


class BestModelWriter:
    """Writes best.keras from copies of weights, through a model of its own that no step touches.

    That model is made where it is first needed, of the stock layers that a file holds, in the processor's memory. Its
    weights and its configuration are those that the network which is trained would write.
    """

    def __init__(self, path: Path, graph: Graph, name: str, precision: str) -> None:
        self._path, self._described = path, (graph, name, precision)
        self._model: Any = None

    def write(self, weights: Sequence[Array]) -> None:
        """Put these weights, in the order of the network's, there, whole or not at all; raises RunFailed."""
        with tf.device("CPU:0"):
            if self._model is None:
                self._model = build_model(*self._described)
            self._model.set_weights(weights)
            save_model(self._model, self._path)


def _kept(epoch: Epoch) -> tuple[object, ...]:
    watched = None if epoch.watched is None else asdict(epoch.watched)
    row = dict(epoch.figures), epoch.seconds, epoch.learning_rate, epoch.best, watched
    return (*row, epoch.phase) if epoch.phase else row
