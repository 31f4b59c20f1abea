"""Whole trainings whose network learns statistics of its data first: of which examples, once, and kept."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from cnnspec.backend import ready
from cnnspec.backend.data import load
from cnnspec.backend.data.splits import Split
from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.model import adapt as adapting
from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import plan, resume, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.results.events import Event, RunStarted
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.result import read_result
from tests.support.small_runs import copied, examples, written_spec
from tests.support.spec_texts import read

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  scale: [rescaling: 0.5, normalization]
  body: [conv: {filters: 4, kernel_size: 3, activation: relu}]
  head: [flatten, dense: {units: 3, activation: softmax}]
"""
DATA = """
data:
  source: arrays
  train: train.npz
  test: test.npz
  validation_split: 0.3
  augment: [random_brightness: {factor: 0.9, value_range: [-20, 20]}]
"""
TRAINING = "training: {epochs: 2, batch_size: 8, loss: auto, seed: 5}\n"
NAME = "scale.normalization1"


def small(folder: Path, model: str = MODEL, training: str = TRAINING, shift: float = 2.0) -> tuple[Spec, Graph]:
    """A spec with 40 examples to train on and to divide, and 10 others that lie far from them to test."""
    for seed, (name, count, far) in enumerate((("train", 40, shift), ("test", 10, 50.0))):
        pictures, labels = examples(count, seed)
        np.savez(folder / f"{name}.npz", x=pictures + np.float32(far), y=labels)
    return written_spec(folder, model + DATA + training)


def trained(folder: Path, *arguments: Any, **options: Any) -> tuple[RunFolder, dict[str, str]]:
    """A run, and what its plan said was learnt."""
    told: list[Event] = []
    spec, graph = small(folder, *arguments)
    result = train(spec, graph, runs_dir=folder / "runs", on_event=told.append, **options)
    (started,) = [event for event in told if isinstance(event, RunStarted)]
    return RunFolder(Path(result.run)), learnt(started.plan.auto)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, dict[str, str]]:
    """A run that learns statistics, to be read of, and what its plan said."""
    return trained(tmp_path_factory.mktemp("first"))


def learnt(auto: Any) -> dict[str, str]:
    """What is said of statistics."""
    return {key: said for key, said in auto.items() if key.startswith("statistics")}


def statistics(path: Path) -> tuple[float, float]:
    """Mean and variance in a file, as Keras opens it."""
    layer = keras.models.load_model(path, compile=False).get_layer(NAME)
    return float(layer.adapt_mean[0]), float(layer.adapt_variance[0])


def keras_model(run: RunFolder) -> Any:
    """The run's best model, as Keras opens it."""
    return keras.models.load_model(run.best, compile=False)


def score(run: RunFolder) -> float:
    """The loss on the test split that the run ended with."""
    result = read_result(run)
    assert result is not None
    return float(result.metrics["test_loss"])


def of_training(folder: Path, **options: Any) -> tuple[float, float]:
    """What Keras' adapt finds in the examples that the training learns from, and in no others."""
    train_split: Split = prepare(*small(folder, **options)).dataset.train
    layer = keras.layers.Normalization()
    pictures = train_split.inputs["image"]
    assert isinstance(pictures, np.ndarray) and len(pictures) == 28
    layer.adapt(0.5 * pictures)
    return float(layer.adapt_mean[0]), float(layer.adapt_variance[0])


def test_the_files_of_a_run_hold_what_was_learnt_of_its_training_split_alone(
    first: tuple[RunFolder, dict[str, str]], tmp_path: Path
) -> None:
    """Neither validation and test split nor what augmentation makes of the examples count; the plan says it."""
    folder, said = first
    expected = of_training(tmp_path)
    for path in (folder.best, folder.last):
        assert statistics(path) == pytest.approx(expected, rel=1e-5)
    mean, variance = expected
    words = f"mean {mean:.4g}, variance {variance:.4g}, learnt from 28 training examples"
    assert said == {f"statistics.{NAME}": words}
    assert learnt(plan(*small(tmp_path)).auto) == said
    assert words in folder.environment.read_text()
    spec, graph = read(locate(str(folder.spec), print))
    assert evaluate(folder, spec, graph, data_root=tmp_path).loss == pytest.approx(score(folder), rel=1e-6)


