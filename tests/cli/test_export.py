"""cnnspec export with wrong input: what is wrong is said before anything is loaded, and nothing is written."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import cnnspec
from cnnspec.results.exported import KINDS, Format, Precision, misfit
from tests.support.program import run_here
from tests.support.small_runs import BRIEF, SMALLEST, TESTED, small_spec


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cnnspec.Run]:
    folder = tmp_path_factory.mktemp("run")
    small_spec(folder, BRIEF, SMALLEST, TESTED)
    yield cnnspec.load(folder / "small.yaml").train(runs=folder / "runs")


def typed(*words: object) -> tuple[int, str]:
    """The exit code, and all that was said."""
    done = run_here(*words, folder=Path.cwd())
    return done.returncode, " ".join((done.stdout + done.stderr).decode().split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-o", "x.pb"), "of .pb nobody knows the format"),
        (("-o", "x"), "write --format"),
        (("-o", "x.onnx", "--format", "litert"), "litert is written into a file that ends in .tflite"),
        (("-o", "x.keras", "--format", "saved_model"), "a folder without a file's ending"),
        (("-o", "x.xml", "--precision", "int8"), "openvino holds float32 alone"),
        (("-o", "x.onnx", "--tolerance", "nan"), "a tolerance of nan"),
        (("-o", "there.onnx"), "there.onnx is there already"),
        (("-o", "nowhere/x.onnx"), "there is no folder nowhere"),
        (("-o", "x.bin"), "of .bin nobody knows the format"),
    ],
    ids=str,
)
def test_what_cannot_be_is_a_usage_error(
    options: tuple[str, ...], said: str, run: cnnspec.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.onnx").write_text("mine")
    code, told = typed("export", run.path, *options)
    assert code == 2 and said in told, told
    assert [each.name for each in tmp_path.iterdir()] == ["there.onnx"] and Path("there.onnx").read_text() == "mine"


def test_what_is_beside_the_file_is_not_replaced_either(run: cnnspec.Run, tmp_path: Path) -> None:
    """Another predict.py, and the weights of an .xml."""
    (tmp_path / "x.bin").write_text("mine")
    assert typed("export", run.path, "-o", tmp_path / "x.xml")[0] == 2
    (tmp_path / "predict.py").write_text("mine")
    code, told = typed("export", run.path, "-o", tmp_path / "x.onnx")
    assert code == 2 and "write into a folder of its own, or --force" in told
    assert {each.read_text() for each in tmp_path.iterdir()} == {"mine"}
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "own.txt").write_text("mine")
    done = typed("export", run.path, "-o", tmp_path / "folder", "--format", "saved_model", "--force")
    assert done[0] == 1 and "a folder with other things" in done[1] and (tmp_path / "folder" / "own.txt").is_file()


def test_a_run_without_weights_or_data_is_told(run: cnnspec.Run, tmp_path: Path) -> None:
    """And a difference that is not let pass ends with 3."""
    code, told = typed("export", run.path, "-o", tmp_path / "x.tflite", "--data-root", tmp_path)
    assert code == 1 and "train.npz" in told, told
    words = ("export", run.path, "-o", tmp_path / "x.tflite", "--precision", "float16", "--tolerance", "1e-12")
    code, told = typed(*words)
    assert code == 3 and "nothing was written" in told and not list(tmp_path.iterdir())
    for weights in ("best.keras", "last.keras"):
        (run.path / weights).rename(tmp_path / weights)
    code, told = typed("export", run.path, "-o", tmp_path / "x.tflite")
    for weights in ("best.keras", "last.keras"):
        (tmp_path / weights).rename(run.path / weights)
    assert code == 1 and "neither best.keras nor last.keras" in told


def test_what_came_of_it_is_told_as_json(run: cnnspec.Run, tmp_path: Path) -> None:
    """Alone on the standard output; and what a killed export left beside the file is gone."""
    (tmp_path / ".writing-cnnspec-killed").mkdir()
    done = run_here("export", run.path, "-o", tmp_path / "x.tflite", "--json", folder=tmp_path)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["format"] == "litert" and told["outputs"][0]["points_lost"] == 0 and told["samples"] == 21
    assert sorted(map(str, tmp_path.iterdir())) == sorted(told["files"])


def test_a_layer_that_a_format_lacks_is_named(tmp_path: Path) -> None:
    """Steps of unknown number need a loop, which LiteRT has not."""
    text = """
cnnspec: 1
name: steps
inputs: {t: {shape: [null], dtype: int32}}
model: [embedding: {input_dim: 9, output_dim: 2}, lstm: 3, dense: {units: 3, activation: softmax}]
training: {epochs: 1, loss: auto}
"""
    (tmp_path / "steps.yaml").write_text(text)
    data = (np.ones((12, 5), "int32"), np.arange(12) % 3)
    run = cnnspec.load(tmp_path / "steps.yaml").train(data, runs=tmp_path / "runs")
    with pytest.raises(cnnspec.Rejected, match=r"LiteRT has no TensorListReserve.*lstm1"):
        run.export(tmp_path / "steps.tflite", data=data)
    assert not (tmp_path / "steps.tflite").exists()


@pytest.mark.parametrize("format", Format)
def test_each_format_takes_its_own_ending_and_no_other(format: Format) -> None:
    own = KINDS[format].ending
    assert misfit(own, format, Precision.float32, None) is None
    for other in {kind.ending for kind in KINDS.values()} - {own, ""}:
        assert misfit(other, format, Precision.float32, None) is not None
