"""What `precision: auto` and `xla: auto` become: by the device, or by a short trial of real training steps.

A trial trains a network of its own on the first batch for about a second. What counts is the time for the whole
training, compiling included, and a choice must save a tenth of it: otherwise float32 without XLA stays.
"""

import time
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import tensorflow as tf

from cnnspec.backend.build import build_model
from cnnspec.backend.job import Job
from cnnspec.backend.learner import compile_model, make_ready
from cnnspec.backend.startup import use_seed
from cnnspec.backend.steps import Stepper
from cnnspec.language.training import AUTO, Training

Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]

_SECONDS = 1.0
_AGAIN = 2
"""Times that a measurement is repeated, as other programs only ever make it slower."""
_WORTHWHILE = 0.9


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds until the first step is done, and for each of those that follow."""

    first: float
    step: float

    def over(self, steps: int) -> float:
        """Seconds for a whole training."""
        return self.first + self.step * steps

    def __str__(self) -> str:
        return f"{1000 * self.step:.3g} ms a step"


def undecided(training: Training) -> bool:
    """Whether something is left to choose."""
    return AUTO in (training.precision, training.xla)


def settled(job: Job, batch: Any) -> Job:
    """The job with `auto` precision and XLA replaced by what is quickest here, as its `objective.auto` says.

    `batch` is one of (inputs, labels) or (inputs, labels, weights), as large as those to come.
    """
    if not undecided(job.training):
        return job
    trial = Trial(job, batch)
    chosen, known = _with_precision(trial)
    return chosen if chosen.training.xla != AUTO else _with_xla(replace(trial, job=chosen), known)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial trains: a job's network, on one batch."""

    job: Job
    batch: Any

    def pace(self, precision: str, xla: bool) -> Pace | None:
        """How quick steps are, whatever comes of them; None where TensorFlow cannot compute them so."""
        use_seed(self.job.seed)
        learner = self._learner(precision)
        make_ready(learner, self.batch)
        stepper, batches = Stepper(learner, xla, stops=False), tf.data.Dataset.from_tensors(self.batch).repeat()
        try:
            return Pace(_timed(stepper, batches, 1), _steady(stepper, batches))
        except tf.errors.ResourceExhaustedError:
            raise
        except tf.errors.OpError:
            return None

    def saves(self, candidate: Pace | None, usual: Pace | None) -> bool:
        """Whether the whole training is worth the change."""
        training, count = self.job.training, self.job.dataset.train.count
        steps = training.epochs * -(-count // training.batch_size)
        return candidate is not None and usual is not None and candidate.over(steps) < _WORTHWHILE * usual.over(steps)

    def _learner(self, precision: str) -> Any:
        job = self.job
        training = job.training.model_copy(update={"precision": precision})
        model = build_model(job.graph, job.spec.name, precision)
        return compile_model(model, training, job.objective, job.dataset.train, job.graph.named_outputs)


def _with_precision(trial: Trial) -> tuple[Job, Pace | None]:
    """The job with its precision chosen; the pace in it, if that was measured without XLA."""
    job = trial.job
    if job.training.precision != AUTO:
        return job, None
    if device := _accelerator():
        return _chosen(job, "precision", *device), None
    xla = job.training.xla is True
    exact, mixed = trial.pace("float32", xla), trial.pace("mixed_bfloat16", xla)
    if trial.saves(mixed, exact):
        return _chosen(job, "precision", "mixed_bfloat16", f"{mixed}, {exact} in float32"), mixed
    why = f"{exact}, {mixed} in mixed_bfloat16" if exact and mixed else "mixed_bfloat16 does not train here"
    return _chosen(job, "precision", "float32", why), exact


def _with_xla(trial: Trial, plain: Pace | None) -> Job:
    precision = trial.job.training.precision
    plain, compiled = plain or trial.pace(precision, xla=False), trial.pace(precision, xla=True)
    if plain is None or compiled is None:
        return _chosen(trial.job, "xla", False, "XLA does not compile this network")
    why = f"{compiled} after {compiled.first:.2g} s of compiling, {plain} without"
    return _chosen(trial.job, "xla", trial.saves(compiled, plain), why)


def _steady(stepper: Stepper, batches: Any) -> float:
    """Seconds a step at its best, from twice as many steps each time until they take long enough to tell."""
    steps = 1
    while (seconds := _timed(stepper, batches, steps)) < _SECONDS / 4:
        steps *= 2
    again = (_timed(stepper, batches, steps) for _ in range(_AGAIN))
    return min(seconds, *again) / steps


def _timed(stepper: Stepper, batches: Any, steps: int) -> float:
    started = time.perf_counter()
    for _ in stepper.train(batches, steps):
        pass
    return time.perf_counter() - started


def _chosen(job: Job, key: str, value: object, why: str) -> Job:
    """The job with a key of its training settled, and told among what was chosen by itself."""
    said = {**job.objective.auto, key: f"{str(value).lower()} ({why})"}
    training = job.training.model_copy(update={key: value})
    return replace(job, training=training, objective=replace(job.objective, auto=said))


def _accelerator() -> tuple[Precision, str] | None:
    """The precision for a GPU: bfloat16 since NVIDIA's Ampere, float16 since Volta; None where there is none."""
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None
    details = tf.config.experimental.get_device_details(devices[0])
    major = cast(tuple[int, int], details.get("compute_capability", (0, 0)))[0]
    name = str(details.get("device_name", "a GPU"))
    if major >= 8:
        return "mixed_bfloat16", name
    return ("mixed_float16" if major == 7 else "float32"), name
