"""A run of an older version is read, though its spec would not be trained today."""

from pathlib import Path

import numpy as np
import pytest

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.predict import Predictor
from cnnspec.backend.train import train
from cnnspec.cli.finding import understood_run
from cnnspec.runs.folder import open_run
from tests.support.small_runs import written_spec

SPEC = """
inputs: {x: [3]}
model:
  kind: [dense: {units: 2, activation: softmax}]
  price: [dense: {units: 1, from: x}]
outputs: {kind: kind, price: price}
data: {source: arrays, train: train.npz}
training: {loss: {kind: auto, price: none}, seed: 1}
"""


def test_a_run_with_an_output_without_a_loss_is_evaluated_and_predicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Older versions trained so without a word; it is warned of now, and the output is read as numbers."""
    x = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
    np.savez(tmp_path / "train.npz", x=x, kind=np.arange(12) % 2)
    result = train(*written_spec(tmp_path, SPEC), runs_dir=tmp_path / "runs")
    folder = open_run(Path(result.run))
    folder.spec.write_text(folder.spec.read_text().replace("price: none", "").replace(", }", "}"))
    assert "price: none" not in folder.spec.read_text()
    spec, graph, _ = understood_run(folder)
    assert "warning[no-loss]" in capsys.readouterr().err
    found = evaluate(folder, spec, graph, split="train", data_root=tmp_path)
    assert [figures.output for figures in found.outputs] == ["kind"] and np.isfinite(found.loss)
    assert [output.name for output in Predictor(folder, spec, graph).outputs] == ["kind", "price"]
