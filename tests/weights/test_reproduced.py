"""A run trained once more is identical, or what differs first is told with its epoch, its figure and by how much."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnspec import Rejected, load, open_run, show_weights
from cnnspec.api.named import named_run
from cnnspec.api.reproducing import begun
from cnnspec.backend.train import train
from cnnspec.reports.reproduction import checks_sheet, data_line, reproduction_json, verdict_lines
from cnnspec.results.reproduction import Check, Figure, Reproduction
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.reproducing import checks, data_checks
from cnnspec.weights.reproduced import reproduced
from tests.support.packed_runs import below
from tests.support.small_runs import ALONE, SMALLEST, TRAINING, small_spec

PHASED = """training:
  batch_size: 20
  loss: auto
  seed: 3
  phases: [{name: one, epochs: 1, freeze: []}, {name: two, epochs: 1, optimizer: {sgd: 0.01}}]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one spec whose seeds differ, in `runs`, beside spec and data."""
    folder = tmp_path_factory.mktemp("place")
    for seed in (5, 6):
        train(*small_spec(folder, TRAINING.replace("seed: 5", f"seed: {seed}")), runs_dir=folder / "runs")
    return folder


def held(place: Path, tmp_path: Path, change: Callable[[Path], None]) -> Reproduction:
    """What is said of the first run and a copy of it that was changed."""
    shutil.copytree(place / "runs" / "small-1", tmp_path / "copy")
    change(tmp_path / "copy")
    return reproduced(RunFolder(place / "runs" / "small-1"), RunFolder(tmp_path / "copy"), ())


def test_a_run_is_identical_to_its_copy(place: Path, tmp_path: Path) -> None:
    """Whatever time it took."""
    found = held(place, tmp_path, lambda run: figure(run, 1, seconds=99.0))
    assert found.identical and (found.epochs, [each.count for each in found.weights]) == (2, [7, 7])
    assert next(verdict_lines(found)).startswith("identical: 2 epochs")


def figure(run: Path, epoch: int, **figures: float) -> None:
    """Let an epoch have these figures."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    lines[epoch] = json.dumps({**json.loads(lines[epoch]), **figures})
    (run / "metrics.jsonl").write_text("\n".join(lines) + "\n")


def test_the_first_figure_that_differs_is_told(place: Path, tmp_path: Path) -> None:
    was = open_run(place / "runs" / "small-1").history["val_loss"][1]
    now = float(np.nextafter(was, 9))
    found = held(place, tmp_path, lambda run: figure(run, 1, val_loss=now))
    assert found.figure == Figure(1, "val_loss", was, now) and found.figure.by == now - was
    said = next(verdict_lines(found))
    assert f"first in epoch 2: val_loss was {was!r}, and is {now!r}, by" in said


def test_an_epoch_more_or_less_is_told(place: Path, tmp_path: Path) -> None:
    def cut(run: Path) -> None:
        (run / "metrics.jsonl").write_text((run / "metrics.jsonl").read_text().splitlines()[0] + "\n")

    found = held(place, tmp_path, cut)
    assert found.figure is not None and found.figure.now is None and found.figure.epoch == 1
    assert "was there, and is not now" in next(verdict_lines(found))


def test_a_figure_of_the_test_split_that_differs_is_told(place: Path, tmp_path: Path) -> None:
    def change(run: Path) -> None:
        result = json.loads((run / "result.json").read_text())
        result["metrics"]["test_loss"] += 0.5
        (run / "result.json").write_text(json.dumps(result))

    found = held(place, tmp_path, change)
    assert found.figure is not None and found.figure.epoch is None and found.figure.by == pytest.approx(0.5)
    assert "differs on the test split: test_loss" in next(verdict_lines(found))


