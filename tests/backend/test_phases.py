"""A training in phases is Keras' fit, several times one after the other; and goes on from any of its checkpoints."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend import use_seed
from cnnspec.backend.data.splits import order
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.model.build import build_model
from cnnspec.backend.prepared import prepare
from cnnspec.backend.startup import make_repeatable
from cnnspec.backend.train import plan_resumption, resume, train
from cnnspec.checks.sharing import refuse_sharing
from cnnspec.language.location import locate
from cnnspec.results.events import EpochEnded, Event, NothingLeft, Resumed, StoppedEarly
from cnnspec.runs.checkpoint import read_newest
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected
from tests.support.each_written import each_written
from tests.support.run_endings import ending
from tests.support.small_loops import batches_of
from tests.support.small_runs import small_spec
from tests.support.spec_texts import read

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  stem: [rescaling: 0.1, conv: {filters: 4, kernel_size: 3, norm: {batch: {momentum: 0.8}}, activation: relu}]
  head: [flatten, dense: {units: 6, activation: relu}, dropout: 0.2, dense: {units: 3, activation: softmax}]
"""
ANEW = """training:
  loss: auto
  metrics: [accuracy]
  seed: 5
  batch_size: 8
  optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}
  phases:
    - {name: first, epochs: 3}
    - name: second
      epochs: 3
      batch_size: 10
      freeze: [stem]
      optimizer: {adam: {learning_rate: {cosine: {peak: 1e-2, warmup: 0.5}}, weight_decay: 0.01}}
"""
GOING_ON = """training:
  loss: auto
  metrics: [accuracy]
  seed: 5
  batch_size: 8
  optimizer: {adam: {learning_rate: 0.02}}
  phases: [{epochs: 3}, {epochs: 3}]
"""
FULL = """vars: {two: 2}
training:
  loss: auto
  metrics: [accuracy]
  seed: 5
  batch_size: 8
  optimizer: {adamw: {learning_rate: {cosine: {peak: 0.03}}}}
  ema: {momentum: 0.9}
  gradient_accumulation: 2
  checkpoint: {every: 0.375, keep: 99}
  watch: [gradients]
  rates: {stem: 0.5}
  phases:
    - name: head
      epochs: 3
      early_stopping: {monitor: val_loss, patience: 0, min_delta: 9, restore_best_weights: true}
    - {name: all, epochs: $two, batch_size: 12, freeze: [stem], class_weight: balanced}
    - {name: last, epochs: 2, batch_size: 12, label_smoothing: 0.1}
"""


def trained(place: Path, training: str) -> tuple[RunFolder, list[Event]]:
    """A run that nobody interrupted, and what happened."""
    events: list[Event] = []
    spec, graph = small_spec(place, training, MODEL)
    with each_written():
        return RunFolder(Path(train(spec, graph, runs_dir=place / "runs", on_event=events.append).run)), events


def drawn(place: Path, training: str) -> tuple[Any, Any]:
    """The job, and its network of Keras' own layers as drawn."""
    job = prepare(*small_spec(place, training, MODEL))
    make_repeatable()
    use_seed(job.seed)
    return job, build_model(job.graph, "small")


