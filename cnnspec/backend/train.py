"""The main job: from a spec and its graph to a run folder with trained weights."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.build import build_model, save_model
from cnnspec.backend.callbacks import (
    Best,
    best_monitor,
    build_early_stopping,
    build_reduce_on_plateau,
    check_monitor,
    mode_of,
)
from cnnspec.backend.data.augmentable import build_augmenter, on_pictures
from cnnspec.backend.data.batches import Batches, Change
from cnnspec.backend.data.splits import Split
from cnnspec.backend.data.vocabulary import Vocabulary
from cnnspec.backend.features import read_vocabularies
from cnnspec.backend.job import Job, prepare, sections
from cnnspec.backend.keeping import Keeping, recorded, row_of
from cnnspec.backend.learner import compile_model, make_ready
from cnnspec.backend.loop import Course, Epoch, Loop
from cnnspec.backend.loss import heads
from cnnspec.backend.placing import placed
from cnnspec.backend.plan import plan_of
from cnnspec.backend.quickest import settled, undecided
from cnnspec.backend.resumable import check_resumable, go_on
from cnnspec.backend.signals import Signals
from cnnspec.backend.snapshot import Diverged, Moment
from cnnspec.backend.startup import make_repeatable, memory_errors, use_seed
from cnnspec.backend.trial import EXAMPLES, step_errors, try_objective
from cnnspec.graph.nodes import Graph
from cnnspec.language.check import follow
from cnnspec.language.spec import Spec
from cnnspec.runs.checkpoint import Found, read_newest, remove_unfinished
from cnnspec.runs.environment import describe, written_fold
from cnnspec.runs.events import Event, Resumed, RunStarted, Scored, StoppedEarly
from cnnspec.runs.failure import RunFailed
from cnnspec.runs.files import write_text
from cnnspec.runs.folder import RunFolder, create_run
from cnnspec.runs.lock import owned
from cnnspec.runs.metrics import add_epoch, write_json
from cnnspec.runs.plan import Plan
from cnnspec.runs.recorded import read_data_folder, read_fold
from cnnspec.runs.resolved import resolved_spec


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished run: its folder, and the figures of its best epoch, those of the test split as `test_...`."""

    run: str
    metrics: Mapping[str, float]


