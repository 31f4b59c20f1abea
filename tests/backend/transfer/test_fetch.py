"""Pretrained weights by name: fetched from a server on this machine, whole or not at all, and never by a training."""

import contextlib
import functools
import hashlib
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras.src.applications import efficientnet
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

import cnnspec
from cnnspec.backend.model.build import build_model
from cnnspec.backend.transfer.fetch import carried
from cnnspec.backend.transfer.start import start
from cnnspec.cli.app import carried_out
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.pretrained import KERAS_APPLICATIONS
from cnnspec.language.spec import Spec
from cnnspec.weights.fetched import pretrained_of
from cnnspec.weights.source import source_of
from tests.support.carried_weights import draw_weights, without_softmax
from tests.support.spec_texts import read

SIZE = 32
SMALL = {"width_coefficient": 0.25, "depth_coefficient": 0.1, "input_shape": (SIZE, SIZE, 3)}
SMALL |= {"default_size": SIZE, "name": "efficientnetb0", "weights_name": "b0"}
"""An EfficientNet that is downloaded as B0 is, and a hundredth as large."""
SPEC = f"""cnnspec: 1
name: tiny
extends: efficientnet
vars: {{width: 0.25, depth: 0.1, size: {SIZE}}}
pretrained:
  imagenet: {{keras: EfficientNetB0}}
"""
FILE = "efficientnetb0.h5"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and of one that is called half, half."""

    half = False

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """The bytes, of which the client was told how many there are."""
        content = source.read()
        outputfile.write(content[: len(content) // 2] if self.half else content)


@contextlib.contextmanager
def serving(folder: Path, half: bool = False) -> Iterator[str]:
    """The address of a server on this machine that serves a folder."""
    handler = functools.partial(type("Handler", (Quiet,), {"half": half}), directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A model with drawn weights, and the folder where its weights lie as Keras publishes them."""
    folder = tmp_path_factory.mktemp("published")
    model = efficientnet.EfficientNet(**SMALL, weights=None)
    draw_weights(model, 3)
    with h5py.File(folder / FILE, "w") as file:
        save_weights_to_hdf5_group(file, model)
    return model, folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: tuple[Any, Path]) -> Path:
    """A folder with the spec, empty caches, and keras.applications that knows the small network's hash."""
    (tmp_path / "tiny.yaml").write_text(SPEC)
    (tmp_path / "keras").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path / "keras"))
    monkeypatch.setattr(keras.applications, "EfficientNetB0", functools.partial(efficientnet.EfficientNet, **SMALL))
    digest = hashlib.md5((theirs[1] / FILE).read_bytes()).hexdigest()
    monkeypatch.setitem(efficientnet.WEIGHTS_HASHES, "b0", (digest, ""))
    return tmp_path


def fails(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that ends with 1."""
    with pytest.raises(SystemExit) as ended:
        carried_out(words)
    assert ended.value.code == 1
    return " ".join(capsys.readouterr().err.split())


def kept(cache: Path) -> list[str]:
    """The files in our own cache."""
    return sorted(path.name for path in (cache / "cache").rglob("*") if path.is_file())


def spec_of(path: Path, text: str) -> tuple[Spec, Graph]:
    """A spec in a file."""
    path.write_text(text)
    return read(locate(str(path), print))


def test_what_was_fetched_gives_the_same_outputs(
    cache: Path, theirs: tuple[Any, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As keras.applications' model with these weights, its pixels normalised in its own way; no network is needed
    afterwards, neither by build nor by a training with another head."""
    with serving(theirs[1]) as address:
        monkeypatch.setattr(efficientnet, "BASE_WEIGHTS_PATH", address)
        assert carried_out(["weights", "fetch", "tiny.yaml"]) == 0
        published = keras.applications.EfficientNetB0(weights="imagenet")
    assert kept(cache) == ["EfficientNetB0.keras"]
    monkeypatch.setattr(socket.socket, "connect", lambda *given: pytest.fail("a network is asked"))
    assert carried_out(["build", "tiny.yaml", "--start-from", "imagenet", "-o", "whole.keras"]) == 0
    assert "143 of 143 weights" in capsys.readouterr().out
    pixels = np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 3)).astype("float32")
    ours = keras.models.load_model("whole.keras")
    assert np.abs(np.asarray(ours(pixels)) - published(pixels)).max() < 1e-5
    more = "  head: [global_avg_pool, dense: {units: 3, activation: softmax}]\n"
    head = f"{SPEC}model:\n{more}training: {{start_from: {{weights: imagenet, new: [head]}}}}\n"
    spec, graph = spec_of(cache / "own.yaml", head.replace("name: tiny", "name: own"))
    source = source_of(spec)
    assert source is not None
    told = start(build_model(graph, "own"), graph, source, {}, {})
    assert [stage.stage for stage in told.stages if stage.new.tensors or stage.mismatched.tensors] == ["head"]


