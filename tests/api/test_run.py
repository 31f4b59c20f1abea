"""A run from Python: one small training, and all that is asked of it."""

import signal
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import cnnspec
from tests.support.small_runs import DATA, HEADER, MODEL, examples

TRAINING = "training: {epochs: 3, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5, checkpoint: {every: 0.5}}\n"


def written(folder: Path, training: str = TRAINING) -> Path:
    """A spec with its data in a folder."""
    for seed, (name, count) in enumerate({"train": 60, "validation": 20, "test": 21}.items()):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=pictures, y=labels)
    path = folder / "small.yaml"
    path.write_text(HEADER + MODEL + DATA + training)
    return path


class Heard(keras.callbacks.Callback):
    """Notes what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.told.append("begin")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.told.append(epoch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.last = batch

    def on_test_end(self, logs: Any = None) -> None:
        self.told.append("tested")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.told.append(dict(logs))

    def on_train_end(self, logs: Any = None) -> None:
        self.told.append("end")


class Interrupted(keras.callbacks.Callback):
    """Interrupts the program as Ctrl-C does, and a notebook's stop button, once an epoch is over."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def run(place: Path, heard: Heard) -> cnnspec.Run:
    return cnnspec.load(written(place)).train(runs=place / "runs", callbacks=[heard])


def test_training_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spec = cnnspec.load(written(tmp_path), set={"training.epochs": 1})
    spec.train(runs=tmp_path / "runs")
    assert capfd.readouterr() == ("", "")


def test_a_run_has_its_figures_by_epoch_and_those_of_its_best(run: cnnspec.Run) -> None:
    history = run.history
    assert history["epoch"] == [0, 1, 2] and len({len(each) for each in history.values()}) == 1
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"} < history.keys()
    best = int(np.argmin(history["val_loss"]))
    assert run.metrics["val_loss"] == history["val_loss"][best] and "test_accuracy" in run.metrics
    assert (
        (run.status, run.name) == ("finished", "small-1") and "finished" in repr(run) and "training.epochs" in str(run)
    )


def test_callbacks_hear_of_every_epoch_with_its_figures(run: cnnspec.Run, heard: Heard) -> None:
    history = run.history
    figures = [
        {name: values[epoch] for name, values in history.items() if "loss" in name or "acc" in name}
        for epoch in range(3)
    ]
    epochs = [told for epoch in range(3) for told in (epoch, "tested", pytest.approx(figures[epoch]))]
    assert heard.told == ["begin", *epochs, "end"] and heard.last == 7


def test_a_run_is_opened_again_by_its_folder_or_its_name(
    run: cnnspec.Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    for opened in (cnnspec.open_run(run.path), cnnspec.open_run("small-1"), cnnspec.open_run(run)):
        assert opened.history == run.history
    with pytest.raises(cnnspec.Rejected, match=r"there is no run small-2[^\n]*\n  help: known here: runs.small-1"):
        cnnspec.open_run("small-2")


def test_the_model_of_a_run_is_plain_keras_and_scores_as_evaluate_says(run: cnnspec.Run) -> None:
    pictures, labels = examples(21, 2)
    best, last = run.model(), run.model("last")
    evaluation = run.evaluate()
    said = best.predict(pictures, verbose=0)
    accuracy = float(np.mean(np.argmax(said, axis=1) == labels))
    assert evaluation.metrics["accuracy"] == pytest.approx(accuracy) == run.metrics["test_accuracy"]
    assert (evaluation.split, evaluation.count) == ("test", 21) and "accuracy" in str(evaluation)
    assert all(layer.__class__.__module__.startswith("keras.") for layer in best.layers)
    assert last.count_params() == best.count_params()


def test_an_interrupted_training_says_how_to_go_on_and_ends_as_if_nobody_had_interrupted_it(
    run: cnnspec.Run, place: Path
) -> None:
    """With callbacks or without: they change nothing."""
    network = cnnspec.load(place / "small.yaml")
    with pytest.raises(KeyboardInterrupt) as interrupt:
        network.train(runs=place / "runs", callbacks=[Interrupted()])
    stopped = cnnspec.open_run(place / "runs" / "small-2")
    assert (stopped.status, stopped.history["epoch"]) == ("interrupted", [0])
    assert str(interrupt.value) == f"the state is saved; to go on: cnnspec.open_run({str(stopped.path)!r}).resume()"
    assert type(interrupt.value) is KeyboardInterrupt
    heard = Heard()
    went_on = stopped.resume(callbacks=[heard])
    assert [told for told in heard.told if isinstance(told, int)] == [1, 2]
    for mine, other in zip(went_on.model("last").get_weights(), run.model("last").get_weights(), strict=True):
        assert np.array_equal(mine, other)


def test_a_run_goes_on_with_more_epochs_and_says_beforehand_how(run: cnnspec.Run, place: Path) -> None:
    assert run.plan() is None
    planned = run.plan({"training.epochs": 4})
    assert planned is not None and planned.resumed is not None and planned.resumed.epoch == 3
    with pytest.raises(cnnspec.Rejected, match=r"training\.batch_size is 4; expected 8"):
        run.resume({"training.batch_size": 4})


def test_a_callback_may_stop_the_training(place: Path) -> None:
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    stopped = cnnspec.load(place / "small.yaml").train(runs=place / "runs", callbacks=[Stops()])
    assert (stopped.status, stopped.history["epoch"]) == ("finished", [0])


def test_what_is_doubtful_is_a_warning_of_python(tmp_path: Path) -> None:
    path = written(tmp_path, TRAINING.replace("epochs: 3", "epochs: 1"))
    path.write_text(path.read_text().replace("  - rescaling: 0.1\n", ""))
    for name in ("train", "validation"):
        held = dict(np.load(tmp_path / f"{name}.npz"))
        np.savez(tmp_path / f"{name}.npz", x=np.abs(held["x"]) * 100, y=held["y"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cnnspec.load(path).train(runs=tmp_path / "runs")
    (doubt,) = [each for each in caught if issubclass(each.category, cnnspec.Doubt)]
    assert "help:" in str(doubt.message)


def test_mistakes_in_data_and_wishes_are_exceptions_that_can_be_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "train.npz").unlink()
    with pytest.raises(cnnspec.Rejected, match=r"small.yaml:\d+:\d+: there is no file .*train.npz"):
        cnnspec.load(path).train(runs=tmp_path / "runs")
    with pytest.raises(cnnspec.Rejected, match="fold '3/2'; expected part K of N") as rejected:
        cnnspec.load(path).plan(fold="3/2")
    assert rejected.value.diagnostics[0].help == "write (1, 10)"
    with pytest.raises(TypeError, match="callbacks takes Keras' callbacks, not builtin_function_or_method"):
        cnnspec.load(path).train(callbacks=[print])
    with pytest.raises(cnnspec.Rejected, match="partial without start_from"):
        cnnspec.load(path).build(partial=True)
