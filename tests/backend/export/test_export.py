"""A run's network in every format: loaded in its own runtime, it says what the run's model says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import cnnspec
from cnnspec.backend.export.network import Network
from cnnspec.results.exported import KINDS, SCRIPT, Compared, Format, Precision
from tests.support.places import ROOT
from tests.support.small_runs import MODEL, small_spec, two_outputs

TRAINING = "training: {epochs: 1, batch_size: 8, loss: auto, metrics: [accuracy], seed: 5}\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cnnspec.Run]:
    """A run over pictures as arrays."""
    folder = tmp_path_factory.mktemp("small")
    small_spec(folder, TRAINING)
    yield cnnspec.load(folder / "small.yaml").train(runs=folder / "runs")


def file_of(format: Format, folder: Path) -> Path:
    return folder / f"small{KINDS[format].ending}"


def said(path: Path, *inputs: Path) -> list[dict[str, object]]:
    """What the predict.py beside a file says, in a process that knows nothing of cnnspec."""
    command = [sys.executable, SCRIPT, path.name, *map(str, inputs), "--json"]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("format", Format)
def test_a_file_says_what_the_run_says(format: Format, small: cnnspec.Run, tmp_path: Path) -> None:
    """By the predict.py beside it; and no path of a machine is in it."""
    path = file_of(format, tmp_path)
    export = small.export(path, format)
    assert export.difference < 1e-5 and export.told.samples == 21 and len(export.told.batches) > 3
    assert export.told.size > 1000 and export.told.together > 0 and export.told.alone > 0
    assert export.told.batches[-1] < export.told.at_once == 21 and "each for 21 at once" in str(export)
    (output,) = export.told.outputs
    assert output.own == pytest.approx(small.evaluate().metrics["accuracy"], abs=1e-6) and output.lost == 0
    np.save(tmp_path / "some.npy", some := np.load(small.path.parents[1] / "test.npz")["x"][:5])
    if format in (Format.onnx, Format.litert):  # the other runtimes take seconds to load, and were tried above
        for mine, theirs in zip(said(path, tmp_path / "some.npy"), small.predict(some), strict=True):
            assert [each["class"] for each in mine["top"]] == [guess.name for guess in theirs.outputs[0].guesses]
    files = [each for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".npy"]
    assert not [
        each for each in files for word in (str(ROOT), str(tmp_path), sys.prefix) if word.encode() in each.read_bytes()
    ]


@pytest.mark.parametrize("format", [each for each in Format if each is not Format.saved_model])
def test_the_same_run_gives_the_same_file(format: Format, small: cnnspec.Run, tmp_path: Path) -> None:
    """To the byte, even in one process; of a SavedModel TensorFlow draws an identity."""
    writer, files = import_module(f"cnnspec.backend.export.formats.{format}"), []
    for name in ("one", "two"):
        network = Network(small.model(), cnnspec.load(small).graph, "{}", Precision.float32, lambda: iter(()))
        folder = tmp_path / name
        folder.mkdir()
        writer.write(network, file_of(format, folder))
        files.append({each.name: each.read_bytes() for each in folder.iterdir()})
    assert files[0] and files[0] == files[1]


def test_of_a_single_unit_the_share_of_right_answers_is_told(tmp_path: Path) -> None:
    """Whose labels have no axis of their own, or one."""
    head = "{units: 3, activation: softmax, kernel_regularizer: {l2: 0.001}}"
    small_spec(tmp_path, TRAINING, MODEL.replace(head, "{units: 1, activation: sigmoid}"))
    for name in ("train", "validation", "test"):
        there = np.load(tmp_path / f"{name}.npz")
        np.savez(tmp_path / f"{name}.npz", x=there["x"], y=(there["y"] > 0).astype("int64"))
    run = cnnspec.load(tmp_path / "small.yaml").train(runs=tmp_path / "runs")
    (output,) = run.export(file_of(Format.litert, tmp_path), Format.litert).told.outputs
    assert output.own == pytest.approx(run.evaluate().metrics["accuracy"], abs=1e-6) and output.lost == 0


def test_several_outputs_keep_their_names(tmp_path: Path) -> None:
    two_outputs(tmp_path, "epochs: 1, loss: auto", train=30, test=9)
    run = cnnspec.load(tmp_path / "small.yaml").train(runs=tmp_path / "runs")
    for format in (Format.onnx, Format.litert):
        told = run.export(file_of(format, tmp_path), format).told
        assert {each.output: each.own is None for each in told.outputs} == {"kind": False, "size": True}
    with pytest.raises(cnnspec.RunFailed, match=r"output size differs by .* of its scale, more than 1e-12"):
        run.export(tmp_path / "less.tflite", precision="int8", tolerance=1e-12)


@pytest.mark.parametrize("format", [Format.onnx, Format.litert])
@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_fewer_digits_lose_no_more_than_they_may(
    format: Format, precision: str, small: cnnspec.Run, tmp_path: Path
) -> None:
    told = small.export(file_of(format, tmp_path), precision=precision, tolerance=5.0).told
    assert told.outputs[0].difference > 1e-6 and told.notes and told.outputs[0].lost is not None


@pytest.mark.parametrize(("tolerance", "off", "passes"), [(None, 0.09, True), (1e-3, 0.09, False), (0.5, 0.2, True)])
def test_a_tolerance_holds_for_numbers_in_int8_too(tolerance: float | None, off: float, passes: bool) -> None:
    """As a share of their scale; of an output that classifies it is points of accuracy."""
    assert Compared("size", off, 1.0).passes(Precision.int8, tolerance) == passes
    assert Compared("kind", off, 1.0, 1.0, own=0.9, accuracy=0.8951).passes(Precision.int8, tolerance) == passes


def test_what_differs_leaves_nothing(small: cnnspec.Run, tmp_path: Path) -> None:
    with pytest.raises(cnnspec.RunFailed, match="differs by"):
        small.export(tmp_path / "small.tflite", precision="float16", tolerance=1e-12)
    assert not list(tmp_path.iterdir())
