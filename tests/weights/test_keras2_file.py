"""`.h5` of Keras 2 and 3: whole models, weights alone, models within models, and what strangers write."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from cnnspec.source.diagnostic import Rejected
from cnnspec.weights.matching import match
from cnnspec.weights.store import opened
from tests.support.spec_texts import graph_of

MODEL = """
inputs: {image: [6, 6, 2]}
model:
  body:
    - conv: {filters: 3, kernel_size: 3, norm: batch, activation: relu}
    - conv: {filters: 3, kernel_size: 1}
  head: [global_avg_pool, dense: 4]
"""
GRAPH = graph_of(MODEL)
NAMES = [node.name for node in GRAPH.nodes if node.facts.weights]


def model(nested: bool = False) -> Any:
    """The network under other names, its body a model of its own or not."""
    body = [
        keras.Input((6, 6, 2)),
        keras.layers.Conv2D(3, 3, use_bias=False, name="zulu"),
        keras.layers.BatchNormalization(name="yankee"),
        keras.layers.ReLU(),
        keras.layers.Conv2D(3, 1, name="xray"),
    ]
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4, name="whisky")]
    return keras.Sequential([keras.Sequential(body, name="body"), *head] if nested else [*body, *head])


@pytest.mark.parametrize("form", [".h5", ".keras"])
@pytest.mark.parametrize("nested", [False, True])
def test_whole_models_say_what_reads_what(form: str, nested: bool, tmp_path: Path) -> None:
    """Of a model within the model the layers are found, too."""
    path = tmp_path / f"model{form}"
    model(nested).save(path)
    with opened(path) as store:
        inner = "body/" if nested else ""
        there = [f"{inner}zulu", f"{inner}yankee", f"{inner}xray", "whisky"]
        assert match(GRAPH, store).layers == dict(zip(NAMES, there, strict=True))


def weights_alone(path: Path, order: list[str], ordered: bool = True) -> Path:
    """Weights as Keras 2 saved them without the model: their order in attributes, in texts of one length."""
    made = {layer.name: layer.weights for layer in model().layers if layer.weights}
    with h5py.File(path, "w") as file:
        if ordered:
            file.attrs["layer_names"] = np.asarray([name.encode() for name in order])
        for name in made:
            group = file.create_group(name)
            group.attrs["weight_names"] = np.asarray([f"{name}/{each.name}:0".encode() for each in made[name]])
            for each in made[name]:
                group.create_dataset(f"{name}/{each.name}:0", data=np.asarray(each))
    return path


def test_weights_alone_go_by_their_order(tmp_path: Path) -> None:
    """As the file tells it, and not as names are sorted; of layers out of order, none is taken."""
    order = ["zulu", "yankee", "xray", "whisky"]
    with opened(weights_alone(tmp_path / "alone.h5", order)) as store:
        assert store.ordered and match(GRAPH, store).layers == dict(zip(NAMES, order, strict=True))
    with opened(weights_alone(tmp_path / "other.h5", order[::-1])) as store:
        assert match(GRAPH, store).layers == {}


def external(file: Any, folder: Path) -> None:
    file["model_weights/whisky"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")


def soft(file: Any, folder: Path) -> None:
    del file["model_weights/zulu"]
    file["model_weights/zulu"] = h5py.SoftLink("/model_weights/xray")


def endless(file: Any, folder: Path) -> None:
    file["model_weights/zulu/again"] = file["model_weights/zulu"]


def claimed(file: Any, folder: Path) -> None:
    file.create_dataset("model_weights/zulu/large", (10**6, 10**6), "f4")


def numbers(file: Any, folder: Path) -> None:
    del file["model_weights/zulu"]
    file.create_dataset("model_weights/zulu", data=np.ones(3))


ODD: dict[Callable[[Any, Path], None], str] = {
    external: "a link for whisky",
    soft: "a link for zulu",
    endless: "groups within groups",
    claimed: "and not as many numbers",
    numbers: "no group for zulu",
}


@pytest.mark.parametrize("change", ODD, ids=lambda change: change.__name__)
def test_what_keras_never_writes_is_refused(change: Callable[[Any, Path], None], tmp_path: Path) -> None:
    """Links, circles, and what claims to be larger than the file."""
    path = tmp_path / "odd.h5"
    model().save(path)
    with h5py.File(path, "r+") as file:
        if change is external:
            del file["model_weights/whisky"]
        change(file, tmp_path)
    with pytest.raises(Rejected) as refused, opened(path):
        pass
    (found,) = refused.value.diagnostics
    assert found.code == "bad-model" and ODD[change] in found.message


@pytest.mark.parametrize(
    "config",
    [
        "{nonsense",
        "[" * 50_000,
        json.dumps({"config": {"layers": "many"}}),
        json.dumps({"config": {"layers": [{"class_name": "Dense"}]}}),
        json.dumps({"config": {"layers": [], "input_layers": [], "output_layers": [["gone", 0, 0]]}}),
    ],
)
def test_a_configuration_that_cannot_be_read_is_none(config: str, tmp_path: Path) -> None:
    """Then names, numbers and shapes have to do."""
    path = tmp_path / "model.h5"
    model().save(path)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = config
    with opened(path) as store:
        found = match(GRAPH, store)
        assert found.layers == dict(zip(NAMES, ["zulu", "yankee", "xray", "whisky"], strict=True))
