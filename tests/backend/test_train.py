"""A run from its spec to its folder, and the evaluation of what it left."""

import contextlib
import ctypes
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnspec.backend.data.reading import not_running
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.model.build import build_model
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.train import train
from cnnspec.graph.locate import with_place
from cnnspec.language.location import locate
from cnnspec.results.events import EpochEnded, Event, RunStarted, Scored, StepsDone, StoppedEarly
from cnnspec.results.failure import RunFailed
from cnnspec.results.history import TrainResult
from cnnspec.runs.folder import RunFolder, open_run
from cnnspec.source.diagnostic import Rejected
from tests.support.script import run_plain
from tests.support.small_runs import DATA, MODEL, TRAINING, copied, examples, small_spec, written_spec
from tests.support.spec_texts import read


def run(folder: Path, training: str = TRAINING, on_event: Callable[[Event], None] = lambda event: None) -> TrainResult:
    return train(*small_spec(folder, training), runs_dir=folder / "runs", on_event=on_event)


def spec_of(folder: RunFolder) -> Any:
    return read(locate(str(folder.spec), print))


def plain_keras(folder: RunFolder, files: list[str], tmp_path: Path) -> list[np.ndarray]:
    """What a process without cnnspec predicts with each of these models of the run."""
    script = (
        "import keras, numpy as np\n"
        f"for file in {files!r}:\n"
        f"    model = keras.models.load_model({str(folder.path)!r} + '/' + file)\n"
        "    np.save(file + '.npy', model.predict(np.load('test.npz')['x'], verbose=0))\n"
    )
    run_plain(script, tmp_path)
    return [np.load(tmp_path / f"{file}.npy") for file in files]


@dataclass(frozen=True)
class Finished:
    """A run that ended, what happened, and the folder with its data."""

    folder: Path
    result: TrainResult
    events: list[Event]

    @property
    def run(self) -> RunFolder:
        return open_run(Path(self.result.run))