def test_what_was_not_fetched_is_told_with_the_command(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a spec that declares nothing, too."""
    said = fails(capsys, "build", "tiny.yaml", "--start-from", "imagenet", "-o", "whole.keras")
    assert "not-fetched" in said and "run: cnnspec weights fetch " in said and not (cache / "whole.keras").exists()
    assert "declares no pretrained weights" in fails(capsys, "weights", "fetch", "digits")
    for words in (
        ("weights", "map", "imagenet", "digits"),
        ("build", "digits", "--start-from", "imagenet", "-o", "whole.keras"),
        ("train", "digits", "--set", "training.start_from=imagenet"),
    ):
        said = fails(capsys, *words)
        assert "digits declares no pretrained weights called imagenet" in said and "there is no imagenet" not in said
        assert "name a file or a run's folder" in said and "write pretrained: {imagenet: {keras: NAME}}" in said
    assert "is what specs call weights under pretrained" in fails(capsys, "weights", "show", "imagenet")
    assert "run: cnnspec weights fetch " in fails(capsys, "weights", "map", "imagenet", "tiny.yaml")


@pytest.mark.parametrize("fault", ["hash", "half", "nobody"])
def test_what_does_not_come_whole_is_not_kept(
    fault: str,
    cache: Path,
    theirs: tuple[Any, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another hash, a transfer that breaks off, no network: a message, exit code 1, nothing half-written."""
    if fault == "hash":
        monkeypatch.setitem(efficientnet.WEIGHTS_HASHES, "b0", ("0" * 32, ""))
    with serving(theirs[1], half=fault == "half") as address:
        monkeypatch.setattr(efficientnet, "BASE_WEIGHTS_PATH", address)
        if fault != "nobody":
            said = fails(capsys, "weights", "fetch", "tiny.yaml")
    if fault == "nobody":
        said = fails(capsys, "weights", "fetch", "tiny.yaml")
    assert "fetch-failed" in said and "the weights of EfficientNetB0 could not be fetched" in said
    assert {"hash": "corrupted file", "half": "URL fetch failure", "nobody": "Connection refused"}[fault] in said
    assert kept(cache) == [] and not list((cache / "keras").rglob("*.h5.part"))


@pytest.mark.parametrize(("spec", "network"), [("mobilenet@0.25", "MobileNet"), ("mobilenet-v2@0.35", "MobileNetV2")])
def test_logits_are_those_of_keras_once_weights_were_carried(spec: str, network: str) -> None:
    """With drawn weights, of which every one has its place; the same for all networks by a longer program."""
    alpha = float(spec.partition("@")[2])
    theirs = getattr(keras.applications, network)((64, 64, 3), alpha=alpha, weights=None)
    draw_weights(theirs, seed=1)
    ours, told = carried(theirs, cnnspec.load(spec, {"vars.size": 64}).graph, "carried", network)
    assert not told.unused and told.count("loaded") == len(told.weights)
    pixels = np.random.default_rng(2).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    expected = np.asarray(without_softmax(theirs)(pixels / 127.5 - 1))
    assert expected.std() > 0.1
    assert np.abs(np.asarray(without_softmax(ours)(pixels)) - expected).max() < 1e-5


def test_the_closed_list_is_what_keras_has() -> None:
    """Every network of keras.applications that has weights."""
    assert sorted(KERAS_APPLICATIONS) == sorted(name for name in dir(keras.applications) if name[0].isupper())


def test_a_spec_that_extends_a_variant_has_its_weights(cache: Path) -> None:
    """By variant each has its own; a variant without one has none."""
    variants = {"small": {"width": 0.5}, "large": {"width": 1.0}, "own": {"width": 0.1}}
    named = {"imagenet": {"small": {"keras": "ResNet50"}, "large": {"keras": "VGG16"}}}
    whole = {"cnnspec": 1, "name": "base", "vars": {"width": 1}, "variants": variants, "default_variant": "large"}
    whole |= {"pretrained": named, "inputs": {"x": [4]}, "model": [{"dense": 2}]}
    (cache / "base.yaml").write_text(json.dumps(whole))
    for variant, network in (("@small", "ResNet50"), ("", "VGG16"), ("@own", None)):
        text = f"cnnspec: 1\nname: more\nextends: base.yaml{variant}\n"
        assert pretrained_of(spec_of(cache / "more.yaml", text)[0]).get("imagenet") == network
        own, _ = read(locate(f"base.yaml{variant}", print))
        assert pretrained_of(own).get("imagenet") == network