def test_weights_that_differ_are_told_as_numpy_finds_them(place: Path, tmp_path: Path) -> None:
    other = place / "runs" / "small-2"
    found = held(place, tmp_path, lambda run: shutil.copy(other / "best.keras", run / "best.keras"))
    best, last = found.weights
    pairs = zip(open_run(place / "runs" / "small-1").model().weights, open_run(other).model().weights, strict=True)
    apart = [np.abs(np.float64(one) - np.float64(two)).max() for one, two in pairs]
    assert (best.differing, best.largest) == (sum(each > 0 for each in apart), max(apart)) and not last.differing
    said = list(verdict_lines(found))
    assert said[0] == "differs in its weights alone" and f"{best.differing} of 7 tensors differ" in said[1]
    missing = held(place, tmp_path / "more", lambda run: (run / "last.keras").unlink())
    assert not missing.identical and "last.keras is not there" in "\n".join(verdict_lines(missing))


def test_what_is_not_as_it_was_is_told(place: Path, tmp_path: Path) -> None:
    found = held(place, tmp_path, lambda run: (run / "classes.json").write_text("[]"))
    told = replace(found, checks=(Check("keras", "3.1", "3.2"), Check("pyyaml", "1", "2", bears=False)))
    assert list(verdict_lines(told))[:3] == [
        "differs in what it knows of its data",
        "classes.json is another",
        "keras was 3.1, and is 3.2",
    ]
    sheet = checks_sheet("run", told.checks)
    assert sheet.remarks == (("not as it was: keras; figures may differ in their last digits",),)
    facts = json.loads(reproduction_json(told))
    assert facts["identical"] is False and facts["texts"] == ["classes.json"] and facts["first"] is None


def test_a_run_is_trained_once_more_and_nothing_of_it_changes(place: Path, tmp_path: Path) -> None:
    before, threads = below(place / "runs"), os.environ.get("TF_NUM_INTRAOP_THREADS")
    found = open_run(place / "runs" / "small-1").reproduce(path=tmp_path / "again")
    assert found.identical and found.again == tmp_path / "again" / "small-1"
    assert below(place / "runs") == before and os.environ.get("TF_NUM_INTRAOP_THREADS") == threads
    data = {check.what: check for check in found.found.checks if check.what.startswith("data ")}
    assert set(data) == {"data train.npz", "data validation.npz", "data test.npz"}


def test_another_training_is_told_apart_to_its_first_figure(place: Path) -> None:
    found = reproduced(RunFolder(place / "runs" / "small-1"), RunFolder(place / "runs" / "small-2"), ())
    first = found.figure
    one, other = (open_run(place / "runs" / f"small-{number}").history for number in (1, 2))
    assert first is not None and first.epoch == 0
    assert (first.was, first.now) == (one[first.name][0], other[first.name][0])


def test_a_phased_fold_and_a_run_that_went_on_are_reproduced(tmp_path: Path) -> None:
    """The last with more epochs, at a rate that stays."""
    spec = tmp_path / "small.yaml"
    small_spec(tmp_path, PHASED, SMALLEST, ALONE)
    phased = load(spec).train(runs=tmp_path / "runs", fold="2/3")
    assert phased.told.environment.fold == "2/3" and phased.history["phase"] == ["one", "two"]
    assert phased.reproduce(path=tmp_path / "again").identical
    small_spec(tmp_path, "training: {epochs: 1, batch_size: 20, loss: auto, seed: 3}\n", SMALLEST, ALONE)
    longer = load(spec).train(runs=tmp_path / "runs").resume(set={"training.epochs": 2})
    assert longer.told.epochs == 2 and longer.reproduce(path=tmp_path / "again").identical


def test_what_began_with_weights_needs_them_as_they_were(place: Path, tmp_path: Path) -> None:
    packed = open_run(place / "runs" / "small-1").pack(tmp_path / "base.zip", report=False)
    shutil.copytree(place, tmp_path / "here")
    network = load(tmp_path / "here" / "small.yaml", set={"training.epochs": 1})
    run = network.train(runs=tmp_path / "runs", start_from=packed)
    moved = packed.rename(tmp_path / "moved.zip")
    with pytest.raises(Rejected, match="which is not there"):
        run.reproduce(path=tmp_path / "again")
    assert run.reproduce(path=tmp_path / "again", start_from=moved).identical
    with pytest.raises(Rejected, match="began with"):
        run.reproduce(path=tmp_path / "again", start_from=place / "runs" / "small-2")


