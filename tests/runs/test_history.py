"""Runs read back: real ones exactly, damaged and hostile ones without a crash and within bounds."""

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.backend.train import train
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.history import file_sizes, find_runs, newest_first, read_run
from cnnspec.runs.log import read_log
from cnnspec.runs.selection import Candidate, chosen
from cnnspec.runs.settings import read_settings
from tests.support.small_runs import small_spec

SPLITS = ("", "val_", "test_")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, dict[str, float]]:
    """A real run of two epochs, and the figures that training gave back."""
    folder = tmp_path_factory.mktemp("history")
    result = train(*small_spec(folder), runs_dir=folder / "runs")
    return RunFolder(Path(result.run)), dict(result.metrics)


@pytest.fixture
def copied(trained: tuple[RunFolder, dict[str, float]], tmp_path: Path) -> RunFolder:
    """A copy of the run, to be damaged."""
    return RunFolder(Path(shutil.copytree(trained[0].path, tmp_path / "runs" / "small-1")))


def test_a_finished_run_is_read_back_as_it_was(trained: tuple[RunFolder, dict[str, float]]) -> None:
    folder, metrics = trained
    run = read_run(folder)
    assert (run.name, run.spec_name, run.number) == ("small-1", "small", 1)
    assert (run.status, run.reason, run.epochs, run.problems) == ("finished", "", 2, ())
    assert run.scores == metrics and {f"{split}accuracy" for split in SPLITS} <= run.scores.keys()
    assert run.best is not None and run.best.monitor == "val_loss" and run.best.value == metrics["val_loss"]
    assert run.environment.auto == {"loss": "sparse_categorical_crossentropy"}
    assert {"python", "keras", "tensorflow"} <= run.environment.versions.keys()
    assert abs(run.started - time.time()) < 600 and run.started - 1 <= run.written


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("name: small", "small"),
        ('name: "true"', "true"),
        ("name: two words", "best"),
        ("", "best"),
        (" name: x", "best"),
    ],
)
def test_a_run_under_another_name_is_still_found_by_its_spec(copied: RunFolder, line: str, name: str) -> None:
    """By what its spec.yaml says; by the folder's where that says nothing."""
    text = copied.spec.read_text()
    assert "\nname: small\n" in text
    copied.spec.write_text(text.replace("name: small", line))
    run = read_run(RunFolder(copied.path.rename(copied.path.with_name("best"))))
    assert (run.name, run.spec_name, run.numbered_name) == ("best", name, "best")
    assert chosen([Candidate(run, {})], f"spec == '{name}' and run == best") == [run]


def test_the_figures_of_every_epoch_are_those_of_the_table(trained: tuple[RunFolder, dict[str, float]]) -> None:
    """metrics.csv holds the same numbers, and the best epoch's are the scores."""
    folder, metrics = trained
    log = read_log(folder)
    head, *rows = [line.split(",") for line in folder.table.read_text().splitlines()]
    for at, name in enumerate(head[1:], 1):
        assert log.figures[name] == tuple(float(row[at]) for row in rows)
    best = read_run(folder).best
    assert best is not None and log.epochs == 2
    assert log.at(best.epoch) == {name: value for name, value in metrics.items() if not name.startswith("test_")}


def test_the_settings_are_those_of_the_spec(trained: tuple[RunFolder, dict[str, float]]) -> None:
    settings, problem = read_settings(trained[0])
    assert problem == "" and settings.keys() == {"inputs", "model", "data", "training"}
    assert settings["training"] == {
        "epochs": 2,
        "batch_size": 8,
        "loss": {"sparse_categorical_crossentropy": {}},
        "metrics": ["accuracy"],
        "seed": 5,
    }


def test_a_run_without_a_result_shows_its_last_whole_epoch(copied: RunFolder) -> None:
    """As left by a process that was killed while it wrote its second line."""
    copied.result.unlink()
    first, second = copied.log.read_bytes().splitlines(keepends=True)
    copied.log.write_bytes(first + second[:-20])
    run = read_run(copied)
    assert (run.status, run.epochs, run.best, run.seconds) == ("unfinished", 1, None, None)
    assert run.scores["val_loss"] == json.loads(first)["val_loss"] and "learning_rate" not in run.scores
    assert run.problems == ("the last line of metrics.jsonl is cut off",)


@pytest.mark.parametrize(
    ("written", "status", "reason"),
    [
        ("interrupted", "interrupted", ""),
        ("failed: the loss is no finite number any more", "failed", "the loss is no finite number any more"),
    ],
)
def test_a_run_that_ended_early_has_the_figures_of_its_best_epoch(
    copied: RunFolder, written: str, status: str, reason: str
) -> None:
    best = {"epoch": 0, "monitor": "val_loss", "value": 1.0}
    copied.result.write_text(json.dumps({"status": written, "epochs": 2, "best": best, "seconds": 1.0, "metrics": {}}))
    run = read_run(copied)
    assert (run.status, run.reason, run.problems) == (status, reason, ())
    assert run.scores == read_log(copied).at(0)


