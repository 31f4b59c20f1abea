"""What a setting is where it is not set is what a spec without it has."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.defaults import default_at
from cnnspec.language.spec import Spec

SPEC = """cnnspec: 1
inputs: {x: [4]}
model: [dense: {units: 3, activation: softmax}]
defaults: {dense: {kernel_initializer: he_normal, bias_initializer: {constant: 0.5}}}
data: {source: synthetic, validation: 8}
training: {loss: auto, optimizer: {adam: {epsilon: 0.5}}, early_stopping: {patience: 3}}
"""
WRITTEN = {
    "training.batch_size": "32",
    "training.epochs": "1",
    "training.optimizer": "rmsprop",
    "training.optimizer.adam.learning_rate": "0.001",
    "training.optimizer.*.learning_rate": "0.001",
    "training.early_stopping.monitor": "val_loss",
    "training.precision": "float32",
    "training.xla": "false",
    "training.label_smoothing": "0.0",
    "model.layers.0.dense.use_bias": "true",
    "model.layers.0.dense.kernel_initializer": "he_normal",
    "model.layers.0.dense.bias_initializer": "{constant: 0.5}",
}
NOTHING = ("training.ema", "training.metrics", "training.loss", "data.source", "vars.width", "training.nowhere", "fold")


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    path = tmp_path_factory.mktemp("defaults") / "spec.yaml"
    path.write_text(SPEC)
    return analyse(str(path)).require()[0]


@pytest.mark.parametrize("path", WRITTEN)
def test_a_default_is_told_as_a_spec_would_write_it(path: str, spec: Spec) -> None:
    assert default_at(spec, path.split(".")) == WRITTEN[path]


def test_what_is_nothing_has_no_default(spec: Spec) -> None:
    assert [path for path in NOTHING if default_at(spec, path.split(".")) is not None] == []


def test_setting_the_default_changes_nothing(spec: Spec, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    for path in ("training.batch_size", "training.optimizer.adam.learning_rate", "training.early_stopping.monitor"):
        found = analyse(str(tmp_path / "spec.yaml"), [f"{path}={default_at(spec, path.split('.'))}"])
        assert found.spec and spec.training and found.spec.training == spec.training
