"""What `cnnspec train` says of a run, before it, while it goes on and at its end."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from cnnspec.cli.app import program
from cnnspec.reports.ending import command_lines, evaluation_command, next_commands
from cnnspec.reports.examples import to_predict
from cnnspec.runs.folder import open_run
from tests.support.program import run, run_here
from tests.support.small_runs import small_spec, written_spec
from tests.support.terminal import CTRL_C, watched
from tests.support.terminal_screen import seen

TRAINING = "training: {epochs: %d, batch_size: 8, loss: auto, metrics: [accuracy], checkpoint: {best: val_accuracy}}\n"
WITHOUT_TEST = "data: {source: arrays, train: train.npz, validation: validation.npz}\n"


def train(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The command as a script runs it: everything into pipes."""
    done = run("train", "small.yaml", *options, folder=folder)
    return subprocess.CompletedProcess(options, done.returncode, done.stdout.decode(), done.stderr.decode())


def typed(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The same in this process."""
    done = run_here("train", "small.yaml", *options, folder=folder)
    return subprocess.CompletedProcess(options, done.returncode, done.stdout.decode(), done.stderr.decode())


def rows(lines: list[str]) -> list[list[str]]:
    """The words of the table's rows."""
    return [line.split() for line in lines if re.match(r" +\d+/\d+ ", line)]


def test_on_a_terminal_there_is_one_table_with_one_mark_and_what_to_do_next(tmp_path: Path) -> None:
    """The plan comes first; every picture of the table marks the best epoch so far and no other."""
    small_spec(tmp_path, TRAINING % 6)
    pictures: list[list[list[str]]] = []

    def pictured(shown: str) -> bytes:
        pictures.append(rows(seen(shown)))
        return b""

    code, output = watched("train", "small.yaml", folder=tmp_path, keys=pictured)
    lines = seen(output)
    assert code == 0 and all(len(line) <= 80 for line in lines)
    (epochs,) = {tuple(row[0] for row in rows(lines))}
    assert epochs == ("1/6", "2/6", "3/6", "4/6", "5/6", "6/6")
    assert all(sum("best" in row for row in picture) <= 1 for picture in pictures)
    log = [json.loads(line) for line in (tmp_path / "runs" / "small-1" / "metrics.jsonl").read_text().splitlines()]
    best = max(range(6), key=lambda epoch: log[epoch]["val_accuracy"])
    assert [row[0] for row in rows(lines) if "best" in row] == [f"{best + 1}/6"]
    text = "\n".join(lines)
    assert re.search(rf"validation +20 .* 1/6 .*best epoch: {best + 1} of 6, by val_accuracy", text, re.DOTALL)
    assert "accuracy by epoch" in text and "test split, 21 examples" in text and "compiling" not in text
    assert text.rstrip().endswith("cnnspec runs show runs/small-1")


def test_interrupted_on_a_terminal_the_epochs_that_ended_stay(tmp_path: Path) -> None:
    small_spec(tmp_path, TRAINING % 5000)

    def interrupt(shown: str) -> bytes:
        return CTRL_C if len(rows(seen(shown[-20_000:]))) > 3 and "^C" not in shown else b""

    code, output = watched("train", "small.yaml", folder=tmp_path, keys=interrupt)
    lines = seen(output)
    ended = (tmp_path / "runs" / "small-1" / "metrics.csv").read_text().splitlines()[1:]
    assert code == 130 and "Traceback" not in output
    assert len(rows(lines)) == len(ended) and sum("best" in row for row in rows(lines)) == 1
    assert f"interrupted after epoch {len(ended)}; the weights so far: runs/small-1" in lines
    at = lines.index(" next  cnnspec train --resume runs/small-1")
    assert lines[at + 1] == "       cnnspec evaluate runs/small-1"


def test_into_a_pipe_go_plain_lines_and_a_fold_is_kept(tmp_path: Path) -> None:
    """A line an epoch, the best so far named, and no JSON; the fold stands in both files of JSON and on top."""
    small_spec(tmp_path, TRAINING % 3, data=WITHOUT_TEST)
    done = train(tmp_path, "--fold", "2/3")
    assert (done.returncode, done.stderr) == (0, "") and "\x1b" not in done.stdout and "\r" not in done.stdout
    lines = done.stdout.splitlines()
    assert " fold  2 of 3: this part of the training data is the test split" in lines
    assert [line.split()[1] for line in lines if line.startswith("epoch ")] == ["1/3", "2/3", "3/3"]
    assert re.search(r"epoch 1/3  loss [\d.]+  accuracy .*  took [\d.]+s  left [\d.]+s  best so far\n", done.stdout)
    assert re.search(r"\nbest epoch: \d of 3, by val_accuracy [\d.]+\ntest split, 20 examples", done.stdout)
    assert lines[-1].startswith("test split, 20 examples") and "{" not in done.stdout
    folder = open_run(tmp_path / "runs" / "small-1")
    assert json.loads(folder.environment.read_text())["fold"] == json.loads(folder.result.read_text())["fold"] == "2/3"


def test_a_dry_run_says_what_a_run_would_and_writes_nothing(tmp_path: Path) -> None:
    """As a table and as JSON with the same facts; what a run would refuse, it refuses."""
    small_spec(tmp_path, TRAINING % 3)
    there = sorted(tmp_path.iterdir())
    table, data = typed(tmp_path, "--dry-run"), typed(tmp_path, "--dry-run", "--format", "json")
    assert (table.returncode, data.returncode, table.stderr, data.stderr) == (0, 0, "", "")
    facts = json.loads(data.stdout)
    assert facts["splits"]["train"]["examples"] == 60 and facts["steps_per_epoch"] == 8 and facts["fold"] is None
    assert facts["memory"]["total"] == sum(size for part, size in facts["memory"].items() if part != "total")
    for split, held in facts["splits"].items():
        cells = [split, held["examples"], *held["labels"]["output"]["classes"].values()]
        assert " ".join(map(str, cells)) in [" ".join(line.split()) for line in table.stdout.splitlines()]
    assert "3 epochs of 8 steps, batch size 8" in table.stdout and "auto  seed: drawn when it runs" in table.stdout
    assert facts["seed"] is None and facts["auto"].pop("threads").startswith("1 an operation")
    assert facts["auto"] == {"loss": "sparse_categorical_crossentropy", "seed": None}
    refused = typed(tmp_path, "--dry-run", "--set", "training.checkpoint.best=val_f1")
    assert refused.returncode == 1 and "error[unknown-monitor]" in refused.stderr
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.parametrize(
    ("fold", "help"),
    [
        ("3", "write --fold 1/10"),
        ("1/", "write --fold 1/10"),
        ("a/b", "write --fold 1/10"),
        ("1/1", "write --fold 1/10"),
        ("-1/5", "write --fold 1/10"),
        ("0/5", "write --fold 1/5 to --fold 5/5"),
        ("6/5", "write --fold 1/5 to --fold 5/5"),
    ],
)
def test_a_fold_that_is_none_is_a_usage_error_that_says_what_to_write(tmp_path: Path, fold: str, help: str) -> None:
    done = typed(tmp_path, f"--fold={fold}")
    assert done.returncode == 2 and f"error[usage]: --fold {fold}" in done.stderr and f"help: {help}" in done.stderr


@pytest.mark.parametrize(
    ("counts", "command"),
    [
        ({"train": 9, "validation": 3, "test": 3}, "cnnspec evaluate runs/small-1"),
        ({"train": 9, "test": 3}, "cnnspec evaluate runs/small-1"),
        ({"train": 9, "validation": 3}, "cnnspec evaluate runs/small-1 --split validation"),
        ({"train": 9}, ""),
    ],
)
def test_the_command_that_evaluates_a_run_names_a_split_that_there_is(counts: dict[str, int], command: str) -> None:
    assert " ".join(evaluation_command("runs/small-1", counts)) == command


def test_every_command_that_is_named_next_is_a_command() -> None:
    commands = next_commands("runs/small-2", {"test"}, ["PICTURE.png"], "runs/small-1")
    known = {command.name or command.callback.__name__ for command in program().registered_commands if command.callback}
    known |= {str(group.name) for group in program().registered_groups}
    assert {words[1] for words in commands} <= known and len(commands) == 4


NUMBERS = "inputs: {x: [6]}\nmodel: [dense: 2]\n"
PIXELS = "inputs: {x: [6, 6, 1]}\nmodel: [flatten, dense: 2]\n"
TWO = "inputs: {x: [6], z: [6]}\nmodel: [concat: {from: [x, z]}, dense: 2]\n"
IDS = "inputs: {x: {shape: [6], dtype: int32}}\nmodel: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: 2]\n"


@pytest.mark.parametrize(
    ("network", "data", "pictures", "given"),
    [
        (PIXELS, "source: digits", True, "PICTURE.png"),
        (PIXELS, "source: arrays, train: a.npz", True, "PICTURE.png"),
        (PIXELS, "source: arrays, train: a.npz", False, "ARRAY.npy"),
        (PIXELS, "source: synthetic", False, "ARRAY.npy"),
        (PIXELS, "source: image_folder, train: photos", False, "PICTURE.png"),
        (PIXELS, "source: table, train: a.csv, image: {column: file}, label: {column: kind}", False, "PICTURE.png"),
        (NUMBERS, "source: table, train: a.csv, label: {column: kind}", False, "ROWS.csv"),
        (NUMBERS, "source: arrays, train: a.npz", False, "ARRAY.npy"),
        (TWO, "source: arrays, train: a.npz", False, "ARRAYS.npz"),
        (IDS, "source: text_lines, train: a.txt", False, "--text 'a sentence'"),
    ],
)
def test_a_command_to_predict_names_what_the_network_reads(
    tmp_path: Path, network: str, data: str, pictures: bool, given: str
) -> None:
    spec, graph = written_spec(tmp_path, f"{network}data: {{{data}}}\n")
    commands = next_commands("r-1", (), to_predict(spec.data, graph, pictures), None)
    assert f"cnnspec predict r-1 {given}" in "\n".join(command_lines(commands)).splitlines()[0]