def removed(folder: RunFolder) -> None:
    folder.environment.unlink()


def emptied(folder: RunFolder) -> None:
    folder.result.write_text("")


def nested(folder: RunFolder) -> None:
    folder.result.write_text("[" * 100_000)


def listed(folder: RunFolder) -> None:
    folder.result.write_text("[1]")


def strange(folder: RunFolder) -> None:
    folder.result.write_text('{"status": 3, "epochs": -1, "best": {"epoch": true}, "metrics": [], "seconds": "x"}')


def enormous(folder: RunFolder) -> None:
    folder.result.write_text('{"status": "finished", "text": "' + "x" * 2**21 + '"}')


def pipe(folder: RunFolder) -> None:
    folder.result.unlink()
    os.mkfifo(folder.result)


def loop(folder: RunFolder) -> None:
    folder.result.unlink()
    folder.result.symlink_to(folder.result)


def binary(folder: RunFolder) -> None:
    folder.log.write_bytes(bytes(range(256)) * 100)
    folder.result.unlink()


def beyond(folder: RunFolder) -> None:
    folder.log.write_text('{"epoch": 99999999999, "loss": 1}\n{"epoch": 0, "loss": 1' + "0" * 400 + "}\n")
    folder.result.unlink()


def tagged(folder: RunFolder) -> None:
    folder.spec.write_text("a: !!python/object:os.system {}\nb: [")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (removed, "there is no environment.json"),
        (emptied, "result.json is damaged: it is no JSON"),
        (nested, "result.json is damaged: it is no JSON"),
        (listed, "result.json is damaged: it holds no object"),
        (strange, "result.json is damaged: it does not say how the run ended"),
        (enormous, "result.json is larger than 1,048,576 bytes"),
        (pipe, "result.json is no regular file"),
        (loop, "result.json is no regular file"),
        (binary, "line 1 of metrics.jsonl holds no epoch"),
        (beyond, "line 1 of metrics.jsonl holds no epoch"),
        (tagged, "spec.yaml is damaged"),
    ],
)
def test_damage_is_said_and_never_a_crash(copied: RunFolder, damage: Callable[[RunFolder], None], problem: str) -> None:
    damage(copied)
    assert [each.path for each in find_runs(copied.path.parent)] == [copied.path]
    run, (_, unread) = read_run(copied), read_settings(copied)
    assert any(problem in each for each in (*run.problems, unread)), (run.problems, unread)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ["status", "epochs", "best", "metrics", "seconds", "python", "packages", "cpus", "command", "auto"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_KEYS, _JSON), st.dictionaries(_KEYS, _JSON), st.lists(_JSON, max_size=4))
def test_whatever_json_stands_there_is_read_as_facts_of_their_types(
    tmp_path: Path, result: object, environment: object, lines: list[object]
) -> None:
    folder = RunFolder(tmp_path)
    folder.result.write_text(json.dumps(result))
    folder.environment.write_text(json.dumps(environment))
    folder.log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = read_run(folder)
    assert isinstance(run.epochs, int) and all(isinstance(score, float) for score in run.scores.values())
    assert all(isinstance(part, str) for part in (*run.environment.command, *run.environment.versions.values()))
    assert all(len(values) == read_log(folder).epochs for values in read_log(folder).figures.values())


def test_a_log_of_a_million_lines_is_read_in_part(tmp_path: Path) -> None:
    """Its size is bounded, and the problem says so."""
    folder = RunFolder(tmp_path)
    with folder.log.open("w") as file:
        file.writelines(f'{{"epoch": {epoch}, "loss": 1.0}}\n' for epoch in range(1_000_000))
    started = time.perf_counter()
    log = read_log(folder)
    assert time.perf_counter() - started < 5
    assert log.epochs == 50_000 and "larger than what is read" in log.problems[-1]


def test_an_epoch_written_twice_counts_as_written_last(tmp_path: Path) -> None:
    """As after a resumption; an epoch that is missing, or null, has no figure."""
    folder = RunFolder(tmp_path)
    rows = [{"epoch": 0, "loss": 3.0}, {"epoch": 2, "loss": 9.0}, {"epoch": 2, "loss": None, "accuracy": 0.5}]
    folder.log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    loss, accuracy = read_log(folder).figures["loss"], read_log(folder).figures["accuracy"]
    assert loss[0] == 3.0 and accuracy[2] == 0.5
    assert all(map(math.isnan, (*loss[1:], *accuracy[:2])))


def test_what_is_no_run_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("text")
    for name in ("digits-2", "digits-10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spec.yaml").write_text("cnnspec: 1")
        os.utime(tmp_path / name / "spec.yaml", (1e9, 1e9))
    found = newest_first(map(read_run, find_runs(tmp_path)))
    assert [run.name for run in found] == ["digits-10", "digits-2"]
    assert file_sizes(RunFolder(Path(found[0].path))) == {"spec.yaml": 10}
