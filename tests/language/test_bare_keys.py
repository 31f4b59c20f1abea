"""A setting named by its key alone: where it belongs is told, and set there it does what was meant."""

from pathlib import Path

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.training import Training
from cnnspec.source.diagnostic import Diagnostic
from tests.support.edits import edited

SPEC = """cnnspec: 1
vars: {width: 3}
inputs: {x: [4]}
model: [dense: {units: $width, activation: softmax}]
data: {source: synthetic, validation: 8}
training: {epochs: 3, loss: auto, optimizer: OPTIMIZER, early_stopping: {patience: 2}}
"""
SET = {
    "epochs=2": "training.epochs=2",
    "epoch=2": "training.epochs=2",
    "epocs=2": "training.epochs=2",
    "batch_size=16": "training.batch_size=16",
    "batch-size=16": "training.batch_size=16",
    "learning_rate=0.1": "training.optimizer.adamw.learning_rate.cosine.peak=0.1",
    "lr=1e-3": "training.optimizer.adamw.learning_rate.cosine.peak=1e-3",
    "weight_decay=0.5": "training.optimizer.adamw.weight_decay=0.5",
    "early_stopping.patience=9": "training.early_stopping.patience=9",
    "optimizer.adamw.weight_decay=0.5": "training.optimizer.adamw.weight_decay=0.5",
    "validation=9": "data.validation=9",
    "seed=7": "training.seed=7",
    "width=5": "vars.width=5",
    "training.epoch=2": "training.epochs=2",
    "training.Epochs=2": "training.epochs=2",
    "training.early_stopping.patienc=9": "training.early_stopping.patience=9",
    "trainig.epochs=2": "training.epochs=2",
    "training.epochs: 2": "training.epochs=2",
    "training.epochs 2": "training.epochs=2",
    "training.optimizer.adamm.weight_decay=0.5": "training.optimizer.adamw.weight_decay=0.5",
    "training.optimizer.weight_decay=0.5": "training.optimizer.adamw.weight_decay=0.5",
    "training.optimizer.lr=0.1": "training.optimizer.adamw.learning_rate.cosine.peak=0.1",
    "training.optimizer.adamw.learning_rate.peak=0.1": "training.optimizer.adamw.learning_rate.cosine.peak=0.1",
}
SCHEDULED = "{adamw: {learning_rate: {cosine: {peak: 0.01}}, weight_decay: 0.2}}"


def _only(path: Path, setting: str) -> Diagnostic:
    (found,) = analyse(str(path), [setting]).diagnostics
    return found


@pytest.mark.parametrize("typed", SET)
def test_what_a_setting_was_meant_to_be_takes_the_place_of_what_is_written(typed: str, tmp_path: Path) -> None:
    """The help is the whole setting to type; the edit makes the same of what was typed, and it works."""
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("OPTIMIZER", SCHEDULED))
    mistake = _only(path, typed)
    assert mistake.help == f"write --set {SET[typed]}"
    assert mistake.edit is not None and edited(typed, mistake.edit) == SET[typed]
    assert not analyse(str(path), [SET[typed]]).diagnostics


def test_what_the_command_line_gives_twice_is_left_out_once(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("OPTIMIZER", SCHEDULED))
    (found,) = analyse(str(path), ["training.epochs=2", "training.epoch=3"]).diagnostics
    assert found.help == "leave it out: epochs is given"


@pytest.mark.parametrize("kind", Optimizer.members)
def test_the_rate_is_that_of_the_specs_own_optimizer(kind: str, tmp_path: Path) -> None:
    """Of every kind, written as a word, with a rate alone or with arguments, and where no optimizer is written."""
    path = tmp_path / "spec.yaml"
    for optimizer in (kind, f"{{{kind}: 0.5}}", f"{{{kind}: {{learning_rate: 0.5}}}}"):
        path.write_text(SPEC.replace("OPTIMIZER", optimizer))
        for typed in ("lr=0.25", "training.optimizer.learning_rate=0.25"):
            assert _only(path, typed).help == f"write --set training.optimizer.{kind}.learning_rate=0.25"
        spec = analyse(str(path), [f"training.optimizer.{kind}.learning_rate=0.25"]).spec
        assert spec and spec.training and spec.training.optimizer == type(spec.training.optimizer)(learning_rate=0.25)
    path.write_text(SPEC.replace("optimizer: OPTIMIZER, ", ""))
    assert (
        _only(path, "lr=0.25").help == f"write --set training.optimizer.{Training().optimizer.kind}.learning_rate=0.25"
    )


def test_where_nothing_was_plainly_meant_the_keys_are_told(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("OPTIMIZER", "$mine").replace("{width: 3}", "{width: 3, mine: {sgd: 0.1}}"))
    for typed in ("lr=0.1", "quickly=2"):
        mistake = _only(path, typed)
        assert mistake.edit is None and mistake.help.startswith("known here: ")
    assert _only(path, "training.epochs").help == "write --set training.epochs=VALUE"
