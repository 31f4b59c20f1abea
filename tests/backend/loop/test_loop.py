"""The training loop does what Keras' fit does on the same batches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_class_weight

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.loop.loop import Loop
from cnnspec.backend.loop.parts import Hooks, Trainee
from cnnspec.backend.loop.progress import Course
from cnnspec.backend.objective.callbacks import Best, build_early_stopping
from cnnspec.backend.objective.compile import compile_model
from cnnspec.backend.prepared import prepare
from cnnspec.backend.steps.stepper import Stepper, make_ready, next_chunk
from cnnspec.language.optimizers import Optimizer
from cnnspec.results.failure import RunFailed
from tests.support.small_loops import agree, fitted, learner_of, prepared, trained
from tests.support.small_runs import ALONE, DATA, MODEL, SMALLEST, small_spec, two_outputs


@pytest.mark.parametrize(
    ("optimizer", "data"),
    [
        ("{adamw: {learning_rate: {cosine: {peak: 1e-2, warmup: 1.5, final: 1e-4}}, weight_decay: 0.01}}", DATA),
        ("{sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}", ALONE),
        ("{rmsprop: {learning_rate: {constant: {rate: 1e-3, warmup: 2}}}}", ALONE),
    ],
    ids=["adamw", "sgd", "rmsprop"],
)
def test_the_loop_equals_fit_over_a_hundred_steps(tmp_path: Path, optimizer: str, data: str) -> None:
    """Dropout, batch norm, a regularizer, a partial last batch: losses, metrics and weights are fit's."""
    job = prepared(tmp_path, f"epochs: 13, optimizer: {optimizer}", data=data)
    (ours, epochs), (theirs, history) = trained(job), fitted(job)
    assert len(epochs) * 8 >= 100
    agree(epochs, history)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(mine, other, atol=1e-5)


PLAIN = MODEL.replace("norm: batch, ", "")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The weights that every optimizer begins with."""
    model, _ = learner_of(prepared(tmp_path_factory.mktemp("before"), "epochs: 1", PLAIN, ALONE))
    return [weight.numpy() for weight in model.trainable_weights]


@pytest.mark.parametrize("kind", sorted(set(Optimizer.members) - {"adamw", "sgd", "rmsprop"}))
def test_every_optimizer_learns_in_the_loop(tmp_path: Path, kind: str, before: list[np.ndarray]) -> None:
    """Its steps can be recorded by TensorFlow, and change every trainable weight by the end."""
    training = f"epochs: 2, optimizer: {{{kind}: {{learning_rate: {{cosine: 0.01}}}}}}"
    model, epochs = trained(prepared(tmp_path, training, PLAIN, ALONE))
    assert all(np.isfinite(epoch.figures["loss"]) for epoch in epochs)
    for old, new in zip(before, model.trainable_weights, strict=True):
        assert not np.array_equal(old, new.numpy())


def test_class_weights_are_those_of_fit(tmp_path: Path) -> None:
    job = prepared(tmp_path, 'epochs: 2, class_weight: {"0": 3.0, "2": 0.5}', SMALLEST)
    (_, epochs), (_, history) = trained(job), fitted(job, class_weight={0: 3.0, 1: 1.0, 2: 0.5})
    agree(epochs, history)


def test_balanced_weights_are_those_of_sklearn(tmp_path: Path) -> None:
    job = prepared(tmp_path, "class_weight: balanced")
    labels = job.dataset.train.labels["output"]
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert job.weights is not None and np.allclose(job.weights["output"], wanted[labels])


@pytest.mark.parametrize("restore", ["false", "true"])
def test_early_stopping_ends_where_fit_ends(tmp_path: Path, restore: str) -> None:
    """On a rate that overshoots, both stop after the same epoch and with the same weights."""
    stop = f"{{monitor: val_accuracy, patience: 2, restore_best_weights: {restore}}}"
    job = prepared(tmp_path, f"epochs: 30, optimizer: {{adam: 0.05}}, early_stopping: {stop}", SMALLEST)
    assert job.training.early_stopping is not None
    ours = build_early_stopping(job.training.early_stopping, job.objective.directions)
    options = {"patience": 2, "mode": "max", "restore_best_weights": restore == "true"}
    theirs = keras.callbacks.EarlyStopping("val_accuracy", **options)
    (model, epochs), (other, history) = trained(job, [ours]), fitted(job, [theirs])
    assert len(epochs) == len(history["loss"]) < 30
    assert ours.mode == "max" and ours.best_epoch == theirs.best_epoch
    for mine, other_weights in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.allclose(mine, other_weights, atol=1e-4)


def test_accuracy_is_that_of_sklearn_and_evaluate(tmp_path: Path) -> None:
    """A last batch of five counts as five: figures equal Keras' evaluate and scikit-learn on all at once."""
    job = prepared(tmp_path, "epochs: 1")
    model, _ = trained(job)
    learner = compile_model(model, job.training, job.objective, job.dataset.train, False)
    test = job.dataset.test
    assert test is not None
    batches, stepper = Batches(test, {"image": "float32"}, False), Stepper(learner)
    make_ready(learner, batches.gather(np.arange(1)))
    for _ in stepper.test(batches.over(np.arange(21), 8), 3):
        pass
    figures, pictures, labels = stepper.figures(), test.inputs["image"], test.labels["output"]
    guesses = np.argmax(model.predict(pictures, verbose=0), axis=-1)
    assert figures["accuracy"] == pytest.approx(accuracy_score(labels, guesses), abs=1e-6)
    theirs = learner.evaluate(pictures, labels, batch_size=8, verbose=0, return_dict=True)
    assert figures == pytest.approx(theirs, abs=1e-6)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    def weights(seed: int) -> list[Any]:
        training = f"training: {{epochs: 2, batch_size: 8, loss: auto, seed: {seed}}}"
        return trained(prepare(*small_spec(tmp_path, training, data=ALONE)))[0].get_weights()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.allclose(a, b) for a, b in zip(first, other, strict=True))