def train(
    spec: Spec,
    graph: Graph,
    *,
    runs_dir: Path,
    data_root: Path | None = None,
    fold: tuple[int, int] | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> TrainResult:
    """Train the network as its spec says; raises Rejected (the spec or its data is wrong) or RunFailed.

    KeyboardInterrupt passes through, or comes of SIGTERM, once the state, last.keras and result.json are written.
    """
    job, model, learning = _ready(spec, graph, data_root, fold)
    with memory_errors():
        folder = create_run(runs_dir, spec.name)
        with owned(folder):
            _describe(folder, job)
            return _Run(job, folder, model, learning, on_event).carry_out()


def resume(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    *,
    data_root: Path | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
) -> TrainResult:
    """Go on with a run from its newest whole checkpoint, or from the start; raises Rejected or RunFailed.

    `spec` and `graph` are read from its spec.yaml, with what the user changes: more epochs, other checkpoints. The
    training becomes what it would have been had it never ended.
    """
    with memory_errors(), owned(folder):
        remove_unfinished(folder)
        found = read_newest(folder)
        beside = replace(spec, folder=data_root or read_data_folder(folder))
        check_resumable(folder, found, beside)
        words = read_vocabularies(folder, sections(beside)[1], graph)
        job, model, learning = _ready(beside, graph, None, read_fold(folder), words or None)
        event = go_on(folder, job, found)
        return _Run(job, folder, model, learning, on_event, found).carry_out(event)


def plan(spec: Spec, graph: Graph, *, data_root: Path | None = None, fold: tuple[int, int] | None = None) -> Plan:
    """What `train` would do, checked as it checks, and nothing written; raises Rejected or RunFailed."""
    planned = plan_of(_ready(spec, graph, data_root, fold)[0])
    return replace(planned, seed=None) if planned.seed_drawn and fold is None else planned


def _ready(
    spec: Spec,
    graph: Graph,
    data_root: Path | None,
    fold: tuple[int, int] | None,
    vocabularies: Mapping[str, Vocabulary] | None = None,
) -> tuple[Job, Any, "_Learning"]:
    """Everything up to the first step."""
    with memory_errors(), placed(spec, graph):
        job = prepare(spec, graph, data_root, fold=fold, vocabularies=vocabularies)
        if undecided(job.training):
            job = _decided(job)
        if not job.training.xla:
            make_repeatable()
        use_seed(job.seed)
        model = build_model(graph, spec.name, job.training.precision)
        return job, model, _Learning(job, model)


def _decided(job: Job) -> Job:
    """The job with nothing left to choose; what is wrong with it is found before anything is timed."""
    plain = replace(job, training=job.training.model_copy(update={"precision": "float32", "xla": False}))
    use_seed(job.seed)
    learning = _Learning(plain, build_model(job.graph, job.spec.name))
    rows = np.arange(min(job.training.batch_size, learning.train.count))
    with learning.train.in_use():
        return settled(job, learning.train.gather(rows))


class _Learning:
    """The compiled model with its batches and its best epoch; everything in it is checked."""

    def __init__(self, job: Job, model: Any) -> None:
        self.named = job.graph.named_outputs
        self.dtypes = {name: job.graph.dtypes.get(name, "float32") for name in job.graph.inputs}
        self.learner = compile_model(model, job.training, job.objective, job.dataset.train, self.named)
        self.train = self.batches(job.dataset.train, job.weights, _augmentation(job))
        self.validation = None if job.dataset.validation is None else self.batches(job.dataset.validation)
        batch = self.train.gather(np.arange(min(EXAMPLES, self.train.count)))
        parts = (job.objective, heads(job.graph), job.dataset.train, batch, job.spec.root, job.training.label_smoothing)
        try_objective(self.learner, *parts)
        names = make_ready(self.learner, batch)
        validated = self.validation is not None
        monitor = best_monitor(job.training, validated)
        for section, field in (("checkpoint", "best"), ("early_stopping", "monitor"), ("reduce_on_plateau", "monitor")):
            options = getattr(job.training, section)
            if (watched := getattr(options, field, None)) is not None:
                span = follow(job.spec.root, ("training", section, field)).span
                note = "" if field in options.model_fields_set else " (its default)"
                check_monitor(section, watched, names, validated, span, note)
        self.best = Best(monitor, mode_of(monitor, job.objective.directions))

    def batches(self, split: Split, weights: Any = None, change: Change | None = None) -> Batches:
        """A split's batches as this model reads them."""
        return Batches(split, self.dtypes, self.named, weights, change)


class _Run:
    """One run from its first epoch, or from the checkpoint that was found, to its result."""

    def __init__(
        self,
        job: Job,
        folder: RunFolder,
        model: Any,
        learning: _Learning,
        on_event: Callable[[Event], None],
        found: Found | None = None,
    ) -> None:
        self._job, self._folder, self._model, self._learning, self._emit = job, folder, model, learning, on_event
        self._record, self._signals = recorded(found), Signals()
        self._keeping = Keeping(job, folder, (learning.learner, learning.best), self._record, self._signals, found)
        course = Course(job.training.epochs, job.training.batch_size, job.seed)
        parts = (learning.learner, learning.train, learning.validation, course, learning.best)
        self._loop = Loop(*parts, self._keep, on_event, job.training.xla is True, self._keeping)

    def carry_out(self, resumed: Resumed | None = None) -> TrainResult:
        """Train, keep, score; whatever ends it early, what there is is kept and result.json says why."""
        self._emit(RunStarted(self._folder.name, str(self._folder.path), plan_of(self._job)))
        if resumed is not None:
            self._emit(resumed)
            self._restore_best()
        try:
            with memory_errors(), step_errors(), self._signals.noted(), contextlib.closing(self._keeping):
                self._train()
                return self._finish()
        except KeyboardInterrupt:
            self._conclude("interrupted", {})
            raise
        except RunFailed as failure:
            with contextlib.suppress(RunFailed):
                self._conclude(f"failed: {failure}", {}, failure.kept if isinstance(failure, Diverged) else None)
            raise

    def _train(self) -> None:
        stopping = self._early_stopping()
        try:
            self._loop.run([callback for callback in (stopping, self._plateau()) if callback is not None])
        except KeyboardInterrupt:
            self._loop.settle()
            save_model(self._model, self._folder.last)
            raise
        except Diverged:
            save_model(self._model, self._folder.last)
            raise
        save_model(self._model, self._folder.last)
        self._announce_stop(stopping)

    def _finish(self) -> TrainResult:
        metrics = {**self._record.epochs[self._learning.best.epoch].figures, **self._test()}
        self._conclude("finished", metrics)
        return TrainResult(str(self._folder.path), metrics)

    def _keep(self, epoch: Epoch) -> None:
        self._record.epochs.append(epoch)
        add_epoch(self._folder, *row_of(epoch))
        if epoch.best:
            self._record.best_weights = self._model.get_weights()
            save_model(self._model, self._folder.best)

    def _restore_best(self) -> None:
        """Let best.keras be that of the checkpoint: a later epoch may have put its own there."""
        if self._record.best_weights:
            self._model.set_weights(self._record.best_weights)
            save_model(self._model, self._folder.best)

    def _test(self) -> dict[str, float]:
        test = self._job.dataset.test
        if test is None:
            return {}
        self._model.set_weights(self._record.best_weights)
        figures = self._loop.score(self._learning.batches(test))
        self._emit(Scored("test", test.count, self._learning.best.epoch, figures))
        return {f"test_{name}": value for name, value in figures.items()}

    def _early_stopping(self) -> Any:
        written = self._job.training.early_stopping
        return None if written is None else build_early_stopping(written, self._job.objective.directions)

    def _plateau(self) -> Any:
        written = self._job.training.reduce_on_plateau
        return None if written is None else build_reduce_on_plateau(written, self._job.objective.directions)

    def _announce_stop(self, stopping: Any) -> None:
        if stopping is None or len(self._record.epochs) == self._job.training.epochs:
            return
        restored = int(stopping.best_epoch) if stopping.restore_best_weights else None
        self._emit(StoppedEarly(len(self._record.epochs) - 1, stopping.monitor, restored))

    def _conclude(self, status: str, metrics: Mapping[str, float], kept: Moment | None = None) -> None:
        best, epochs = self._learning.best, self._record.epochs
        result = {
            "status": status,
            **({"fold": written_fold(self._job.fold)} if self._job.fold else {}),
            "epochs": len(epochs),
            "best": {"epoch": best.epoch, "monitor": best.monitor, "value": best.value}
            if self._record.epochs
            else None,
            "seconds": round(self._record.seconds, 1),
            "metrics": dict(metrics),
            **({"last": {"epoch": kept.epoch, "step": kept.step}} if kept else {}),
        }
        write_json(self._folder.result, result)


def _describe(folder: RunFolder, job: Job) -> None:
    """Write what the run is made from; its spec comes last, so that a folder that has it lacks nothing."""
    losses = {name: {loss.kind: loss.written()} for name, loss in job.objective.losses.items()}
    chosen = losses if job.graph.named_outputs else next(iter(losses.values()))
    auto = {name.partition(".")[0] for name in job.objective.auto}
    found = {"loss": chosen, "precision": job.training.precision, "xla": job.training.xla}
    kept = {"seed": job.seed, **{key: value for key, value in found.items() if key in auto}}
    write_json(folder.environment, describe(job.seed, job.objective.auto, job.folder.path, job.fold))
    names = {output: list(classes) for output, classes in job.classes.items()}
    write_json(folder.classes, names if job.graph.named_outputs else next(iter(names.values()), []))
    write_json(folder.data, job.marks)
    for name, vocabulary in job.dataset.vocabularies.items():
        write_text(folder.vocabulary(name if len(job.graph.inputs) > 1 else ""), "\n".join(vocabulary.lines()) + "\n")
    write_text(folder.spec, resolved_spec(job.spec, kept))


def _augmentation(job: Job) -> Change | None:
    """What is done to the pictures of training batches, as the data section says."""
    written = getattr(job.spec.data, "augment", ())
    augmenter = build_augmenter(written, job.graph, job.dataset.train, job.seed, job.spec.root)
    return None if augmenter is None else on_pictures(augmenter, job.graph)
