"""How gradients and activations by stage are shown, and what is said of ill ones."""

import json
import math

import pytest

from cnnspec.reports.page import Page
from cnnspec.reports.runs.watching import compared_sheet, notices, watched_sheets
from cnnspec.reports.table import Sheet
from cnnspec.reports.terminal import lay_out
from cnnspec.results.watched import Activity, Watched
from cnnspec.runs.log import read_watched, written_watched


def seen(*gradients: float, **activations: tuple[float, float, float]) -> Watched:
    """Gradients of conv1, conv2 and so on, and the activations of stages by title."""
    by_stage = {f"conv{number}": value for number, value in enumerate(gradients, 1)}
    return Watched(3, by_stage, {stage: Activity(*each) for stage, each in activations.items()})


def lines(sheets: tuple[Sheet, ...], width: int = 80, ascii: bool = False) -> list[str]:
    """The sheets as plain lines."""
    return [line.strip() for line in lay_out(sheets, Page(width, ascii=ascii)).plain.split("\n") if line.strip()]


def test_the_first_the_middle_and_the_last_epoch_stand_beside_bars_on_a_logarithmic_axis() -> None:
    """A gradient a hundred times larger has a bar longer by two powers of ten, of the five that there are."""
    epochs = {epoch: seen(2e-5 * (epoch + 1), 1e-2, 1.0) for epoch in range(5)}
    heading, columns, *rows, said = lines(watched_sheets(epochs))
    assert heading.startswith("gradients by stage")
    assert columns.split("  ")[-1].strip() == "epoch 5" and "epoch 3" in columns and "epoch 1" in columns
    assert rows[0].split() == ["conv1", "2.0e-05", "6.0e-05", "1.0e-04", "━"]
    assert [row.count("━") for row in rows[:3]] == [1, 12, 24]
    assert said == "gradients fall 10,000-fold from conv3 to conv1"
    assert rows[3] == "means of 3 steps an epoch   bars from 1e-4 to 1e0, logarithmic"


def test_what_stages_put_out_is_told_of_the_last_epoch() -> None:
    watched = seen(scale=(0.1, 0.5, 0.0), conv1=(0.3, 0.25, 0.125), head=(0.1, 0.3, 0.0))
    heading, columns, scale, conv1, *_ = lines(watched_sheets({0: watched}))
    assert heading.startswith("outputs by stage") and columns.split() == ["stage", "mean", "deviation", "silent"]
    assert scale.split()[:4] == ["scale", "0.1000", "0.5000", "0.0%"]
    assert conv1.split()[:4] == ["conv1", "0.3000", "0.2500", "12.5%"]


def test_runs_stand_beside_each_other_on_one_axis() -> None:
    """Stage by stage, also where one has stages that the other has not; a run that was not watched is left out."""
    runs = {"plain-1": {0: seen(1e-6, 1e-1)}, "deep-1": {0: seen(1e-2, 1e-1, 1e-1)}, "old-1": {}}
    sheet = compared_sheet(runs)
    assert sheet is not None
    _, _, *rows, said = lines((sheet,))
    assert [row.split()[:2] for row in rows] == [
        ["conv1", "plain-1"],
        ["deep-1", "1.0e-02"],
        ["conv2", "plain-1"],
        ["deep-1", "1.0e-01"],
        ["conv3", "plain-1"],
        ["deep-1", "1.0e-01"],
    ]
    assert rows[0].count("━") == 1 and rows[1].count("━") == 19 and rows[3].count("━") == 24
    assert said == "bars from 1e-6 to 1e-1, logarithmic"
    assert compared_sheet({"plain-1": runs["plain-1"], "old-1": {}}) is None


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    """And in ASCII bars stay bars."""
    watched = seen(1e-30, 0.0, math.nan, 1e3, **{"a rather long title of a stage": (0.1, 2.0, 0.0), "b": (1.0, 1e5, 1)})
    for sheets in (watched_sheets({0: watched, 1: watched}), (compared_sheet({"a": {0: watched}, "b": {0: watched}}),)):
        assert all(sheet is not None for sheet in sheets)
        kept = tuple(sheet for sheet in sheets if sheet is not None)
        assert all(len(line) <= width for line in lines(kept, width, ascii=True))
        assert width < 80 or any("====" in line for line in lines(kept, width, ascii=True))


@pytest.mark.parametrize(
    ("watched", "said"),
    [
        (seen(1e-2, 1e-1), []),
        (seen(8.4e-7, 1e-5, 1e-3), ["gradients fall 1,200-fold from conv3 to conv1"]),
        (seen(1e-33, 1.0), ["gradients fall 1e+33-fold from conv2 to conv1"]),
        (seen(0.0, 2e-3), ["no gradient reaches conv1: it is 0, and 2.0e-03 in conv2"]),
        (seen(50.0, 0.01), ["gradients grow 5,000-fold from conv2 to conv1"]),
        (seen(math.nan, math.nan), []),
        (seen(0.0, 0.0), []),
        (seen(a=(0, 1, 0), b=(0, 2000, 0), c=(0, 1e-9, 0)), ["activations grow 2,000-fold from a to b"]),
        (seen(a=(0, 1, 0), b=(0, 1e-4, 0), c=(0, 1, 0)), ["activations fall 10,000-fold from a to b"]),
        (seen(a=(0, 1, 0), b=(0, 1, 0.76)), ["76% of the channels of b are silent: 0 for a whole batch"]),
    ],
)
def test_ill_networks_are_told_in_a_line(watched: Watched, said: list[str]) -> None:
    """By the ends of the network; what its last stage puts out is an answer, and may be small."""
    assert list(notices(watched)) == said


def test_what_was_watched_is_read_back_as_it_was_written_and_damage_is_left_out() -> None:
    watched = seen(1e-3, 0.5, scale=(0.1, 0.5, 0.0))
    assert read_watched(json.loads(json.dumps(written_watched(watched)))) == watched
    assert read_watched(None) is None and read_watched([1]) is None
    damaged = read_watched({"steps": "x", "gradients": {"a": "b", "c": 1}, "activations": {"a": 3}})
    assert damaged is not None and (damaged.steps, damaged.gradients) == (0, {"c": 1.0})
    assert math.isnan(damaged.activations["a"].mean)
