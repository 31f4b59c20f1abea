"""Runs beside each other: one is the best of several only where they were measured on the same examples."""

from dataclasses import replace

import pytest

from cnnspec.reports.runs.collect import Known, data_differing, noises
from cnnspec.reports.runs.comparing import paired_command, scores_sheet
from cnnspec.results.history import Environment, Run

MARK, OTHER = "9 bytes (sha256 aa)", "9 bytes (sha256 bb)"
DATA = {"source": "arrays", "train": "train.npz"}


def known(name: str, accuracy: float, data: object, files: dict[str, str], **more: object) -> Known:
    scores, environment = {"val_accuracy": accuracy}, Environment(data=files)
    run = Run(f"runs/{name}", "finished", "", 2, None, scores, 1.0, 0.0, 0.0, environment)
    return Known(run, {"data": data, **more}, "", name)


SAME = {
    "all": (DATA, {"train.npz": MARK}, {}),
    "augmented": ({**DATA, "augment": ["random_flip"]}, {"train.npz": MARK}, {}),
    "other variables": (DATA, {"train.npz": MARK}, {"vars": {"width": 9}}),
    "killed before data was marked": (DATA, {}, {}),
}
APART = {
    "another source": ({"source": "digits"}, {}, {}, "data.source"),
    "another file": ({**DATA, "train": "other.npz"}, {"other.npz": MARK}, {}, "data.train"),
    "a file of another content": (DATA, {"train.npz": OTHER}, {}, "data files.train.npz"),
    "another share": ({**DATA, "validation_split": 0.2}, {"train.npz": MARK}, {}, "data.validation_split"),
    "another fold": (DATA, {"train.npz": MARK}, {"fold": "2/3"}, "fold"),
    "no data": ({}, {}, {}, "data"),
}


@pytest.mark.parametrize("what", SAME)
def test_of_the_same_data_the_best_is_told(what: str) -> None:
    data, files, more = SAME[what]
    runs = (known("a-1", 0.5, DATA, {"train.npz": MARK}), known("b-1", 0.9, data, files, **more))
    sheet = scores_sheet(runs)
    assert [column.title for column in sheet.table.columns] == ["figure", "a-1", "b-1", "best"]
    assert sheet.table.rows[0][-1] == "b-1" and not sheet.remarks


@pytest.mark.parametrize("what", APART)
def test_of_other_data_none_is_told_and_what_differs_is(what: str) -> None:
    data, files, more, path = APART[what]
    runs = (known("a-1", 0.5, DATA, {"train.npz": MARK}), known("b-1", 0.9, data, files, **more))
    sheet = scores_sheet(runs)
    assert [column.title for column in sheet.table.columns] == ["figure", "a-1", "b-1"]
    assert all(len(row) == 3 for row in sheet.table.rows)
    ((said,),) = sheet.remarks
    assert said.startswith("no best: their data differs, by ") and path in said


def test_a_variable_counts_where_data_is_said_with_it() -> None:
    data = {**DATA, "validation_split": "${part / 2}"}
    runs = [known(f"a-{number}", 0.5, data, {}, vars={"part": number, "train": number}) for number in (1, 2)]
    assert data_differing(runs) == ("vars.part",)


@pytest.mark.parametrize(
    ("part", "seeds", "split"),
    [
        ({}, (1, 2), "validation"),
        ({}, (1, 2), "test"),
        ({"validation_split": 0.1}, (1, 1), "validation"),
        ({"validation_split": 0.1}, (1, 2), "test"),
        ({"validation_split": 0.1, "source": "tones"}, (1, 2), ""),
    ],
)
def test_pairs_are_advised_of_a_split_that_both_seeds_have(
    part: dict[str, object], seeds: tuple[int, int], split: str
) -> None:
    """Else of none; the report takes the test split where it is not told which."""
    runs = []
    for seed, accuracy in zip(seeds, (0.5, 0.55), strict=True):
        one = known(f"a-{len(runs) + 1}", accuracy, {**DATA, **part}, {}, training={"seed": seed, "epochs": len(runs)})
        scores = {"val_accuracy": accuracy, "test_accuracy": accuracy if split == "test" else 0.5}
        runs.append(replace(one, run=replace(one.run, scores=scores, examples={"validation": 20, "test": 20})))
    words = paired_command(runs, noises(runs))
    named = {"validation": ("--split", "validation")}.get(split, ())
    assert words == (("cnnspec", "report", "runs/a-1", "runs/a-2", *named, "-o", "pairs.html") if split else ())


NAMED = [{"mean_absolute_error": {"name": "off_by"}}, "accuracy", {"mean_squared_error": {"name": "right_by"}}]
TWO = {"kind": ["accuracy", "false_positives"], "size": [{"mean_absolute_error": {"name": "accuracy"}}, "r2_score"]}


@pytest.mark.parametrize(
    ("metrics", "figure", "lower"),
    [
        ([], "val_loss", True),
        (["accuracy"], "test_accuracy", False),
        (["false_positives"], "val_false_positives", True),
        (["false_positives", "false_positives"], "val_false_positives_1", True),
        (["f1_score"], "test_f1_score_2", False),
        (["mae"], "val_mae", True),
        (NAMED, "val_off_by", True),
        (NAMED, "off_by", True),
        (NAMED, "test_right_by", True),
        (NAMED, "val_accuracy", False),
        (TWO, "val_kind_false_positives", True),
        (TWO, "val_kind_accuracy", False),
        (TWO, "val_size_accuracy", True),
        (TWO, "test_size_r2_score", False),
        (TWO, "val_size_loss", True),
        (["false_positives"], "test_size_false_positives", True),
        (None, "val_false_negatives", True),
        ("broken", "val_kind_false_negatives", True),
    ],
)
def test_the_best_is_told_by_what_the_runs_measure(metrics: object, figure: str, lower: bool) -> None:
    """Whatever that is called, of whichever split and output."""
    settings = {"training": {"metrics": metrics}, "outputs": {"kind": "kind", "size": "size"}}
    runs = [known(f"a-{number}", 0.5, DATA, {}, **settings) for number in (1, 2)]
    runs = [
        replace(each, run=replace(each.run, scores={figure: score}))
        for each, score in zip(runs, (3.0, 4.0), strict=True)
    ]
    best = "a-1" if lower else "a-2"
    assert scores_sheet(runs).table.rows[0][-1] == best
    assert [each.best for each in noises(runs)] == [(best,)]
