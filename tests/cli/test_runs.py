"""`cnnspec runs` on real runs and on damaged ones, as a person or a script calls it."""

import csv
import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from cnnspec.backend.train import train
from tests.support.places import ENVIRONMENT
from tests.support.program import run, run_here
from tests.support.small_runs import SMALLEST, TRAINING, small_spec
from tests.support.terminal import opened
from tests.support.warm_start import warm_start

WRONG, USAGE = 1, 2
CHANGED = TRAINING.replace("batch_size: 8", "batch_size: 20, optimizer: {adamw: {weight_decay: 0.2}}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs/small-1 and runs/small-2 are real, small-3 was killed, and small-4 is from a stranger."""
    folder = tmp_path_factory.mktemp("runs")
    runs = folder / "runs"
    for training in (TRAINING, CHANGED):
        train(*small_spec(folder, training, SMALLEST), runs_dir=runs)
    shutil.copytree(runs / "small-2", runs / "small-3")
    (runs / "small-3" / "result.json").unlink()
    log = runs / "small-3" / "metrics.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    shutil.copytree(runs / "small-1", runs / "small-4")
    hostile = {"status": "failed: \x1b[2J\nred", "metrics": {"\x1b[31mloss\ud800": 1.0}}
    (runs / "small-4" / "result.json").write_text(json.dumps(hostile))
    return folder


def said(folder: Path, *arguments: str, code: int = 0, **environment: str) -> str:
    """What `cnnspec runs` prints there; that it ends with `code`, and never with a traceback."""
    if environment:
        done = run("runs", *arguments, folder=folder, env={**ENVIRONMENT, **environment})
    else:
        done = run_here("runs", *arguments, folder=folder)
    listed, complained = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, complained
    assert "Traceback" not in complained and "\x1b" not in listed
    return listed + complained


def test_alone_it_lists_what_was_changed_from_run_to_run(folder: Path) -> None:
    """A row a run, the newest first, with how each ended; a wide page has room for the settings."""
    text = said(folder, COLUMNS="160")
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith(" small-")}
    assert sorted(rows) == ["small-1", "small-2", "small-3", "small-4"]
    assert list(rows).index("small-2") < list(rows).index("small-1")
    assert "rmsprop, batch size 8" in rows["small-1"] and "finished" in rows["small-1"]
    assert "as small-1, but batch_size 20, optimizer" in rows["small-2"]
    assert "unfinished" in rows["small-3"] and "as small-2" in rows["small-3"]
    assert "failed" in rows["small-4"]
    assert "still running, or killed" in text and "\\x1b" not in rows["small-4"]


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_page(folder: Path, width: int) -> None:
    for arguments in (("list",), ("show", "small-4"), ("compare", "small-1", "small-2", "small-3", "small-4")):
        text = re.split(" trained by| the same examples in pairs", said(folder, *arguments, COLUMNS=str(width)))[0]
        assert max(map(len, text.splitlines())) <= width


def test_the_best_comes_first_where_a_figure_is_asked_for(folder: Path) -> None:
    """Of a loss the smallest, of an accuracy the largest; a run without it comes last."""
    runs = json.loads(said(folder, "list", "--sort", "val_loss", "--format", "json"))
    assert [Path(run["run"]).name for run in runs][-1] == "small-4"
    losses = [run["scores"]["val_loss"] for run in runs[:-1]]
    assert losses == sorted(losses)
    runs = json.loads(said(folder, "list", "--sort", "test_accuracy", "--format", "json"))
    accuracies = [run["scores"]["test_accuracy"] for run in runs[:2]]
    assert accuracies == sorted(accuracies, reverse=True)
    assert "write val_loss" in said(folder, "list", "--sort", "val_los", code=USAGE)


def test_a_run_is_shown_with_its_settings_scores_and_curve(folder: Path) -> None:
    text = said(folder, "show", "small-1", PYTHONIOENCODING="utf-8")
    metrics = json.loads((folder / "runs" / "small-1" / "result.json").read_text())["metrics"]
    for part in (
        "runs/small-1",
        "training.batch_size",
        "auto  loss: sparse_categorical_crossentropy",
        "keras",
        "best.keras",
    ):
        assert part in text
    row = next(line.split() for line in text.splitlines() if line.startswith(" accuracy"))
    assert row[1:] == [f"{metrics[name]:.4f}" for name in ("accuracy", "val_accuracy", "test_accuracy")]
    assert "loss by epoch" in text and "▲ val_loss" in text
    assert "cnnspec evaluate runs/small-1" in text and "cnnspec runs compare runs/small-1 RUN" in text
    assert f"cnnspec train runs/small-1/spec.yaml --data-root {folder}" in text