def test_what_cannot_be_reproduced_is_refused_before_anything_is_trained(place: Path, tmp_path: Path) -> None:
    def refused(words: str, change: Callable[[Path], object]) -> None:
        shutil.rmtree(tmp_path / "here", ignore_errors=True)
        shutil.copytree(place, tmp_path / "here")
        environment = tmp_path / "here" / "runs" / "small-1" / "environment.json"
        environment.write_text(environment.read_text().replace(str(place), str(tmp_path / "here")))
        change(tmp_path / "here" / "runs" / "small-1")
        with pytest.raises(Rejected, match=words) as caught:
            open_run(tmp_path / "here" / "runs" / "small-1").reproduce(path=tmp_path / "again")
        assert all(each.help for each in caught.value.diagnostics)
        assert not (tmp_path / "again").exists()

    refused("has no result.json", lambda run: (run / "result.json").unlink())
    refused("interrupted after 2", lambda run: told(run, status="interrupted"))
    refused("failed: the loss", lambda run: told(run, status="failed", reason="the loss is NaN"))
    refused("result.json is damaged", lambda run: (run / "result.json").write_text("{"))
    refused("metrics.jsonl has 0 of 2", lambda run: (run / "metrics.jsonl").unlink())
    refused("has changed since", lambda run: np.savez(run.parents[1] / "train.npz", x=np.zeros(3), y=np.zeros(3)))
    refused("training.seed", lambda run: replaced(run / "spec.yaml", "seed: 5", "seed: 6"))


def told(run: Path, **facts: str) -> None:
    (run / "result.json").write_text(json.dumps({**json.loads((run / "result.json").read_text()), **facts}))


def replaced(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_a_packed_run_without_its_data_says_so(place: Path, tmp_path: Path) -> None:
    run = open_run(open_run(place / "runs" / "small-1").pack(tmp_path / "run.zip", report=False))
    for act in (run.evaluate, lambda: run.reproduce(path=tmp_path / "again")):
        with pytest.raises(Rejected, match="comes without its data") as caught:
            act()
        assert "--data-root" in caught.value.diagnostics[0].help
    assert run.reproduce(path=tmp_path / "again", data_root=place).identical
    assert run.evaluate(data_root=place).loss == open_run(place / "runs" / "small-1").evaluate().loss


def test_of_a_packed_run_the_weights_are_told_and_not_the_archive(place: Path, tmp_path: Path) -> None:
    run = place / "runs" / "small-1"
    packed = open_run(run).pack(tmp_path / "run.zip", report=False)
    held, alone = json.loads(show_weights(packed).to_json()), json.loads(show_weights(run).to_json())
    assert held.pop("member") == "best.keras" and held.pop("file") == str(packed)
    assert alone.pop("file") == str(run / "best.keras") and held == alone
    assert held["sha256"] == hashlib.sha256((run / "best.keras").read_bytes()).hexdigest()
    assert "best.keras" in str(show_weights(packed)).splitlines()[1]


def test_checks_hold_what_there_is_against_what_there_was(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "runs" / "small-1", tmp_path / "run")
    environment = json.loads((tmp_path / "run" / "environment.json").read_text())
    environment["packages"]["keras"], environment["cpus"], environment["seed"] = "2.0", 999, 4
    (tmp_path / "run" / "environment.json").write_text(json.dumps(environment))
    assert all(each.same for each in checks(RunFolder(place / "runs" / "small-1")))
    others = {each.what: each.was for each in checks(RunFolder(tmp_path / "run")) if not each.same}
    assert others == {"keras": "2.0", "processors": "999", "seed": "4"}
    shutil.copytree(place / "runs" / "small-1", tmp_path / "bare", ignore=shutil.ignore_patterns("checkpoints"))
    for name, told in (
        ("run", "as they were: the spec, data t"),
        ("bare", "the run has no checkpoint to tell"),
    ):
        folder = RunFolder(tmp_path / name)
        began = begun(folder, *named_run(folder).read().require(), place, None)
        assert told in data_line(data_checks(folder), began.held) and ("the spec," in told) == began.held