def fitted(job: Any, model: Any, epochs: range, size: int) -> dict[str, list[float]]:
    """Keras' fit on the same batches."""
    train, aside = batches_of(job, job.dataset.train), batches_of(job, job.dataset.validation)
    assert train is not None and aside is not None
    count, history = job.dataset.train.count, dict[str, list[float]]()
    every = train.over(order(count, job.seed, epochs[0]), size)
    for epoch in epochs[1:]:
        every = every.concatenate(train.over(order(count, job.seed, epoch), size))
    steps = {"epochs": len(epochs), "steps_per_epoch": -(-count // size)}
    validation = aside.over(np.arange(aside.count), size)
    history = model.fit(every, **steps, verbose=0, shuffle=False, validation_data=validation).history
    return dict(history)


def alike(run: RunFolder, model: Any, histories: list[dict[str, list[float]]]) -> None:
    """The run ends with the weights of Keras' model, and had its figures."""
    for mine, other in zip(keras.models.load_model(run.last).get_weights(), model.get_weights(), strict=True):
        assert np.allclose(mine, other, atol=1e-5)
    rows = [json.loads(line) for line in run.log.read_text().splitlines()]
    for name in histories[0]:
        wanted = [value for history in histories for value in history[name]]
        assert np.allclose([row[name] for row in rows], wanted, rtol=1e-5, atol=1e-5), name


class Falling(keras.optimizers.schedules.LearningRateSchedule):
    """The cosine of ANEW's second phase, whose epochs have six steps, written anew."""

    def __call__(self, step: Any) -> Any:
        epoch = keras.ops.cast(step, "float32") / 6
        way = keras.ops.maximum(epoch - 0.5, 0.0) / 2.5
        return keras.ops.where(epoch < 0.5, 1e-2 * epoch / 0.5, 1e-2 * (1 + keras.ops.cos(np.pi * way)) / 2)


def test_phases_with_optimizers_of_their_own_are_two_fits(tmp_path: Path) -> None:
    """Batch sizes, a schedule that counts from the phase's start, a stem that is frozen with its statistics."""
    run, _ = trained(tmp_path, ANEW)
    job, model = drawn(tmp_path, ANEW)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    first = fitted(job, model, range(3), 8)
    for layer in model.layers:
        layer.trainable = not layer.name.startswith("stem")
    adam = keras.optimizers.Adam(Falling(), weight_decay=0.01)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    alike(run, model, [first, fitted(job, model, range(3, 6), 10)])


def test_a_phase_without_an_optimizer_is_fit_again_without_compile(tmp_path: Path) -> None:
    """What the optimizer has learnt goes on."""
    run, _ = trained(tmp_path, GOING_ON)
    job, model = drawn(tmp_path, GOING_ON)
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    histories = [fitted(job, model, range(3), 8), fitted(job, model, range(3, 6), 8)]
    alike(run, model, histories)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A folder with a run of FULL that nobody interrupted, which is the first, and what happened."""
    folder = tmp_path_factory.mktemp("full")
    return folder, trained(folder, FULL)[1]


def copied(folder: Path, name: str) -> RunFolder:
    copy = RunFolder(folder / "runs" / name)
    shutil.copytree(folder / "runs" / "small-1", copy.path)
    return copy


def cut_back(folder: Path, name: str, step: int) -> RunFolder:
    """A copy of the run that was killed after its checkpoint of so many steps."""
    copy = copied(folder, name)
    copy.result.unlink()
    for path in copy.checkpoints.iterdir():
        if int(path.stem) > step:
            path.unlink()
    return copy


def gone_on(run: RunFolder, folder: Path, *settings: str) -> list[Event]:
    events: list[Event] = []
    spec = read(locate(str(run.spec), print), settings=settings)
    resume(run, *spec, data_root=folder, on_event=events.append)
    return events


def test_from_every_kind_of_checkpoint_phases_end_as_if_nobody_had_interrupted_them(
    full: tuple[Path, list[Event]],
) -> None:
    """Exactly between two, and within another; averages, callbacks and all. Within the first they are killed elsewhere.

    The first phase, of three epochs, is stopped after its second, at step 16; then an epoch has five steps.
    """
    folder, _ = full
    whole = ending(RunFolder(folder / "runs" / "small-1"))
    for step, phase, epoch in [(16, 0, 2), (20, 1, 2)]:
        copy = cut_back(folder, f"small-{step + 100}", step)
        found = read_newest(copy)
        assert found is not None and found.checkpoint.facts["phase"][0] == phase
        (event,) = [event for event in gone_on(copy, folder) if isinstance(event, Resumed)]
        assert event.epoch == epoch
        assert ending(copy) == whole, step


def test_early_stopping_ends_a_phase_and_the_best_epoch_is_one_of_all(full: tuple[Path, list[Event]]) -> None:
    """Epochs are counted on, and those that did not come are no longer expected; both logs say which phase it was."""
    folder, events = full
    (stopped,) = [event for event in events if isinstance(event, StoppedEarly)]
    assert (stopped.epoch, stopped.restored, stopped.phase) == (1, 0, "head")
    ended = [event for event in events if isinstance(event, EpochEnded)]
    assert [(event.epoch, event.epochs, event.phase) for event in ended] == [
        *((epoch, 7, "head") for epoch in (0, 1)), *((epoch, 6, "all") for epoch in (2, 3)),
        *((epoch, 6, "last") for epoch in (4, 5)),
    ]  # fmt: skip
    run = RunFolder(folder / "runs" / "small-1")
    losses = [event.figures["val_loss"] for event in ended]
    assert json.loads(run.result.read_text())["best"]["epoch"] == losses.index(min(losses))
    with run.table.open() as table:
        rows = list(csv.DictReader(table))
    assert [row["phase"] for row in rows] == ["head", "head", "all", "all", "last", "last"]
    assert [json.loads(line)["phase"] for line in run.log.read_text().splitlines()] == [row["phase"] for row in rows]


def test_the_last_phase_may_be_longer_when_a_run_goes_on_and_one_that_is_over_may_not(
    full: tuple[Path, list[Event]],
) -> None:
    """It says which setting gives it more."""
    folder, _ = full
    run = copied(folder, "small-50")
    (over,) = gone_on(run, folder)
    assert isinstance(over, NothingLeft) and over.longer == "training.phases.2.epochs=4"
    events = gone_on(run, folder, "training.phases.2.epochs=3")
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [6]
    with pytest.raises(Rejected, match=r"is over; expected \$two"):
        spec = read(locate(str(run.spec), print), settings=("training.phases.1.epochs=3",))
        plan_resumption(run, *spec, data_root=folder)
    with pytest.raises(Rejected, match=r"phases.2.batch_size is 6; expected 12"):
        spec = read(locate(str(run.spec), print), settings=("training.phases.2.batch_size=6",))
        plan_resumption(run, *spec, data_root=folder)


def test_an_evaluation_judges_a_run_as_its_last_phase_did(full: tuple[Path, list[Event]]) -> None:
    """Its loss is told with the label smoothing of that phase."""
    folder, _ = full
    run = RunFolder(folder / "runs" / "small-1")
    spec, graph = read(locate(str(run.spec), print))
    found = evaluate(run, spec, graph, data_root=folder)
    assert found.loss == pytest.approx(json.loads(run.result.read_text())["metrics"]["test_loss"], rel=1e-5)


def test_devices_must_be_able_to_share_the_batches_of_every_phase(tmp_path: Path) -> None:
    """The phase whose batches are too small is named."""
    spec, graph = small_spec(tmp_path, FULL.replace("batch_size: 12, freeze", "batch_size: 2, freeze"), MODEL)
    with pytest.raises(Rejected, match="batch_size 2 for three") as refused:
        refuse_sharing(spec, graph, 3, "three devices")
    (found,) = refused.value.diagnostics
    lines = (tmp_path / "small.yaml").read_text().splitlines()
    assert found.span is not None and "name: all" in lines[found.span.line - 1]