def finished_in(folder: Path, data: str) -> Finished:
    events: list[Event] = []
    return Finished(
        folder, train(*small_spec(folder, data=data), runs_dir=folder / "runs", on_event=events.append), events
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run to read of."""
    return finished_in(tmp_path_factory.mktemp("finished"), DATA)


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The same with examples to train on alone."""
    return finished_in(tmp_path_factory.mktemp("unjudged"), "data: {source: arrays, train: train.npz}\n")


def test_a_run_leaves_everything_that_it_promises(finished: Finished) -> None:
    """Spec, environment, figures, weights, classes and result; nothing half-written beside them."""
    folder, result = finished.run, finished.result
    assert folder.path == finished.folder / "runs" / "small-1"
    assert {entry.name for entry in folder.path.iterdir()} == {
        "spec.yaml", "environment.json", "metrics.csv", "metrics.jsonl", "last.keras", "best.keras", "classes.json",
        "data.json", "ranges.json", "result.json", "checkpoints", "lock", "written",
    }  # fmt: skip
    environment = json.loads(folder.environment.read_text())
    assert environment["auto"] == {"loss": "sparse_categorical_crossentropy"} and environment["seed"] == 5
    assert environment["packages"]["keras"] == keras.__version__
    assert json.loads(folder.classes.read_text()) == ["0", "1", "2"]
    assert json.loads(folder.result.read_text())["status"] == "finished"
    assert set(result.metrics) == {f"{split}{name}" for split in ("", "val_", "test_") for name in ("loss", "accuracy")}


@pytest.mark.parametrize("judged", [True, False])
def test_the_table_has_the_columns_of_keras_csv_logger(
    finished: Finished, unjudged: Finished, tmp_path: Path, judged: bool
) -> None:
    """Keras' own callback, given the same figures, writes the same file but for how a float is spelled."""
    whole = finished if judged else unjudged
    ended = [event for event in whole.events if isinstance(event, EpochEnded)]
    logger = keras.callbacks.CSVLogger(tmp_path / "keras.csv")
    logger.on_train_begin()
    for event in ended:
        logger.on_epoch_end(event.epoch, dict(event.figures))
    logger.on_train_end()
    assert whole.run.table.read_text() == (tmp_path / "keras.csv").read_text()
    lines = whole.run.log.read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == [event.figures["loss"] for event in ended]


def test_the_models_open_in_plain_keras_and_are_what_was_trained(finished: Finished) -> None:
    """Without cnnspec, best.keras scores what the run reported; last.keras opens as well."""
    labels = np.load(finished.folder / "test.npz")["y"]
    best, last = plain_keras(finished.run, ["best.keras", "last.keras"], finished.folder)
    assert np.mean(best.argmax(axis=-1) == labels) == pytest.approx(finished.result.metrics["test_accuracy"], abs=1e-6)
    assert last.shape == (21, 3)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_evaluate_equals_keras_evaluate(finished: Finished, split: str) -> None:
    folder = finished.run
    evaluation = evaluate(folder, *spec_of(folder), split=split)
    model = keras.models.load_model(folder.best)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    examples = np.load(finished.folder / f"{split}.npz")
    theirs = model.evaluate(examples["x"], examples["y"], batch_size=8, verbose=0, return_dict=True)
    assert {"loss": evaluation.loss, **evaluation.metrics} == pytest.approx(theirs, abs=1e-6)
    assert (evaluation.split, evaluation.count, evaluation.run) == (split, len(examples["y"]), finished.result.run)


def test_evaluate_repeats_the_score_of_the_run(finished: Finished, tmp_path: Path) -> None:
    """Even once the data has moved, if it is told where to."""
    folder = copied(finished.run, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    for name in ("train", "validation", "test"):
        (tmp_path / f"{name}.npz").rename(tmp_path / "elsewhere" / f"{name}.npz")
    with pytest.raises(Rejected, match="there is no file"):
        evaluate(folder, *spec_of(folder))
    evaluation = evaluate(folder, *spec_of(folder), data_root=tmp_path / "elsewhere")
    assert evaluation.loss == pytest.approx(finished.result.metrics["test_loss"], abs=1e-6)


def test_a_split_that_is_not_there_is_refused(unjudged: Finished) -> None:
    with pytest.raises(Rejected, match="the data of small-1 has no test split; expected one of train"):
        evaluate(unjudged.run, *spec_of(unjudged.run))


def test_the_same_spec_gives_the_same_files_of_weights(finished: Finished, tmp_path: Path) -> None:
    """Seed 5 twice: equal weights, equal figures; the resolved spec of a drawn seed repeats that run, too."""
    first, again = finished.result, run(tmp_path)
    assert first.metrics == again.metrics
    drawn = run(tmp_path, TRAINING.replace(", seed: 5", ""))
    folder = open_run(Path(drawn.run))
    for name in ("train", "validation", "test"):
        (tmp_path / f"{name}.npz").rename(folder.path / f"{name}.npz")
    repeated = train(*spec_of(folder), runs_dir=tmp_path / "runs")
    assert repeated.metrics == drawn.metrics != first.metrics
    runs = [open_run(Path(each.run)) for each in (drawn, repeated)]
    for mine, other in zip(*(load_model(each, *spec_of(each)).get_weights() for each in runs), strict=True):
        assert np.array_equal(mine, other)


def test_what_happens_is_told_in_order(finished: Finished) -> None:
    """The start with what was chosen, steps up to each epoch's end, the score of the best epoch."""
    events = finished.events
    start, score = events[0], events[-1]
    assert isinstance(start, RunStarted) and start.plan.auto == {"loss": "sparse_categorical_crossentropy"}
    assert start.plan.counts == {"train": 60, "validation": 20, "test": 21} and not start.plan.seed_drawn
    ended = [event for event in events if isinstance(event, EpochEnded)]
    steps = [event for event in events if isinstance(event, StepsDone)]
    assert [event.epoch for event in ended] == [0, 1] and ended[0].best
    assert steps[-1].step == steps[-1].steps == 8 and steps[-1].figures["loss"] == ended[-1].figures["loss"]
    assert steps[0].left is None and steps[0].rate is None, "the first call is compiled"
    assert (steps[-1].left or -1) >= 0 and (steps[-1].rate or 0) > 0
    assert 0 < (ended[0].left or 0) < ended[0].seconds and ended[1].left == 0
    assert isinstance(score, Scored) and score.figures["loss"] == finished.result.metrics["test_loss"]


def test_early_stopping_is_told_and_the_best_epoch_is_scored(tmp_path: Path) -> None:
    events: list[Event] = []
    stop = "early_stopping: {monitor: val_loss, patience: 1, restore_best_weights: true}"
    training = f"training: {{epochs: 40, batch_size: 8, loss: auto, optimizer: {{adam: 0.05}}, {stop}, seed: 5}}"
    result = run(tmp_path, training, events.append)
    (stopped,) = [event for event in events if isinstance(event, StoppedEarly)]
    ended = [event for event in events if isinstance(event, EpochEnded)]
    losses = [event.figures["val_loss"] for event in ended]
    assert len(losses) < 40 and stopped.epoch == len(losses) - 1
    assert stopped.restored == int(np.argmin(losses)) and result.metrics["val_loss"] == min(losses)
    last, best = (keras.models.load_model(Path(result.run) / f"{name}.keras") for name in ("last", "best"))
    for mine, other in zip(last.get_weights(), best.get_weights(), strict=True):
        assert np.array_equal(mine, other), "the best weights were restored before last.keras was saved"


def test_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    """Ctrl-C in the third epoch: last.keras, best.keras and two rows are there, and the result says so."""

    def interrupt(event: Event) -> None:
        if isinstance(event, StepsDone) and event.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, TRAINING.replace("epochs: 2", "epochs: 9"), interrupt)
    folder = open_run(tmp_path / "runs" / "small-1")
    assert json.loads(folder.result.read_text())["status"] == "interrupted"
    assert len(folder.table.read_text().splitlines()) == 3
    assert keras.models.load_model(folder.last).count_params() == keras.models.load_model(folder.best).count_params()


def test_an_interrupt_while_scoring_keeps_the_trained_weights(finished: Finished, tmp_path: Path) -> None:
    """Both models are there, and last.keras is what training left, not the best weights put back for the score."""

    def interrupt(event: Event) -> None:
        if isinstance(event, Scored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, TRAINING, interrupt)
    folder, whole = open_run(tmp_path / "runs" / "small-1"), finished.run
    assert json.loads(folder.result.read_text())["status"] == "interrupted"
    for mine, other in zip(*(keras.models.load_model(f.last).get_weights() for f in (folder, whole)), strict=True):
        assert np.array_equal(mine, other)


def test_a_disk_that_fills_up_fails_the_run_and_loses_nothing(tmp_path: Path) -> None:
    """On a disk of 200 KiB that something else fills after the first epoch, what was written stays whole."""
    runs = tmp_path / "tiny"
    runs.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", bytes(runs), b"tmpfs", 0, b"size=200k") != 0:
        pytest.skip("this user may not mount a disk")

    def fill(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 1:
            with (runs / "filler").open("wb", buffering=0) as file:
                while file.write(bytes(4096)) == 4096:
                    pass

    try:
        with pytest.raises(RunFailed, match="No space left on device"):
            train(*small_spec(tmp_path, TRAINING.replace("s: 2", "s: 50")), runs_dir=runs, on_event=_quietly(fill))
        folder = open_run(runs / "small-1")
        assert len(folder.table.read_text().splitlines()) >= 2
        assert keras.models.load_model(folder.best).count_params() > 0
    finally:
        libc.umount(bytes(runs))


def _quietly(fill: Callable[[Event], None]) -> Callable[[Event], None]:
    def filling(event: Event) -> None:
        with contextlib.suppress(OSError):
            fill(event)

    return filling


@pytest.mark.parametrize(("data", "runs"), [(DATA, True), ("data: {source: keras, name: cifar10}\n", False)])
def test_what_does_not_run_yet_is_named_at_its_place(tmp_path: Path, data: str, runs: bool) -> None:
    """Before anything is read."""
    spec, graph = small_spec(tmp_path, data=data)
    assert spec.data is not None
    found = [with_place(each, spec, graph) for each in not_running(spec.data)]
    assert [diagnostic.message for diagnostic in found] == [] if runs else ["data.source.keras does not run yet"]
    assert all(diagnostic.span is not None and diagnostic.span.line >= 9 for diagnostic in found)


@pytest.mark.parametrize("missing", ["data", "training"])
def test_a_spec_without_data_or_training_says_what_is_missing(tmp_path: Path, missing: str) -> None:
    parts = {"data": DATA, "training": TRAINING}
    parts[missing] = ""
    with pytest.raises(Rejected, match=f"has no {missing}"):
        train(*small_spec(tmp_path, parts["training"], data=parts["data"]), runs_dir=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_wrong_monitor_is_said_before_a_run_is_made(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"checkpoint watches val_f1, which"):
        run(tmp_path, TRAINING.replace("seed: 5", "seed: 5, checkpoint: {best: val_f1}"))
    assert not (tmp_path / "runs").exists()


def test_early_stopping_without_validation_says_that_its_default_has_nothing_to_watch(tmp_path: Path) -> None:
    spec, graph = small_spec(
        tmp_path,
        TRAINING.replace("seed: 5", "early_stopping: {patience: 2}"),
        data="data: {source: arrays, train: train.npz}\n",
    )
    with pytest.raises(Rejected) as refusal:
        train(spec, graph, runs_dir=tmp_path / "runs")
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.message == "early_stopping watches val_loss (its default), but nothing is kept for validation"
    assert diagnostic.help.startswith("write validation_split: 0.1 in data") and diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.width) == (12, len("early_stopping"))


@pytest.mark.parametrize("damage", ["text", "short", "inside", "config"])
def test_a_damaged_model_is_named_with_what_is_wrong_with_it(finished: Finished, tmp_path: Path, damage: str) -> None:
    folder = copied(finished.run, tmp_path)
    whole = folder.best.read_bytes()
    config = whole.index(b"config.json") + 100
    folder.best.write_bytes({
        "text": b"no model",
        "short": whole[: len(whole) // 2],
        "inside": whole[: len(whole) // 2] + b"\xff" * 100 + whole[len(whole) // 2 + 100 :],
        "config": whole[:config] + bytes(100) + whole[config + 100 :],
    }[damage])  # fmt: skip
    with pytest.raises(Rejected, match=r"best\.keras (is damaged|does not open)") as refusal:
        load_model(folder, *spec_of(folder))
    (diagnostic,) = refusal.value.diagnostics
    assert "not found" not in diagnostic.message and "last.keras" in diagnostic.help


TWO = """
inputs: {photo: [6, 6], words: {shape: [4], dtype: int32}}
model:
  see: [{conv: {filters: 4, kernel_size: 3, from: photo}}, flatten]
  read: [{embedding: {input_dim: 9, output_dim: 3, from: words}}, flatten]
  both: [{concat: {from: [see, read]}}]
  kind: [{dense: {units: 3, activation: softmax, from: both}}]
  size: [{dense: {units: 1, from: both}}]
outputs: {kind: kind, size: size}
data: {source: arrays, train: {photo: two.npz, words: two.npz, kind: two.npz, size: two.npz}, validation_split: 0.2}
training: {epochs: 2, batch_size: 8, loss: %s, metrics: {kind: [accuracy]}, seed: 1}
"""


@pytest.mark.parametrize("loss", ["auto", "{kind: auto, size: none}", "{kind: auto, size: mean_absolute_error}"])
def test_several_inputs_and_outputs_train_and_evaluate_by_name(tmp_path: Path, loss: str) -> None:
    """Pictures and word ids in, a class and a number out; an output whose loss is none only rides along."""
    pictures, labels = examples(60)
    words = np.random.default_rng(1).integers(0, 9, (60, 4))
    np.savez(tmp_path / "two.npz", photo=pictures, words=words, kind=labels, size=pictures.mean(axis=(1, 2, 3)))
    result = train(*written_spec(tmp_path, TWO % loss), runs_dir=tmp_path / "runs")
    folder = open_run(Path(result.run))
    assert json.loads(folder.classes.read_text()) == {"kind": ["0", "1", "2"]}
    evaluation = evaluate(folder, *spec_of(folder), split="validation")
    assert evaluation.loss == pytest.approx(result.metrics["val_loss"], abs=1e-6)
    assert ("accuracy" if "none" in loss else "kind_accuracy") in evaluation.metrics  # named where several are learnt


def test_a_metric_of_every_class_has_a_figure_of_every_class(tmp_path: Path) -> None:
    """F1 without an average: one column a class, and each may be watched."""
    spec, graph = small_spec(
        tmp_path,
        "training: {loss: auto, metrics: [f1_score], checkpoint: {best: val_f1_score_2}, seed: 1}\n",
    )
    for name in ("train", "validation", "test"):
        held = np.load(tmp_path / f"{name}.npz")
        np.savez(tmp_path / f"{name}.npz", x=held["x"], y=np.eye(3, dtype="float32")[held["y"]])
    result = train(spec, graph, runs_dir=tmp_path / "runs")
    assert {f"test_f1_score_{number}" for number in range(3)} < set(result.metrics)


def test_a_network_that_cannot_learn_is_refused(tmp_path: Path) -> None:
    model = "inputs: {image: [6, 6, 1]}\nmodel: [flatten, dense: {units: 3, activation: softmax, trainable: false}]\n"
    with pytest.raises(Rejected, match="small has no weights that training changes"):
        train(*small_spec(tmp_path, model=model), runs_dir=tmp_path / "runs")


def test_a_model_built_alone_is_the_one_that_is_trained(finished: Finished, tmp_path: Path) -> None:
    """Its layers, names and shapes are those of best.keras."""
    spec, graph = small_spec(tmp_path)
    built, best = build_model(graph, spec.name), load_model(finished.run, spec, graph)
    assert [layer.name for layer in built.layers] == [layer.name for layer in best.layers]
    assert MODEL and [w.shape for w in built.weights] == [w.shape for w in best.weights]
