"""Small trainings in the loop and, on the very same batches, under Keras' fit."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnspec.backend import use_seed
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import Split, order
from cnnspec.backend.loop.loop import Loop
from cnnspec.backend.loop.parts import Hooks, Trainee
from cnnspec.backend.loop.progress import Course, Epoch
from cnnspec.backend.model.build import build_model, connect, model_of
from cnnspec.backend.model.faster import FASTER
from cnnspec.backend.objective.callbacks import Best
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.backend.startup import make_repeatable
from cnnspec.backend.steps.stepper import make_ready
from tests.support.small_runs import DATA, MODEL, small_spec

SEED = 5


def prepared(folder: Path, training: str, model: str = MODEL, data: str = DATA) -> Prepared:
    """A job on small pictures, with these keys of `training`."""
    always = f"batch_size: 8, loss: auto, metrics: [accuracy], seed: {SEED}"
    return prepare(*small_spec(folder, f"training: {{{always}, {training}}}\n", model, data))


def network_of(job: Prepared) -> tuple[Any, list[Any]]:
    """The compiled model that is trained, from the job's seed, and the outputs of its nodes."""
    make_repeatable()
    use_seed(job.seed)
    tensors = connect(job.graph, job.training.precision, FASTER)
    model = model_of(job.graph, "small", tensors)
    return compile_model(model, job.training, job.objective, job.dataset.train, job.graph.named_outputs), tensors


def learner_of(job: Prepared, namespace: Any = FASTER) -> tuple[Any, Any]:
    """The model of a namespace's layers and its compiled copy, from the job's seed."""
    make_repeatable()
    use_seed(job.seed)
    model = build_model(job.graph, "small", job.training.precision, namespace)
    learner = compile_model(model, job.training, job.objective, job.dataset.train, job.graph.named_outputs)
    return model, learner


def batches_of(job: Prepared, split: Split | None, weights: Any = None) -> Batches | None:
    """A split's batches, as its network reads them."""
    dtypes = {name: job.graph.dtypes.get(name, "float32") for name in job.graph.inputs}
    return None if split is None else Batches(split, dtypes, job.graph.named_outputs, weights)


def trained(job: Prepared, callbacks: list[Any] | None = None, xla: bool = False) -> tuple[Any, list[Epoch]]:
    """What the loop makes of a job."""
    model, learner = learner_of(job)
    train = batches_of(job, job.dataset.train, job.weights)
    assert train is not None
    make_ready(learner, train.gather(np.arange(1)))
    epochs: list[Epoch] = []
    course = Course(job.training.epochs, job.training.batch_size, job.seed, xla)
    trainee = Trainee(learner, train, Best("loss", "min"), batches_of(job, job.dataset.validation))
    Loop(trainee, course, Hooks(epochs.append)).run(callbacks or [])
    return model, epochs


def fitted(
    job: Prepared,
    callbacks: list[Any] | None = None,
    compiled: dict[str, Any] | None = None,
    by_step: bool = False,
    **options: Any,
) -> tuple[Any, dict[str, list[float]]]:
    """What Keras' fit makes of the same job with its own layers, fed the same batches; `compiled` anew if given.

    `by_step` it records no graph.
    """
    model, learner = learner_of(job, keras)
    if compiled is not None:
        learner.compile(**{"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **compiled})
    learner.run_eagerly = by_step
    train, aside = batches_of(job, job.dataset.train), batches_of(job, job.dataset.validation)
    assert train is not None
    make_ready(learner, train.gather(np.arange(1)))
    count, size = job.dataset.train.count, job.training.batch_size
    epochs = [train.over(order(count, job.seed, epoch), size) for epoch in range(job.training.epochs)]
    every = epochs[0]
    for epoch in epochs[1:]:
        every = every.concatenate(epoch)
    if aside is not None:
        options["validation_data"] = aside.over(np.arange(aside.count), size)
    steps = {"epochs": job.training.epochs, "steps_per_epoch": -(-count // size)}
    history = learner.fit(every, **steps, verbose=0, shuffle=False, callbacks=callbacks, **options)
    return model, history.history


def agree(epochs: list[Epoch], history: dict[str, list[float]], tolerance: float = 1e-5) -> None:
    """Every figure of every epoch is that of fit."""
    for name, values in history.items():
        ours = [epoch.figures[name] for epoch in epochs]
        assert np.allclose(ours, values, rtol=tolerance, atol=tolerance), name


def same_weights(ours: Any, theirs: Any, tolerance: float = 1e-5) -> None:
    """Two models have the same weights."""
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(mine, other, atol=tolerance)
