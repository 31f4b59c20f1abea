"""A training that starts from weights: what is taken, what is refused, and that frozen weights stay as they are."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from small_runs import small_spec

import cnnspec
from cnnspec.backend.build import build_model
from cnnspec.backend.faster import FASTER
from cnnspec.backend.train import plan, resume, train
from cnnspec.backend.transfer.source import source_of
from cnnspec.backend.transfer.start import start
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import bundled_names
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.transfer import Start, Transfer
from cnnspec.source.diagnostic import Rejected

MODEL = """
inputs: {image: [6, 6, 1]}
model:
  scale: [rescaling: 0.1]
  body:
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}
    - conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu, name: second}
  head: [dropout: 0.2, flatten, dense: {units: UNITS, activation: softmax}]
"""
THREE, FOUR = MODEL.replace("UNITS", "3"), MODEL.replace("UNITS", "4")


def training(more: str = "") -> str:
    """A short training section."""
    return f"training: {{epochs: 2, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5{more and ', ' + more}}}\n"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of three classes."""
    folder = tmp_path_factory.mktemp("first")
    spec, graph = small_spec(folder, training(), THREE)
    return RunFolder(Path(train(spec, graph, runs_dir=folder / "runs").run))


def weights_of(path: Path) -> dict[str, Any]:
    """The weights of a model by layer, as Keras loads them."""
    return {layer.name: layer.get_weights() for layer in keras.models.load_model(path, compile=False).layers}


def begun(graph: Graph, path: Path, strict: bool = True) -> tuple[Any, Transfer]:
    """A network that starts from a file, and what was told of it."""
    keras.utils.set_random_seed(3)
    model = build_model(graph, "small", namespace=FASTER)
    source = source_of(cnnspec.load("digits").spec, Start(path, strict))
    assert source is not None
    return model, start(model, graph, source, {})


@pytest.mark.parametrize("name", bundled_names())
@pytest.mark.parametrize("form", [".keras", ".weights.h5"])
def test_a_network_that_starts_from_its_own_weights_has_them_all(name: str, form: str, tmp_path: Path) -> None:
    """Every bundled network, to the bit, as Keras' own load gives them."""
    graph, path = cnnspec.load(name).graph, tmp_path / f"model{form}"
    if sum(weight.size for node in graph.nodes for weight in node.facts.weights) > 2e7:
        pytest.skip("its weights take long to write")
    keras.utils.set_random_seed(1)
    model = build_model(graph, "model")
    model.set_weights([np.random.default_rng(0).random(w.shape).astype(w.dtype) for w in model.get_weights()])
    (model.save if form == ".keras" else model.save_weights)(path)
    own, transfer = begun(graph, path)
    assert not transfer.unused and transfer.count("loaded") == len(transfer.weights)
    theirs = build_model(graph, "model")
    theirs.load_weights(path)
    for mine, other in zip(own.weights, theirs.weights, strict=True):
        assert np.array_equal(mine, other), mine.path


def test_a_training_begins_with_the_weights_of_a_run(first: RunFolder, tmp_path: Path) -> None:
    """With a learning rate of nothing it ends with them, too; transfer.json and the plan say what was loaded."""
    nothing = training("start_from: first, optimizer: {sgd: {learning_rate: 1e-30}}, freeze: [body]")
    (tmp_path / "first").symlink_to(first.path)
    spec, graph = small_spec(tmp_path, nothing, THREE)
    with pytest.raises(Rejected, match="lies outside"):
        train(spec, graph, runs_dir=tmp_path)
    done = train(spec, graph, runs_dir=tmp_path, start_from=Start(first.path))
    ours, theirs = weights_of(RunFolder(Path(done.run)).last), weights_of(first.best)
    assert all(np.array_equal(a, b) for name in ours for a, b in zip(ours[name], theirs[name], strict=True))
    held = json.loads((Path(done.run) / "transfer.json").read_text())
    assert [stage["loaded"]["tensors"] for stage in held["stages"]] == [10, 2]
    assert held["new"] == held["mismatched"] == held["unused"] == []


def test_another_head_is_refused_unless_told_otherwise(first: RunFolder, tmp_path: Path) -> None:
    """All misfits at once with both shapes, and what to write; then the rest is taken and the head drawn."""
    spec, graph = small_spec(tmp_path, training("freeze: [body]"), FOUR)
    with pytest.raises(Rejected) as refused:
        plan(spec, graph, start_from=Start(first.path))
    (found,) = refused.value.diagnostics
    assert found.message == f"2 of 12 weights are not in {first.best} as this network has them"
    assert [note.text for note in found.notes] == [
        "head.dense1: kernel 16×3 in the file, 16×4 here; bias 3 in the file, 4 here"
    ]
    assert "--partial" in found.help
    done = RunFolder(Path(train(spec, graph, runs_dir=tmp_path, start_from=Start(first.path, strict=False)).run))
    ours, theirs = weights_of(done.last), weights_of(first.best)
    body = [name for name in ours if name.startswith("body")]
    assert all(np.array_equal(a, b) for name in body for a, b in zip(ours[name], theirs[name], strict=True))
    assert any(theirs[name] for name in body)
    assert [each["found"] for each in json.loads(done.transfer.read_text())["mismatched"]] == [[16, 3], [3]]