def test_a_loss_that_is_no_number_fails_the_run_at_its_step(tmp_path: Path) -> None:
    job = prepared(tmp_path, "epochs: 3, optimizer: {sgd: 1e30}")
    with pytest.raises(RunFailed, match=r"no finite number any more at step [2-8] of epoch 1") as failure:
        trained(job)
    assert "learning rate" in failure.value.diagnostics[0].help


def test_steps_come_in_order_and_each_once(tmp_path: Path) -> None:
    """However many steps a call takes, they add up to the epoch, and every batch is seen."""
    job = prepared(tmp_path, "epochs: 1")
    _, learner = learner_of(job)
    batches = Batches(job.dataset.train, {"image": "float32"}, False)
    make_ready(learner, batches.gather(np.arange(1)))
    done = list(Stepper(learner).train(batches.over(np.arange(60), 1), 60))
    assert done == sorted(set(done)) and done[-1] == 60
    assert int(learner.optimizer.iterations.numpy()) == 60


@pytest.mark.parametrize(("steps", "seconds", "wanted"), [(1, 5.0, 1), (1, 0.001, 8), (100, 0.5, 100), (100, 1.0, 50)])
def test_a_call_is_kept_to_half_a_second(steps: int, seconds: float, wanted: int) -> None:
    assert next_chunk(steps, seconds) == wanted


def test_a_call_answers_an_interrupt_before_the_next(tmp_path: Path) -> None:
    """Ctrl-C arrives between two calls: whoever shows progress may raise it."""
    job = prepared(tmp_path, "epochs: 50")
    _, learner = learner_of(job)
    train = Batches(job.dataset.train, {"image": "float32"}, False)
    make_ready(learner, train.gather(np.arange(1)))
    interrupt: Callable[..., None] = _raiser(KeyboardInterrupt)
    loop = Loop(Trainee(learner, train, Best("loss", "min")), Course(50, 8, 0), Hooks(on_event=interrupt))
    with pytest.raises(KeyboardInterrupt):
        loop.run([])


def _raiser(error: type[BaseException]) -> Callable[..., None]:
    def raising(*arguments: object) -> None:
        raise error

    return raising


def test_several_outputs_learn_as_under_fit(tmp_path: Path) -> None:
    """Losses, weights and metrics by output name: the figures have Keras' names and values.

    Step by step fit knows how many examples a batch has, and so takes the means over these; else over batches.
    """
    measured = "metrics: {kind: [accuracy], size: [mean_absolute_error]}"
    learnt = f"batch_size: 8, epochs: 2, loss: auto, loss_weights: {{kind: 1.0, size: 0.5}}, {measured}"
    job = prepare(*two_outputs(tmp_path, learnt, train=60))
    assert job.objective.auto == {"loss.kind": "sparse_categorical_crossentropy", "loss.size": "mean_squared_error"}
    (_, epochs), (_, history) = trained(job), fitted(job, by_step=True)
    assert set(history) == set(epochs[0].figures) == set(job.objective.directions)
    agree(epochs, history)
