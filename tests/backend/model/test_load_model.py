"""A run's model read back: the saved weights in the network of the run's spec, whatever else the file says."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnspec.analysis import analyse
from cnnspec.backend.model import load_model as loading
from cnnspec.backend.model.build import build_model, save_model
from cnnspec.backend.model.load_model import load_model
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected

HEAD = "cnnspec: 1\nname: tiny\n"
NETWORKS = {
    "normalised": "inputs: {x: [6, 6, 1]}\nmodel: [normalization, conv: {filters: 2, kernel_size: 3, norm: batch}]\n",
    "named": "inputs: {x: [6, 6, 1]}\nmodel:\n  - conv: {filters: 2, kernel_size: 3, name: stem}\n"
    "  - conv: {filters: 2, kernel_size: 1}\n",
    "shared": "inputs: {left: [4], right: [4]}\nmodel:\n  - dense: {units: 3, name: twin, from: left}\n"
    "  - reuse: {entry: twin, from: right, name: other}\n  - concat: {from: [twin, other]}\n  - dense: 2\n",
    "dropped": "inputs: {x: [6, 6, 1]}\nmodel: [gaussian_noise: 0.1, flatten, dropout: 0.5, dense: 4]\n",
    "mixed": "inputs: {x: [8]}\nmodel: [dense: 4]\ntraining: {loss: mse, precision: mixed_bfloat16}\n",
}


def understood(text: str) -> tuple[Spec, Graph]:
    return analyse("-", (), (HEAD + text).encode).require()


def saved(folder: Path, spec: Spec, graph: Graph, seed: int = 0) -> Any:
    """A model with drawn weights, as best.keras in a folder."""
    draw = np.random.default_rng(seed)
    model = build_model(graph, spec.name, spec.training.precision if spec.training else "float32")
    for weight in model.weights:
        weight.assign(draw.uniform(0.1, 1, weight.shape).astype("float32"))
    save_model(model, folder / "best.keras")
    return model


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """The archive with its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS.keys())
def test_a_model_is_the_one_that_keras_itself_reads(text: str, tmp_path: Path) -> None:
    """The same weights, and the same answers to the last bit."""
    spec, graph = understood(text)
    saved(tmp_path, spec, graph)
    ours, theirs = load_model(RunFolder(tmp_path), spec, graph), keras.models.load_model(tmp_path / "best.keras")
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        assert np.array_equal(mine, other)
    draw = np.random.default_rng(1)
    feed = {tensor.name: draw.normal(size=(2, *tensor.shape[1:])).astype("float32") for tensor in theirs.inputs}
    given = feed if len(feed) > 1 else next(iter(feed.values()))
    for mine, other in zip(tf.nest.flatten(ours(given)), tf.nest.flatten(theirs(given)), strict=True):
        assert np.array_equal(mine, other)


def test_what_the_file_says_of_layers_is_not_looked_at(tmp_path: Path) -> None:
    """Kernels of gigabytes, and more layers than can be built in minutes: the weights are there, and they are read."""
    spec, graph = understood(NETWORKS["dropped"])
    model = saved(tmp_path, spec, graph)
    dense = {"class_name": "Dense", "config": {"units": 10**9}}
    config = {"class_name": "Sequential", "config": {"layers": [dense] * 60_000}}
    rewritten(tmp_path / "best.keras", lambda name, old: json.dumps(config).encode() if name == "config.json" else old)
    found = load_model(RunFolder(tmp_path), spec, graph)
    for mine, other in zip(found.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(mine, other)


OTHERS = {
    "other shapes": ("inputs: {x: [6, 6, 1]}\nmodel: [flatten, dense: 5]\n", "36×5, 5 as the weights of dense1"),
    "further layers": (
        "inputs: {x: [6, 6, 1]}\nmodel: [flatten, dense: 4, dense: 4]\n",
        "weights of dense2, which the network has not",
    ),
    "none": ("inputs: {x: [6, 6, 1]}\nmodel: [flatten]\n", "nothing as the weights of dense1, which are 36×4, 4"),
}


@pytest.mark.parametrize(("text", "said"), OTHERS.values(), ids=OTHERS.keys())
def test_weights_of_another_network_are_refused_before_anything_is_built(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path, *understood(text))
    spec, graph = understood(NETWORKS["dropped"])
    monkeypatch.setattr(loading, "build_model", lambda *_: pytest.fail("built"))
    with pytest.raises(Rejected) as refused:
        load_model(RunFolder(tmp_path), spec, graph)
    (found,) = refused.value.diagnostics
    assert found.code == "bad-model" and said in found.message and found.help


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_told(value: float, tmp_path: Path) -> None:
    spec, graph = understood(NETWORKS["dropped"])
    model = saved(tmp_path, spec, graph)
    kernel = model.get_layer("dense1").kernel
    kernel.assign(np.where(np.eye(36, 4) > 0, value, kernel))
    save_model(model, tmp_path / "best.keras")
    with pytest.raises(Rejected, match="NaN or infinite values, among the weights of dense1"):
        load_model(RunFolder(tmp_path), spec, graph)


def test_weights_that_are_larger_than_their_file_are_refused(tmp_path: Path) -> None:
    """HDF5 lets kernels stand in one place, so that a small file could hold any number of them."""
    units = (256, 5, 6, 7)
    text = "inputs: {x: [256]}\nmodel:\n" + "".join(f"  - dense: {{units: {n}, name: d{n}, from: x}}\n" for n in units)
    spec, graph = understood(text + "outputs: {" + ", ".join(f"o{n}: d{n}" for n in units) + "}\n")
    saved(tmp_path, spec, graph)

    def in_one_place(name: str, content: bytes) -> bytes:
        if name != "model.weights.h5":
            return content
        (tmp_path / "old.h5").write_bytes(content)
        with h5py.File(tmp_path / "old.h5") as store:
            kernels = [store[f"layers/{key}/vars/0"] for key in store["layers"] if "dense" in key]
            places = {kernel.shape[1]: kernel.id.get_offset() for kernel in kernels}
        for n in units[1:]:
            content = content.replace(pack("<QQ", 256, n), pack("<QQ", 256, 256))
            content = content.replace(pack("<QQ", places[n], 256 * n * 4), pack("<QQ", places[256], 256 * 256 * 4))
        return content

    rewritten(tmp_path / "best.keras", in_one_place)
    with pytest.raises(Rejected, match=r"weights of 1,04\d,\d+ bytes in [23]\d\d,"):
        load_model(RunFolder(tmp_path), spec, graph)
