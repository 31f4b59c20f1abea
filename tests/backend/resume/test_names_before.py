"""Runs made before a written name was part of a layer's path go on, and their weights are found."""

from pathlib import Path

import keras
import numpy as np
import pytest

from cnnspec.backend.train import resume, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.results.transfer import Start
from cnnspec.runs.folder import RunFolder
from tests.support.small_runs import small_spec, written_spec
from tests.support.spec_texts import read

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  body:
    - conv: {filters: 4, kernel_size: 3, norm: batch, name: stem}
    - residual: {name: block, layers: [conv: {filters: 4, kernel_size: 3, padding: same, name: inner}]}
    - conv: {filters: 2, kernel_size: 1}
  head: [flatten, dense: {units: 3, activation: softmax, name: scores}]
"""
NUMBERED = ["body.conv1", "body.residual1.conv1", "body.conv2", "head.dense1"]
NAMED = ["body.stem", "body.block.inner", "body.conv2", "head.scores"]


def training(epochs: int, more: str = "") -> str:
    return f"training: {{epochs: {epochs}, batch_size: 8, loss: auto, seed: 5, optimizer: adam{more}}}\n"


def weighty(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes if node.facts.weights and "norm" not in node.name]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of two epochs as earlier versions made it, whose layers are numbered whatever they are called."""
    folder = tmp_path_factory.mktemp("before")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cnnspec.graph.walk.written_name", lambda written: "")
        spec, graph = small_spec(folder, training(2), MODEL)
    assert weighty(graph) == NUMBERED
    return RunFolder(Path(train(spec, graph, runs_dir=folder / "runs").run))


def longer(folder: RunFolder) -> tuple[Spec, Graph]:
    """The spec of a run, with one epoch more."""
    return read(locate(str(folder.spec), print), settings=("training.epochs=3",))


def weights(path: Path) -> list[np.ndarray]:
    return [np.asarray(weight) for weight in keras.models.load_model(path, compile=False).weights]


def test_a_run_whose_layers_were_numbered_goes_on_to_the_bit(before: RunFolder, tmp_path: Path) -> None:
    """Its optimizer's averages are found again, and it becomes what it would have been in one go."""
    spec, graph = small_spec(tmp_path, training(3), MODEL)
    whole = train(spec, graph, runs_dir=tmp_path / "runs")
    spec, graph = longer(before)
    assert weighty(graph) == NAMED
    result = resume(before, spec, graph, data_root=before.path.parents[1])
    assert result.metrics == whole.metrics
    for one, other in zip(weights(before.last), weights(RunFolder(Path(whole.run)).last), strict=True):
        assert np.array_equal(one, other)


def test_a_training_starts_from_a_run_whose_layers_were_numbered(before: RunFolder, tmp_path: Path) -> None:
    """Every weight is found, by the words of who wrote it as by the number that it had."""
    small_spec(tmp_path, training(1), MODEL)
    spec, graph = written_spec(
        tmp_path,
        f"{MODEL}data: {{source: arrays, train: train.npz}}\n"
        "training: {epochs: 1, batch_size: 60, loss: auto, seed: 1, optimizer: {sgd: 1e-30}, freeze: [body]}\n",
    )
    result = train(spec, graph, runs_dir=tmp_path / "runs", start_from=Start(before.best, True))
    for one, other in zip(weights(RunFolder(Path(result.run)).last), weights(before.best), strict=True):
        assert np.allclose(one, other)
