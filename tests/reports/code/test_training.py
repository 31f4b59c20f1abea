"""What `--training` adds: it is as ruff formats, its rates are those of the spec, and it trains."""

import ast
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from cnnspec.analysis import analyse
from cnnspec.backend.objective.schedule import build_rate
from cnnspec.language.bundled import bundled_names
from cnnspec.reports.code.program import KerasCode, keras_code

EVERYTHING: dict[str, Any] = {
    "epochs": 4,
    "optimizer": {"adamw": {"learning_rate": {"one_cycle": {"peak": 0.01}}, "weight_decay": 0.1}},
    "loss": "auto",
    "metrics": ["accuracy", {"f1_score": {"average": "macro"}}],
    "early_stopping": {"patience": 2},
    "reduce_on_plateau": None,
    "class_weight": "balanced",
    "label_smoothing": 0.1,
    "gradient_clip": {"global_norm": 1.0},
    "gradient_accumulation": 2,
    "ema": {"momentum": 0.9},
    "watch": ["gradients"],
    "checkpoint": {"every": 2, "best": "val_accuracy"},
    "rates": {"head": 0.1},
    "seed": 3,
}


def digits(training: dict[str, Any]) -> KerasCode:
    """The code of a small network for scikit-learn's digits with this training."""
    spec = {
        "cnnspec": 1,
        "name": "small",
        "inputs": {"image": [8, 8, 1]},
        "model": {
            "conv": ["normalization", {"conv": {"filters": 4, "kernel_size": 3, "activation": "relu"}}],
            "head": ["flatten", {"dense": {"units": 10, "activation": "softmax"}}],
        },
        "data": {"source": "digits", "validation_split": 0.2, "augment": [{"random_flip": "horizontal"}]},
        "training": {key: value for key, value in training.items() if value is not None},
    }
    read, graph = analyse("-", standard_input=lambda: json.dumps(spec).encode()).require()
    return keras_code(read, graph, training=True)


@pytest.mark.skipif(shutil.which("ruff") is None, reason="ruff comes with cnnspec[lint]")
def test_trainings_are_as_ruff_formats_them_and_it_finds_nothing(tmp_path: Path) -> None:
    """Those of all bundled specs with data, and one that says nearly everything."""
    for name in bundled_names():
        read, graph = analyse(name).require()
        if not (read.data and read.training):
            continue
        (tmp_path / f"{name}.py").write_text(str(keras_code(read, graph, training=True)), encoding="utf-8")
    assert list(tmp_path.iterdir())
    (tmp_path / "everything.py").write_text(str(digits(EVERYTHING)), encoding="utf-8")
    for arguments in (["format", "--check", "--diff"], ["check"]):
        command = ["ruff", *arguments, "--isolated", "--no-cache", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]


def test_what_is_not_done_is_said_in_the_file_and_beside_it() -> None:
    code = digits(EVERYTHING)
    told = " ".join(code.left_out)
    for word in ("rates", "watch", "checkpoint: every", "validation"):
        assert word in told
    comments = " ".join(line.strip(" #") for line in code.text.splitlines() if line.strip().startswith("#"))
    assert all(said in comments for said in code.left_out)


@pytest.mark.parametrize(
    ("standardize", "given", "said"),
    [
        ("lower", "lower", "standardize: lower goes by Unicode, and Keras' lower by ASCII alone"),
        ("web", "lower_and_strip_punctuation", "standardize: web takes HTML away and goes by Unicode, and Keras'"),
        ("ascii_lower", "lower", ""),
        (None, None, ""),
    ],
)
def test_how_texts_are_standardized_otherwise_is_said(standardize: str | None, given: str | None, said: str) -> None:
    """Of an argument that has the same name in Keras it is not said that it is not this one."""
    setting = f"data.text.standardize={json.dumps(standardize)}"
    read, graph = analyse("reviews", [setting]).require()
    code = keras_code(read, graph, training=True)
    assert f"standardize={json.dumps(given)}".replace("null", "None") in code.text
    told = [each for each in code.left_out if "standardize" in each]
    assert all(each.startswith(said) for each in told) and bool(told) is bool(said)


def test_the_program_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all of its set-up: its loss falls, the best epoch is kept, and statistics are learnt of the data."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "written"}
    exec(compile(digits(EVERYTHING).text, "written", "exec"), names)
    model = names["build_model"]()
    names["train"](model)
    assert (tmp_path / "best.keras").exists()
    statistics = model.get_layer("conv.normalization1")
    assert float(np.ravel(ops.convert_to_numpy(statistics.mean))[0]) == pytest.approx(4.88, abs=0.1)
    assert model.history.history["loss"][-1] < model.history.history["loss"][0]


@pytest.mark.parametrize(
    "rate",
    [
        {"cosine": {"peak": 0.1}},
        {"cosine": {"peak": 0.1, "warmup": 0.5, "final": 0.01, "epochs": 2}},
        {"step": {"peak": 0.1, "at": [1, 2.5], "factor": 0.5}},
        {"step": {"peak": 0.1, "every": 1, "warmup": 1}},
        {"exponential": {"peak": 0.1, "factor": 0.9, "every": 2}},
        {"exponential": {"peak": 0.1, "factor": 0.9, "staircase": True}},
        {"constant": {"rate": 0.1, "warmup": 1.5}},
        {"one_cycle": {"peak": 0.1}},
    ],
    ids=str,
)
def test_rates_are_those_of_the_spec(rate: dict[str, Any]) -> None:
    """At every step of four epochs of eight steps."""
    text = digits({"epochs": 4, "optimizer": {"sgd": {"learning_rate": rate}}, "loss": "auto", "seed": 1}).text
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    (assigned,) = [node for node in assignments if ast.unparse(node.targets[0]) == "learning_rate"]
    names: dict[str, Any] = {"keras": keras, "ops": ops, "math": math, "EPOCHS": 4, "steps": 8}
    exec(compile(ast.Module([*classes, assigned], []), "rate", "exec"), names)
    spec = analyse("digits", [f"training.optimizer={json.dumps({'sgd': {'learning_rate': rate}})}"]).spec
    assert spec is not None and spec.training is not None
    ours = build_rate(spec.training.optimizer.learning_rate, 4, 8)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(names["learning_rate"]))
    assert float(again(5)) == float(names["learning_rate"](5))
    for step in range(32):
        assert float(names["learning_rate"](step)) == pytest.approx(float(ours(step)), rel=1e-4, abs=1e-8), step
