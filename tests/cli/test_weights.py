"""`cnnspec weights`: what it shows of files, at any width, and to scripts."""

import json
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnspec.cli.app import carried_out
from tests.support.places import ENVIRONMENT
from tests.support.weight_files import keras_file, safetensors

SPEC = """cnnspec: 1
name: small
inputs: {image: [6, 6, 2]}
model:
  stem: [conv: {filters: 4, kernel_size: 3, norm: batch, activation: relu}]
  head: [global_avg_pool, dense: 3]
"""
TENSORS = {
    "conv1.weight": np.ones((4, 2, 3, 3)),
    **{f"bn1.{name}": np.ones(4) for name in ("weight", "bias", "running_mean", "running_var")},
    "bn1.num_batches_tracked": np.ones(()),
    "fc.weight": np.ones((5, 4)),
    "fc.bias": np.ones(5),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec and a file of PyTorch's tensors in the current folder."""
    (tmp_path / "small.yaml").write_text(SPEC)
    safetensors(tmp_path / "net.safetensors", TENSORS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that ends well."""
    assert carried_out(["weights", *words]) == 0
    return capsys.readouterr().out


def test_a_file_is_shown_by_its_layers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights of one layer stand in one row; the JSON has each, and both have all numbers."""
    text = said(capsys, "show", "net.safetensors")
    assert re.search(r"conv1\s+weight 4×2×3×3\s+72\n", text) and re.search(r"bn1\s+4 of 4\s+16\n", text)
    assert "7 tensors of 3 layers" in text and "113 numbers" in text and "F32" in text
    facts = json.loads(said(capsys, "show", "net.safetensors", "--format", "json"))
    assert {(each["layer"], each["name"]): each["shape"] for each in facts["tensors"]} == {
        tuple(name.rsplit(".", 1)): list(held.shape) for name, held in TENSORS.items() if "tracked" not in name
    }
    assert sum(np.prod(each["shape"]) for each in facts["tensors"]) == facts["numbers"] == 113


def test_a_map_says_what_goes_where_and_what_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By stage and by layer; of another head neither side has what the other wants."""
    text = said(capsys, "map", "net.safetensors", "small.yaml")
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "5 of 7 weights" in text and re.search(r"stem\.conv1\s+conv1\s+kernel 3×3×2×4\n", text)
    assert re.search(r"head\.dense1\s+drawn at the start", text) and re.search(r"fc\s+bias 5, weight 5×4\n", text)
    facts = json.loads(said(capsys, "map", "net.safetensors", "small.yaml", "--format", "json"))
    assert {each["layer"]: each["there"] for each in facts["layers"]} == {
        "stem.conv1": "conv1",
        "stem.conv1.batch_norm": "bn1",
        "head.dense1": None,
    }
    assert facts["found_by"] == "structure" and len(facts["unused"]) == 2


def test_a_map_ends_with_what_train_would_refuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the word that helps, and where nothing fits; with the word it says that all is there. A look ends well."""
    map = ("map", "net.safetensors", "small.yaml")
    end = " ".join(said(capsys, *map).partition("train would")[2].split())
    assert end.startswith(
        "refuse this: 2 of 7 weights are not in net.safetensors as this network has them; add --new head"
    )
    assert json.loads(said(capsys, *map, "--format", "json"))["train_refuses"]["help"].startswith("add --new head")
    assert said(capsys, *map, "--new", "head").endswith("train would take this: all that must be loaded is loaded\n")
    assert json.loads(said(capsys, *map, "--new", "head", "--format", "json"))["train_refuses"] is None
    (folder / "mine.yaml").write_text(f"{SPEC}training: {{epochs: 1, start_from: {{new: [head]}}}}\n")
    assert "train would take this" in said(capsys, *map[:2], "mine.yaml")
    safetensors(folder / "other.safetensors", {"red.weight": np.ones((7, 7))})
    text = said(capsys, "map", "other.safetensors", "small.yaml")
    assert "train would refuse this: other.safetensors has no weight" in text and "found by" not in text


def test_rows_of_a_runs_words_are_not_told_to_be_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a run they go by their words where there is data; of any other file they would be refused."""
    text = "cnnspec: 1\nname: words\ninputs: {ids: {shape: [5], dtype: int32}}\nmodel:\n  body: "
    entries = "[embedding: {input_dim: ROWS, output_dim: 3}, global_avg_pool, dense: 2]\n"
    spec = folder / "words.yaml"
    spec.write_text(text + entries.replace("ROWS", "9"))
    layers = {"body.embedding1": [np.ones((7, 3))], "body.dense1": [np.ones((3, 2)), np.ones(2)]}
    for name in ("runs/words-1/best.keras", "best.keras"):
        keras_file(folder / name, layers)
    (folder / "runs/words-1/spec.yaml").write_text(spec.read_text())
    assert "train would take this" in said(capsys, "map", "words-1", "words.yaml")
    assert "train would refuse this: 1 of 3" in said(capsys, "map", "best.keras", "words.yaml")


def test_what_cannot_be_shown_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there, half of one, a pickle, a stage that is none: exit code 1, and no traceback."""
    (folder / "half.safetensors").write_bytes((folder / "net.safetensors").read_bytes()[:-7])
    (folder / "net.pt").write_bytes(b"")
    for words, expected in (
        (("show", "nte.safetensors"), "there is no nte.safetensors"),
        (("show", "half.safetensors"), "half.safetensors is damaged"),
        (("show", "net.pt"), "save_file(torch.load('net.pt'"),
        (("map", "net.safetensors", "small.yaml", "--new", "haed"), "new names haed, which is no stage or entry"),
    ):
        with pytest.raises(SystemExit) as ended:
            carried_out(["weights", *words])
        assert ended.value.code == 1 and expected in " ".join(capsys.readouterr().err.split())


def test_layers_that_could_be_each_other_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two dense layers of one shape side by side, and names that say nothing."""
    branches = "{one: [dense: 4], two: [dense: 4]}"
    text = SPEC.replace("dense: 3", f"parallel: {{branches: {branches}}}").replace("norm: batch, ", "")
    (folder / "twins.yaml").write_text(text)
    tensors = {f"{name}.weight": np.ones((4, 4)) for name in ("red", "blue")}
    tensors |= {f"{name}.bias": np.ones(4) for name in ("red", "blue", "conv")}
    safetensors(folder / "twins.safetensors", {**tensors, "conv.weight": np.ones((4, 2, 3, 3))})
    assert "unclear: blue or red" in said(capsys, "map", "twins.safetensors", "twins.yaml")
    facts = json.loads(said(capsys, "map", "twins.safetensors", "twins.yaml", "--format", "json"))
    assert [each["could_be"] for each in facts["layers"]] == [[], ["blue", "red"], ["blue", "red"]]


def test_weights_are_shown_without_tensorflow(folder: Path) -> None:
    """By neither command, of any kind of file."""
    with h5py.File(folder / "old.h5", "w") as file:
        file.attrs["layer_names"] = np.asarray([b"conv"])
        file.create_group("conv").create_dataset("conv/kernel:0", data=np.ones((3, 3, 2, 4), "f4"))
    program = (
        "import sys\nfrom cnnspec.cli.app import carried_out\n"
        "carried_out(['weights', 'show', 'old.h5'])\n"
        "carried_out(['weights', 'map', 'net.safetensors', 'small.yaml'])\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert done.stdout.splitlines()[-1] == "[]"