def test_a_run_may_be_named_by_its_path_or_by_its_name(folder: Path) -> None:
    assert said(folder, "show", "small-1") == said(folder, "show", "runs/small-1")
    assert "there is no run" in said(folder, "show", "small-9", code=WRONG)


def test_a_strangers_text_is_shown_and_not_obeyed(folder: Path) -> None:
    text = said(folder, "show", "small-4")
    assert r"\x1b[2J\nred" in text and r"\x1b[31mloss\ud800" in text


def test_only_the_settings_that_differ_are_compared(folder: Path) -> None:
    """Two settings of the spec, nothing of the environment; then scores and one curve for both."""
    text = said(folder, "compare", "small-1", "small-2", PYTHONIOENCODING="utf-8")
    settings, _, rest = text.partition("figure")
    assert [line.split()[0] for line in settings.splitlines()[1:] if line.strip()] == [
        "training.batch_size",
        "training.optimizer",
    ]
    assert "not set" in settings and "adamw" in settings
    assert "val_loss by epoch" in rest and "● small-1   ▲ small-2" in rest
    assert "accuracy by epoch" in said(folder, "compare", "small-1", "small-2", "--metric", "accuracy")


def test_compare_for_scripts_names_every_run_by_its_folder(folder: Path) -> None:
    found = json.loads(said(folder, "compare", "small-1", "small-2", "--format", "json"))
    assert found["differences"] == [
        {"setting": "training.batch_size", "values": {"runs/small-1": 8, "runs/small-2": 20}},
        {"setting": "training.optimizer", "values": {"runs/small-2": {"adamw": {"weight_decay": 0.2}}}},
    ]
    assert [len(run["figures"]["val_loss"]) for run in found["runs"]] == [2, 2]


def test_a_stranger_to_unicode_gets_ascii(folder: Path) -> None:
    text = said(folder, "compare", "small-1", "small-2", PYTHONIOENCODING="ascii")
    assert text.isascii() and "o small-1   x small-2" in text


def test_what_cannot_be_compared_is_said(folder: Path) -> None:
    assert "two runs or more" in said(folder, "compare", "small-1", code=USAGE)
    twice = said(folder, "compare", "small-1", "runs/small-1", code=USAGE)
    assert "two runs or more" in twice and "runs/small-1 is named twice" in twice
    assert "measured no f1" in said(folder, "compare", "small-1", "small-2", "--metric", "f1", code=USAGE)


def test_no_runs_yet_is_no_mistake(tmp_path: Path) -> None:
    assert "try: cnnspec train digits" in said(tmp_path)
    assert json.loads(said(tmp_path, "list", "--format", "json")) == []
    assert "there is no folder elsewhere" in said(tmp_path, "list", "--runs", "elsewhere", code=USAGE)


def test_what_was_watched_is_drawn_stage_by_stage_for_one_run_and_for_several(folder: Path, tmp_path: Path) -> None:
    """As a table with bars, and in JSON; the two runs stand under each stage."""
    for number, first in ((1, 2e-9), (2, 3e-2)):
        run = tmp_path / f"deep-{number}"
        shutil.copytree(folder / "runs" / "small-1", run)
        rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        seen = {"steps": 3, "gradients": {"conv1": first, "head": 0.02}}
        seen["activations"] = {"conv1": {"mean": 0.1, "deviation": 0.5, "silent": 0.25}}
        (run / "metrics.jsonl").write_text("".join(json.dumps({**row, "watch": seen}) + "\n" for row in rows))
    alone = said(tmp_path, "show", "deep-1")
    assert "gradients fall 10,000,000-fold" not in alone and "gradients fall 1e+07-fold from head to conv1" in alone
    assert "outputs by stage" in alone and "25.0%" in alone and "━" in alone
    both = said(tmp_path, "compare", "deep-1", "deep-2")
    assert "conv1  deep-1      2.0e-09     2.0e-09  ━" in both and "deep-2      3.0e-02     3.0e-02  ━━━━" in both
    facts = json.loads(said(tmp_path, "compare", "deep-1", "deep-2", "--format", "json"))
    assert [run["watched"][1]["gradients"]["conv1"] for run in facts["runs"]] == [2e-9, 3e-2]
    assert "watched" not in json.loads(said(folder, "show", "small-1", "--format", "json"))


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """The first two runs in a folder of their own, where they may be changed."""
    for number in (1, 2):
        shutil.copytree(folder / "runs" / f"small-{number}", tmp_path / "runs" / f"small-{number}")
    return tmp_path


