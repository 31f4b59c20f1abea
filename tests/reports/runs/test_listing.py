"""How reports on runs put things."""

import math
from dataclasses import replace

import pytest

from cnnspec.reports.page import Page
from cnnspec.reports.run_page.blocks import Source
from cnnspec.reports.run_page.reported import Reported
from cnnspec.reports.run_page.sections.reproduction import reproduction
from cnnspec.reports.runs import phrases
from cnnspec.reports.runs.better import best_of
from cnnspec.reports.runs.collect import Known, Listed, monitor
from cnnspec.reports.runs.comparing import scores_sheet, settings_sheet
from cnnspec.reports.runs.listing import runs_sheet
from cnnspec.reports.runs.showing import Shown, command_lines, next_commands, python_line, run_sheets
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.history import Best, Environment, Machine, Resumption, Run
from cnnspec.runs.log import Log
from cnnspec.runs.settings import UNSET, Difference

TRAINING = {
    "epochs": 20,
    "batch_size": 64,
    "optimizer": {"adamw": {"learning_rate": {"cosine": {"peak": 0.003}}}},
    "checkpoint": {"best": "val_accuracy"},
}


def known(number: int, status: str = "finished", **scores: float) -> Known:
    """A run that ended after 14 of 20 epochs; a finished one is judged by its accuracy on the validation split."""
    best = Best(11, "val_accuracy", scores["val_accuracy"]) if status == "finished" else None
    ending = "finished" if status == "finished" else "unfinished"
    run = Run(f"runs/digits-{number}", ending, "", 14, best, scores, 75.0 if best else None, 0.0, 0.0, Environment())
    return Known(run, {"training": TRAINING}, name=run.name)


def lines(sheet: Sheet, width: int = 120) -> list[str]:
    """The sheet as plain lines."""
    return [line.strip() for line in lay_out((sheet,), Page(width)).plain.split("\n") if line.strip()]


def test_a_listed_run_says_what_it_changed() -> None:
    changes = (
        Difference("training.optimizer", ("adamw", "sgd")),
        Difference("training.optimizer.*.weight_decay", (0.1, UNSET)),
        Difference("model.conv1.0.conv.filters", (32, 64)),
        Difference("training.seed", (1, 2)),
    )
    first, second = known(1, val_accuracy=0.9, test_accuracy=0.8), known(2, val_accuracy=0.91, test_accuracy=0.85)
    head, *rows, left_out = lines(runs_sheet([Listed(second, "digits-1", changes), Listed(first)], left_out=7))
    assert head.split() == ["run", "started", "status", "epochs", "val_accuracy", "test_accuracy", "time", "settings"]
    text = " ".join(rows)
    assert "as digits-1, but optimizer sgd, without weight_decay," in text and "conv1 filters 64, 1 more" in text
    assert "adamw 0.003 cosine, batch size 64" in text and "14/20" in text and "1m15s" in text
    assert left_out == "7 runs not shown: --all shows them"


def test_a_running_run_is_judged_by_what_its_spec_watches() -> None:
    """Its last epoch stands in the same column as the best epochs of others."""
    runs = [Listed(known(1, val_accuracy=0.9)), Listed(known(2, "unfinished", val_accuracy=0.5, val_loss=2.0))]
    head, *rows = lines(runs_sheet(runs))
    assert "val_accuracy" in head and "0.5000" in rows[1] and "2.0000" not in rows[1]


def test_a_figure_that_is_asked_for_has_a_column_of_its_own() -> None:
    head, row = lines(runs_sheet([Listed(known(1, val_accuracy=0.9, loss=0.25))], "loss"))
    assert "loss" in head.split() and "0.2500" in row.split()


def test_the_best_of_each_figure_is_named() -> None:
    """Small losses and large accuracies; two that are equally good, and none where all are equal or one is alone."""
    runs = [known(number, val_accuracy=0.9, loss=loss) for number, loss in ((1, 0.5), (2, 0.25), (3, 0.25))]
    rows = {line.split()[0]: line for line in lines(scores_sheet(runs))}
    assert rows["loss"].endswith("digits-2, digits-3") and rows["val_accuracy"].endswith("0.9000")
    assert best_of({"a": 0.1, "b": 0.9, "c": math.nan}, lower=False) == "b"
    assert best_of({"a": 0.1}, lower=True) == ""