def test_a_run_goes_on_with_what_it_learnt_and_learns_nothing_anew(
    first: tuple[RunFolder, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a checkpoint it ends as if it had never stopped, though nobody may look at the data once more."""
    folder = copied(first[0], tmp_path)
    longer, _ = trained(tmp_path, MODEL, TRAINING.replace("epochs: 2", "epochs: 3"))
    monkeypatch.setattr(adapting, "learners", lambda graph: pytest.fail("statistics are learnt once more"))
    spec, graph = read(locate(str(folder.spec), print), settings=("training.epochs=3",))
    resume(folder, spec, graph, data_root=tmp_path)
    for mine, other in zip(*(keras_model(run).get_weights() for run in (folder, longer)), strict=True):
        assert np.array_equal(mine, other)
    assert statistics(folder.last) == statistics(longer.last)


def test_statistics_come_with_the_weights_that_a_training_starts_from(
    first: tuple[RunFolder, dict[str, str]], tmp_path: Path
) -> None:
    """Of other data, on which the weights were trained; and the network computes with them."""
    before, _ = first
    (tmp_path / "more").mkdir()
    nothing = TRAINING.replace("loss", "optimizer: {sgd: 1e-30}, loss")
    second, said = trained(tmp_path / "more", MODEL, nothing, 9.0, start_from=Start(before.path))
    assert statistics(second.last) == statistics(before.best)
    assert f", taken over from {before.best}" in said[f"statistics.{NAME}"]
    test = np.load(tmp_path / "more" / "test.npz")
    right = np.asarray(keras_model(before)(test["x"]))[np.arange(len(test["y"])), test["y"]]
    assert score(second) == pytest.approx(-np.log(np.maximum(right, 1e-7)).mean(), rel=1e-3)


def test_a_normalization_that_is_new_beside_weights_from_elsewhere_learns_of_the_data(tmp_path: Path) -> None:
    without = MODEL.replace(", normalization", "")
    first, said = trained(tmp_path, without)
    assert said == {}
    (tmp_path / "more").mkdir()
    second, said = trained(tmp_path / "more", start_from=Start(first.path, strict=False))
    assert statistics(second.best) == pytest.approx(of_training(tmp_path / "more"), rel=1e-5)
    assert "learnt from 28" in said[f"statistics.{NAME}"]


def test_pictures_that_memory_does_not_hold_are_learnt_from_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are decoded, batch after batch."""
    for kind, shade in (("dark", 40), ("light", 190)):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for number in range(11):
            pixels = np.random.default_rng(number).integers(shade - 30, shade + 30, (6, 6, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / kind / f"{number}.png")
    text = (
        "inputs: {image: [6, 6, 3]}\nmodel: [normalization, flatten, dense: {units: 2, activation: softmax}]\n"
        "data: {source: image_folder, train: photos}\n" + TRAINING
    )
    held = plan(*written_spec(tmp_path, text))
    with_files = load.with_pictures
    monkeypatch.setattr(load, "with_pictures", lambda dataset: with_files(dataset, 0))
    streamed = plan(*written_spec(tmp_path, text))
    assert held.held > streamed.held and learnt(held.auto) == learnt(streamed.auto) != {}


def test_a_network_without_such_layers_holds_its_data_no_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each maker of batches keeps a copy."""
    made: list[int] = []
    real = ready.batches_of
    monkeypatch.setattr(ready, "batches_of", lambda *given: made.append(1) or real(*given))
    plan(*small(tmp_path, MODEL.replace(", normalization", "")))
    without = len(made)
    plan(*small(tmp_path))
    assert len(made) == 2 * without + 1
