"""A run from its first step to its second life elsewhere, by commands alone: one set of numbers throughout."""

import json
import os
import re
import shutil
import signal
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cnnspec.backend.export import verify
from tests.support.packed_runs import below
from tests.support.places import ENVIRONMENT
from tests.support.program import FINE, WRONG, refused, run, run_here
from tests.support.script import run_trial
from tests.support.warm_start import warm_start

SPEC = """cnnspec: 1
name: shared
inputs: {image: [8, 8, 1]}
model:
  - rescaling: {scale: 0.0625}
  - conv: {filters: 8, kernel_size: 3, norm: batch, activation: relu}
  - dropout: 0.3
  - flatten
  - dense: {units: 10, activation: softmax}
data: {source: arrays, train: train.npz, validation: validation.npz, test: test.npz}
training:
  epochs: 6
  batch_size: 16
  optimizer: {adam: {learning_rate: {cosine: {peak: 2e-3}}}}
  loss: auto
  metrics: [accuracy]
  checkpoint: {every: 0.3, best: val_accuracy}
  seed: 3
"""


EXACT = ("train", "evaluate", "reproduce")
"""What comes to the same numbers to the last bit, as programs do, whose graphs are rewritten."""


def digits(folder: Path) -> None:
    """Some of scikit-learn's digits, as files."""
    pictures, labels = load_digits(return_X_y=True)
    parts = {"train": slice(0, 600), "validation": slice(600, 700), "test": slice(700, 900)}
    for name, rows in parts.items():
        np.savez(folder / f"{name}.npz", x=pictures[rows].reshape(-1, 8, 8, 1).astype("float32"), y=labels[rows])


def told(*arguments: object, folder: Path) -> Any:
    """What a command prints as JSON."""
    how = run if arguments[0] in EXACT else run_here
    done = how(*arguments, "--format", "json", folder=folder)
    assert done.returncode == FINE, (done.stdout + done.stderr).decode()
    return json.loads(done.stdout)


def fine(*arguments: object, folder: Path) -> str:
    return refused(run_here(*arguments, folder=folder), FINE)


def killed(folder: Path) -> int:
    """Train, and kill the process in the midst of an epoch once some have ended and there is a state; those epochs."""
    log = folder / "runs" / "shared-1" / "metrics.jsonl"
    program = warm_start().start(["train", "shared.yaml", "--data-root", str(folder)], folder, ENVIRONMENT)
    until = time.monotonic() + 120
    while not (log.is_file() and log.read_text().count("\n") >= 2) and program.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.002)
    program.kill()
    assert program.wait(60) == -signal.SIGKILL
    return log.read_text().count("\n")


def test_a_run_has_the_same_numbers_wherever_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made, killed, resumed, evaluated, reported, exported, packed, unpacked elsewhere and reproduced."""
    monkeypatch.setattr(verify, "subprocess", SimpleNamespace(run=run_trial))
    home, away = tmp_path / "home", tmp_path / "away"
    for place in (home, away, away / "data"):
        place.mkdir()
    digits(home)
    (home / "shared.yaml").write_text(SPEC)

    epochs = killed(home)
    assert 2 <= epochs < 6 and not (home / "runs" / "shared-1" / "result.json").exists()
    refused(run_here("reproduce", "shared-1", folder=home), WRONG, "has no result.json", "--resume")
    trained = told("train", "--resume", "shared-1", folder=home)["metrics"]
    shown = told("runs", "show", "shared-1", folder=home)
    assert shown["epochs"] == 6 and shown["scores"] == trained and len(shown["resumed"]) == 1

    scored = told("evaluate", "shared-1", folder=home)
    assert scored["loss"] == trained["test_loss"]
    assert scored["metrics"]["accuracy"] == trained["test_accuracy"]

    fine("report", "shared-1", "-o", "report.html", folder=home)
    page = (home / "report.html").read_text()
    for figure in ("loss", "accuracy"):
        assert f"{trained[f'test_{figure}']:.4f}" in page, figure

    exported = fine("export", "shared-1", "-o", "shared.keras", folder=home)
    assert f"{100 * trained['test_accuracy']:.2f}%" in exported

    fine("pack", "shared-1", "-o", "shared.zip", folder=home)
    with zipfile.ZipFile(home / "shared.zip") as archive:
        telling = [name for name in archive.namelist() if str(home).encode() in archive.read(name)]
    assert not telling and "report.html" in archive.namelist()
    shutil.copy(home / "shared.zip", away / "shared.zip")
    for name in ("train", "validation", "test"):
        (home / f"{name}.npz").rename(away / "data" / f"{name}.npz")
    fine("unpack", "shared.zip", "-o", "there", folder=away)
    for same in ("shared.zip", "there"):
        refused(run_here("evaluate", same, folder=away), WRONG, "comes without its data", "--data-root")
        again = told("evaluate", same, "--data-root", "data", folder=away)
        assert {**again, "run": ""} == {**scored, "run": ""}
        showed = told("runs", "show", same, folder=away)
        assert all(showed[part] == shown[part] for part in ("scores", "figures", "best", "epochs", "settings"))
    assert (away / "there" / "report.html").is_file() and (away / "there" / "README.md").is_file()

    np.save(away / "some.npy", np.load(away / "data" / "test.npz")["x"][:5])
    said = {each: fine("predict", each, "some.npy", "--format", "csv", folder=away) for each in ("shared.zip", "there")}
    assert said["shared.zip"] == said["there"]

    before = below(away)
    found = told("reproduce", "shared.zip", "--data-root", "data", "-o", "again", folder=away)
    assert found["identical"] and found["first"] is None and found["epochs"] == 6
    made = told("runs", "show", "shared-1", "--runs", "again", folder=away)
    assert made["scores"] == trained and not made["resumed"]
    assert {name: content for name, content in below(away).items() if not name.startswith("again/")} == before
    assert not [path for path in Path(os.environ.get("TMPDIR", "/tmp")).glob("cnnspec-*") if _recent(path, tmp_path)]


def _recent(path: Path, since: Path) -> bool:
    """Whether a folder was left by one of these commands, and not by another test that runs meanwhile."""
    return path.stat().st_mtime > since.stat().st_mtime and bool(re.search("shared", str(list(path.iterdir()))))