def test_more_settings_than_a_page_holds_are_counted() -> None:
    runs = [known(1, val_accuracy=0.9), known(2, val_accuracy=0.9)]
    shown = lines(settings_sheet(runs, [Difference(f"vars.v{number}", (0, 1)) for number in range(80)]))
    assert len(shown) == 52 and shown[-1] == "30 more settings differ"
    assert lines(settings_sheet(runs, []))[-1] == "the settings and the environment are the same"


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (0.2, "0.2"),
        (True, "true"),
        (None, "null"),
        ("same", "same"),
        (UNSET, "not set"),
        ([3, 3], "[3, 3]"),
        (["accuracy", {"top_k": {"k": 5}}], "[accuracy, top_k: {k: 5}]"),
        ({"mean_squared_error": {}}, "mean_squared_error"),
        ({"sgd": {"momentum": 0.9, "nesterov": True}}, "sgd: {momentum: 0.9, nesterov: true}"),
        ("x" * 100, "x" * 59 + "…"),
        ([[1] * 100] * 100, "[[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …"),
    ],
    ids=str,
)
def test_a_setting_is_written_as_in_a_spec(setting: object, text: str) -> None:
    assert phrases.value(setting) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("training.optimizer.adamw.weight_decay", "weight_decay"),
        ("training.optimizer.*.momentum", "momentum"),
        ("model.conv1.0.conv.filters", "conv1 filters"),
        ("model.head.1..", "head"),
        ("fold", "fold"),
    ],
)
def test_a_path_has_a_short_form(path: str, text: str) -> None:
    assert phrases.short(path) == text


@pytest.mark.parametrize("training", [None, 3, {"optimizer": 3}, {"optimizer": {"sgd": None}}, {"epochs": "x"}])
def test_settings_of_a_strange_form_are_no_crash(training: object) -> None:
    strange = Known(known(1, val_accuracy=0.9).run, {"training": training}, name="digits-1")
    assert lines(runs_sheet([Listed(strange)])) and monitor(strange) == "val_accuracy"


def test_who_went_on_with_a_run_is_named_beside_who_began_it() -> None:
    """The last times, with what was not as when it began, and the command of the last."""
    begun = Machine({"keras": "3.1", "numpy": "2.0"}, "Linux", 2, ("cnnspec", "train", "digits", "--seed"))
    later = replace(begun, versions={"keras": "3.2", "numpy": "2.0"}, cpus=4, command=("x", "train", "--resume", "y"))
    resumed = tuple(Resumption(0.0, epoch, step, later) for epoch, step in ((0, 0), (1, 0), (2, 0), (2, 5), (3, 1)))
    environment = Environment(begun.versions, begun.platform, begun.cpus, begun.command, resumed)
    shown = replace(known(1, val_accuracy=0.9), run=replace(known(1, val_accuracy=0.9).run, environment=environment))
    text = lines(run_sheets(Shown(shown, [], "", {}))[0])
    at = text.index("resumed 2 times before")
    assert [line.split() for line in text[at + 1 : at + 4]] == [
        f"resumed after {place} keras 3.2 4 processors".split()
        for place in ("epoch 2", "step 5 of epoch 3", "step 1 of epoch 4")
    ]
    said = command_lines(shown.run, [("cnnspec", "evaluate")], Page(80)).splitlines()
    assert [line.split()[:2] for line in said] == [["begun", "by"], ["resumed", "by"], ["next", "cnnspec"]]
    assert said[0].endswith("cnnspec train digits --seed") and said[1].endswith("cnnspec train --resume y")


def test_a_run_that_nobody_went_on_with_names_one_command() -> None:
    environment = Environment(command=("cnnspec", "train", "digits"))
    (line,) = command_lines(replace(known(1, val_accuracy=0.9).run, environment=environment), [], Page(80)).splitlines()
    assert line.split() == ["trained", "by", "cnnspec", "train", "digits"]


def test_a_fold_is_trained_again_as_the_same_fold() -> None:
    """On the page of the run, too, in its folder and from the page alone."""
    run = replace(known(1, val_accuracy=0.9), settings={"data": {"source": "digits"}, "fold": "2/3"})
    run = replace(run, run=replace(run.run, environment=Environment(fold="2/3")))
    again = ("cnnspec", "train", "runs/digits-1/spec.yaml", "--fold", "2/3")
    assert next_commands(run, [])[-1] == again and python_line(run) == ""
    page = [
        block.text for block in reproduction([Reported(run, Log(), "cnnspec: 1")]).blocks if isinstance(block, Source)
    ]
    assert [" ".join(again) in text for text in page] == [True, False]
    assert page[1].split() == ["cnnspec", "train", "spec.yaml", "--fold", "2/3"]


def test_what_a_program_held_is_trained_again_by_no_command() -> None:
    """But in Python, which gives it again; what has to read it is no command either."""
    run = replace(known(1, val_accuracy=0.9), settings={"data": {"source": "memory", "splits": ["train"]}})
    told = next_commands(run, ["PICTURE.png"])
    assert [each[1] for each in told] == ["runs"]
    assert python_line(run).endswith("cnnspec.load('runs/digits-1/spec.yaml').train(data=...)")
    packed = replace(run, run=replace(run.run, packed="digits-1.zip"))
    assert [each[1] for each in next_commands(packed, [])] == ["predict", "runs", "unpack"] and python_line(
        packed
    ) == ""
    section = reproduction([Reported(run, Log(), "cnnspec: 1")])
    assert [block.text for block in section.blocks if isinstance(block, Source)] == [
        "cnnspec.load('spec.yaml').train(data=...)"
    ]
