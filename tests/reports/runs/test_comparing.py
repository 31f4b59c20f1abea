"""Runs beside each other: one is the best of several only where they were measured on the same examples."""

import pytest

from cnnspec.reports.runs.collect import Known, data_differing
from cnnspec.reports.runs.comparing import scores_sheet
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