def told(folder: Path, *arguments: str, code: int = 0) -> str:
    """What `cnnspec runs` prints there, in this process, which takes a tenth of the time."""
    done = run_here("runs", *arguments, folder=folder)
    assert done.returncode == code, done.stderr.decode()
    return (done.stdout + done.stderr).decode()


def test_runs_are_found_by_a_condition_and_written_as_a_table(copied: Path) -> None:
    """Tags and notes among them; the settings that differ have columns."""
    told(copied, "tag", "small-2", "best", "of-two")
    told(copied, "note", "small-2", "=1+1, with more decay")
    where = "weight_decay > 0.1 and tag == best and test_accuracy >= 0"
    (row,) = csv.DictReader(io.StringIO(told(copied, "list", "--where", where, "--format", "csv")))
    scores = json.loads((copied / "runs" / "small-2" / "result.json").read_text())["metrics"]
    assert row["run"] == "small-2" and row["tags"] == "best of-two" and row["note"] == "'=1+1, with more decay"
    assert {name: float(row[name]) for name in scores} == scores
    both = list(csv.DictReader(io.StringIO(told(copied, "--format", "csv", "--sort", "training.batch_size"))))
    assert [each["training.batch_size"] for each in both] == ["8", "20"]
    assert "tags: best, of-two" in told(copied, "show", "small-2") and "of-two" in told(copied)
    assert "of 2 runs none is so" in told(copied, "--where", "epochs > 100")
    wrong = told(copied, "--where", "epochs > 1 and wieght_decay > 0", code=USAGE)
    assert "--where:1:16" in wrong and "write weight_decay" in wrong and "^^^^^^^^^^^^" in wrong


def test_tags_and_notes_change_nothing_of_the_run(copied: Path) -> None:
    """Its checkpoint and its result are what they were, and it is not to be resumed."""
    run = copied / "runs" / "small-1"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    told(copied, "tag", "small-1", "a")
    told(copied, "note", "small-1", "b")
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert after == {**before, run / "tags.txt": b"a\n", run / "note.txt": b"b\n"}
    assert "no tag b" in told(copied, "tag", "small-1", "b", "--remove", code=USAGE)
    assert "no tags" in told(copied, "tag", "small-1", "a", "--remove")
    assert "no note" in told(copied, "note", "small-1", "")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_runs_are_removed_once_somebody_agreed(copied: Path) -> None:
    """Where nobody can be asked only with --yes; all of them or none where one is no run."""
    assert "write --yes" in told(copied, "rm", "small-1", code=USAGE)
    assert "there is no run" in told(copied, "rm", "--yes", "small-1", "small-9", code=WRONG)
    for answer, there in ((b"\n", True), (b"y\n", False)):
        assert "small-1: 1" in answered(copied, answer, "rm", "small-1")
        assert (copied / "runs" / "small-1").exists() == there
    assert "removed runs/small-2" in told(copied, "rm", "--yes", "small-2", "runs/small-2")
    assert list((copied / "runs").iterdir()) == []


def answered(folder: Path, answer: bytes, *arguments: str) -> str:
    """What `cnnspec runs` says to somebody at a terminal who answers so."""
    ours, its = opened()
    os.write(ours, answer)
    program = warm_start().start(["runs", *arguments], folder, ENVIRONMENT, its)
    told = "".join(program.communicate(60))
    os.close(ours)
    os.close(its)
    assert program.returncode == 0, told
    return told


def test_a_comparison_says_whether_a_difference_is_larger_than_the_noise(folder: Path) -> None:
    """By the 21 examples of the test split, of which no run can be much better."""
    found = json.loads(told(folder, "compare", "small-1", "small-2", "--format", "json"))
    results = [json.loads((folder / "runs" / name / "result.json").read_text()) for name in ("small-1", "small-2")]
    assert [each["examples"] for each in results] == [{"train": 60, "validation": 20, "test": 21}] * 2
    (noise,) = (each for each in found["noise"] if each["figure"] == "test_accuracy")
    apart = abs(results[0]["metrics"]["test_accuracy"] - results[1]["metrics"]["test_accuracy"])
    assert noise["larger"] is False and noise["how"] == "two shares of 21 examples"
    assert noise["difference"] == pytest.approx(apart) and noise["low"] < 0 < noise["high"]
    text = " ".join(told(folder, "compare", "small-1", "small-2").split())
    assert "within the noise, by two shares of 21 examples" in text and "noise unknown of" in text
    assert text.endswith("the same examples in pairs cnnspec report runs/small-1 runs/small-2 -o pairs.html")
